package doorway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	// helloTimeout is how long a client may take to say what it wants.
	helloTimeout = 15 * time.Second
	// maxWaiting is how many clients may be at that; more are turned away. Each
	// takes its goroutine and, once it speaks, firstRead bytes.
	maxWaiting = 10_000
	firstRead  = 4 << 10
	// acceptPause is how long to wait when no connection can be accepted,
	// because files have run out.
	acceptPause = 100 * time.Millisecond
)

// Protocols that clients offer in TLS.
const (
	alpnSMP  = "smp/1"
	alpnACME = "acme-tls/1"
)

// unrecognizedName is the fatal alert of RFC 6066, section 3, as a TLS record.
var unrecognizedName = []byte{21, 3, 3, 0, 2, 2, 112}

// A Doorway is a port that leads to two servers.
type Doorway struct {
	names    map[string]bool
	nameless bool
	site     *room
	relay    *room
	waiting  chan struct{}
}

// New returns the doorway of a site that has names. Without any, the site is on
// a bare address.
func New(names ...string) *Doorway {
	d := &Doorway{
		names:    make(map[string]bool),
		nameless: len(names) == 0,
		site:     newRoom(),
		relay:    newRoom(),
		waiting:  make(chan struct{}, maxWaiting),
	}
	for _, name := range names {
		d.names[canonical(name)] = true
	}
	return d
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// Site returns the listener that the site's visitors come to.
func (d *Doorway) Site() net.Listener { return d.site }

// Relay returns the listener that SMP clients come to.
func (d *Doorway) Relay() net.Listener { return d.relay }

// Serve passes connections on until ctx ends, and closes l. It returns when no
// client is between the doors.
func (d *Doorway) Serve(ctx context.Context, l net.Listener) error {
	d.site.address.Store(l.Addr())
	d.relay.address.Store(l.Addr())
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	var passing sync.WaitGroup
	defer passing.Wait()
	for {
		nc, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				nc.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("doorway: accept: %w", err)
		case err != nil:
			time.Sleep(acceptPause)
			continue
		}
		select {
		case d.waiting <- struct{}{}:
			passing.Go(func() { d.pass(ctx, nc) })
		default:
			nc.Close()
		}
	}
}

// pass leads one client in, or sends it away.
func (d *Doorway) pass(ctx context.Context, nc net.Conn) {
	heard, to := d.ask(ctx, nc)
	<-d.waiting
	if to == nil || !to.enter(ctx, &conn{Conn: nc, heard: heard}) {
		nc.Close()
	}
}

// ask hears what a client wants.
func (d *Doorway) ask(ctx context.Context, nc net.Conn) (heard []byte, to *room) {
	nc.SetDeadline(time.Now().Add(helloTimeout))
	defer context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })()
	heard, h, err := hear(nc)
	switch {
	case err == nil:
		to = d.choose(h)
	case speaksHTTP(heard):
		to = d.site
	default:
		return nil, nil
	}
	if to == nil {
		nc.Write(unrecognizedName)
	}
	nc.SetDeadline(time.Time{})
	return heard, to
}

// hear reads until the client's hello is there.
func hear(r io.Reader) ([]byte, hello, error) {
	heard := make([]byte, 0, firstRead)
	for {
		n, err := r.Read(heard[len(heard):cap(heard)])
		heard = heard[:len(heard)+n]
		h, parseErr := parseHello(heard)
		if parseErr != io.ErrUnexpectedEOF {
			return heard, h, parseErr
		}
		if err != nil {
			return heard, h, err
		}
		if len(heard) == cap(heard) {
			heard = append(make([]byte, 0, 2*cap(heard)), heard...)
		}
		if len(heard) > maxHello {
			return heard, h, errHello
		}
	}
}

// choose returns where a client is led, nil if nowhere.
func (d *Doorway) choose(h hello) *room {
	switch {
	case h.offers(alpnSMP):
		return d.relay
	case h.offers(alpnACME), d.names[canonical(h.name)]:
		return d.site
	case h.name == "" && d.nameless:
		return d.site
	case h.name == "":
		return d.relay
	}
	return nil
}

// speaksHTTP reports whether a client begins with a method.
func speaksHTTP(heard []byte) bool { return len(heard) > 0 && 'A' <= heard[0] && heard[0] <= 'Z' }
