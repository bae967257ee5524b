// Package tunnel lets web pages reach relays that speak only TLS.
//
// It is an http.Handler that accepts a WebSocket, connects to one of a fixed
// list of relays, and then passes blocks both ways: messages of 16,384 bytes to
// the page, as many bytes of TLS to the relay. The last element of the path is
// the fingerprint of the relay, so that a page can choose among the relays of
// the list and nothing else:
//
//	page ──WebSocket──▶ /relay/FINGERPRINT ──TLS──▶ relay
//
// It reads one block of a connection, the relay's hello, to make sure that TLS
// ends at that relay. All others are encrypted for one of the ends by keys that
// are not here: it cannot read, forge or reorder them unnoticed.
//
// A block is passed on before the next is read, in each direction; so a side
// that is slow slows the other, and a connection needs two buffers at most.
package tunnel

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"sync"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/smp/wire"
)

// Config says which relays there are, and who may use them how much. Zero
// fields are the defaults.
type Config struct {
	// Relays are the relays that pages can reach.
	Relays []smp.Address

	// Origins are the hosts whose pages may connect, besides the one that is
	// asked: patterns as in path.Match, of a host or of scheme://host. Programs
	// that send no Origin may connect, too; it is there to stop pages.
	Origins []string

	// MaxTotal bounds the connections, 10,000. MaxPerAddress bounds those of one
	// client, 32: of one IPv4 address, or of one /64 of IPv6.
	MaxTotal, MaxPerAddress int

	// ClientAddr finds the client's address, for MaxPerAddress: by default the
	// peer of the TCP connection. See ForwardedAddr.
	ClientAddr func(*http.Request) netip.Addr

	// DialTimeout is how long the relay has to say its hello: 20 seconds.
	DialTimeout time.Duration

	// BlockTimeout is how long a block may take once it has begun, to come or to
	// be taken: 30 seconds.
	BlockTimeout time.Duration

	// IdleTimeout is how long a side may send nothing: 15 minutes. Clients ask
	// their relay more often than that whether it is there, and it answers.
	IdleTimeout time.Duration

	// PingInterval is how often the page's browser is asked whether it is there,
	// and how long it has to answer: 45 seconds. It also keeps proxies on the
	// way from closing what seems idle.
	PingInterval time.Duration

	// Log gets what an operator must know of relays. It names no clients.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	setDefault(&c.MaxTotal, 10_000)
	setDefault(&c.MaxPerAddress, 32)
	setDefault(&c.DialTimeout, 20*time.Second)
	setDefault(&c.BlockTimeout, 30*time.Second)
	setDefault(&c.IdleTimeout, 15*time.Minute)
	setDefault(&c.PingInterval, 45*time.Second)
	setDefault(&c.Log, slog.New(slog.DiscardHandler))
	if c.ClientAddr == nil {
		c.ClientAddr = PeerAddr
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A Tunnel is the handler. Mount it at any path.
type Tunnel struct {
	config Config
	relays map[transport.Fingerprint]*target
	limits limits
	counts Metrics

	ctx  context.Context // ends with Close
	stop context.CancelCauseFunc

	mu     sync.Mutex // orders begin and Close
	closed bool
	open   sync.WaitGroup // requests under way
}

// New returns a Tunnel to the relays of config.
func New(config Config) (*Tunnel, error) {
	t := &Tunnel{config: config.withDefaults(), relays: make(map[transport.Fingerprint]*target)}
	for _, relay := range config.Relays {
		id, err := transport.ParseFingerprint(relay.Fingerprint)
		if err != nil {
			return nil, fmt.Errorf("tunnel: relay %s: %w", relay, err)
		}
		t.relays[id] = &target{address: relay, id: id, log: t.config.Log}
	}
	t.limits = newLimits(t.config.MaxTotal, t.config.MaxPerAddress)
	t.ctx, t.stop = context.WithCancelCause(context.Background())
	return t, nil
}

// Path returns the last element of a relay's path.
func Path(relay smp.Address) string { return base64.RawURLEncoding.EncodeToString(relay.Fingerprint) }

// Metrics are what the tunnel counts.
func (t *Tunnel) Metrics() *Metrics { return &t.counts }

// Close ends all connections with the status that the service goes away, and
// waits until they are gone. New ones are refused from then on.
func (t *Tunnel) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.stop(errShutdown)
	t.open.Wait()
}

// begin counts a request, unless the tunnel is closed.
func (t *Tunnel) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.open.Add(1)
	}
	return !t.closed
}

// ServeHTTP accepts one WebSocket. It returns then, so that the HTTP server lets
// go of what it has for a request; Close waits for the connection. What cannot
// be told before the upgrade is told by the status of the WebSocket's end,
// because a page learns only that.
func (t *Tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	relay, ok := t.relay(r.URL.Path)
	if !ok {
		t.counts.RequestsRefused.Add(1)
		http.Error(w, "no such relay", http.StatusNotFound)
		return
	}
	if !t.begin() {
		t.counts.RequestsRefused.Add(1)
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	client := t.config.ClientAddr(r)
	page, err := accept(w, r, &t.config)
	if err != nil {
		t.counts.RequestsRefused.Add(1)
		t.open.Done()
		return
	}
	go func() {
		defer t.open.Done()
		t.counts.ended(t.serve(page, client, relay))
	}()
}

// serve is one connection. It returns why it ended, when the page has been told.
func (t *Tunnel) serve(page *page, client netip.Addr, relay *target) error {
	leave, err := t.limits.enter(client)
	if err != nil {
		page.end(err)
		return err
	}
	defer leave()
	t.counts.Accepted.Add(1)
	t.counts.Conns.Add(1)
	defer t.counts.Conns.Add(-1)
	return t.run(page, relay)
}

// relay returns the relay that a path asks for.
func (t *Tunnel) relay(urlPath string) (*target, bool) {
	b, err := wire.ParseBase64(path.Base(urlPath))
	if err != nil {
		return nil, false
	}
	id, err := transport.ParseFingerprint(b)
	relay, ok := t.relays[id]
	return relay, ok && err == nil
}

// run connects to the relay and passes blocks until one side ends.
func (t *Tunnel) run(page *page, relay *target) error {
	pipe := &pipe{config: &t.config, counts: &t.counts, page: page}
	hello, err := t.dial(relay, pipe)
	if err != nil {
		page.end(err)
		return err
	}
	return pipe.pass(t.ctx, hello)
}

// dial connects a pipe to a relay in a goroutine of its own, because the stack
// that cryptography needs would stay large.
func (t *Tunnel) dial(relay *target, to *pipe) (hello *block, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(t.ctx, t.config.DialTimeout)
		defer cancel()
		to.relay, to.lane, hello, err = relay.dial(ctx, t.config.BlockTimeout)
	}()
	<-done
	if t.ctx.Err() == nil {
		relay.reached(err)
		return hello, err
	}
	if err == nil {
		to.relay.Close()
	}
	return nil, context.Cause(t.ctx)
}
