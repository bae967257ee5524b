package relay_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sotto/server/relay"
	"sotto/smp"
	"sotto/smp/transport"
)

func TestAdmit(t *testing.T) {
	r := relay.New(relay.Config{MaxConns: 6, MaxConnsPerHost: 2})
	var leave []func()
	for _, test := range []struct {
		addr string
		ok   bool
	}{
		{"192.0.2.1", true}, {"::ffff:192.0.2.1", true}, {"192.0.2.1", false}, {"192.0.2.2", true},
		{"2001:db8::1", true}, {"2001:db8::ffff:2", true}, {"2001:db8:0:0:1::", false},
		{"2001:db8:0:1::", true}, {"198.51.100.1", false},
	} {
		f, ok := r.Admit(netip.MustParseAddr(test.addr))
		if ok != test.ok {
			t.Errorf("%s is admitted: %v, want %v", test.addr, ok, test.ok)
		}
		if ok {
			leave = append(leave, f)
		}
	}
	leave[0]()
	leave[0]()
	if _, ok := r.Admit(netip.MustParseAddr("192.0.2.1")); !ok {
		t.Error("who left is still counted")
	}
	if _, ok := r.Admit(netip.Addr{}); ok {
		t.Error("there is room for more than there may be")
	}
}

// TestHandshakeTimeout: a client that says nothing.
func TestHandshakeTimeout(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		nc := w.connect()
		start := time.Now()
		for buf := make([]byte, 1024); ; {
			if _, err := nc.Read(buf); err != nil {
				break
			}
		}
		if d := time.Since(start); d != 30*time.Second {
			t.Errorf("the connection was closed after %v", d)
		}
	})
}

func TestIdleTimeout(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		time.Sleep(59 * time.Minute)
		c.want(nil, noKey, smp.PING{}, smp.PONG{})
		time.Sleep(59 * time.Minute)
		if c.isClosed() {
			t.Error("closed after less than an hour")
		}
		time.Sleep(2 * time.Minute)
		if !c.isClosed() {
			t.Error("open after an hour")
		}
	})
}

// TestHalfBlock: a client that stops in the middle of a block.
func TestHalfBlock(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		nc := w.connect()
		conn, err := transport.Client(w.Context(), nc, &transport.ClientConfig{Relay: w.authority.Fingerprint()})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		go nc.Write(make([]byte, 100))
		start := time.Now()
		if _, err := conn.ReadBlock(); err == nil {
			t.Error("half a block is answered")
		}
		if d := time.Since(start); d != time.Minute {
			t.Errorf("the connection was closed after %v", d)
		}
	})
}

// TestSlowReader: a client that asks and does not read is cut off, and holds
// nobody up.
func TestSlowReader(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		good := w.dial(18)
		q := good.create(smp.Messaging)
		nc := w.connect()
		conn, err := transport.Client(w.Context(), nc, &transport.ClientConfig{Relay: w.authority.Fingerprint()})
		if err != nil {
			t.Fatal(err)
		}
		slow := &client{T: t, conn: conn, session: smp.Session{Version: conn.Session().Version, ID: conn.Session().ID}}
		slow.send(slow.command(q.recipient, q.recipientKey, smp.SUB{}))
		synctest.Wait()
		start, wrote := time.Now(), make(chan struct{})
		go func() {
			defer close(wrote)
			ping := slow.session.Append(nil, slow.command(nil, noKey, smp.PING{}))
			blocks, _ := smp.Batches([][]byte{ping})
			for slow.conn.WriteBlock(blocks[0]) == nil {
			}
		}()
		for i := range 20 {
			good.want(q.sender, noKey, smp.SEND{Body: []byte(fmt.Sprint(i))}, smp.OK{})
		}
		<-wrote
		if d := time.Since(start); d > 2*time.Minute {
			t.Errorf("the connection was closed after %v", d)
		}
		_, others := good.ask(q.recipient, q.recipientKey, smp.SUB{})
		q.message(w, good.wantIs(others[0], q.recipient, smp.MSG{}), "0")
	})
}

// TestClose ends connections, and later ones.
func TestClose(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		c.want(q.recipient, q.recipientKey, smp.SUB{}, smp.SOK{})
		c.send(c.command(q.sender, noKey, smp.SEND{Body: []byte("last")}), c.command(nil, noKey, smp.PING{}))
		w.relay.Close()
		answers := ""
		for _, h := range c.hear() {
			if len(h.CorrID) > 0 {
				answers += c.parse(h).Tag() + " "
			}
		}
		if answers != "OK PONG " {
			t.Errorf("the last block is answered %q, want OK and PONG", answers)
		}
		if !c.isClosed() {
			t.Error("the connection is open after Close")
		}
		ours := w.connect()
		if conn, err := transport.Client(w.Context(), ours, &transport.ClientConfig{Relay: w.authority.Fingerprint()}); err == nil {
			if _, err := conn.ReadBlock(); err == nil {
				t.Error("a closed relay serves")
			}
		}
	})
}

// TestExpire runs the relay's own clock.
func TestExpire(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q, off := c.create(smp.Messaging), c.create(smp.Messaging)
		c.want(q.sender, noKey, smp.SEND{Body: []byte("x")}, smp.OK{})
		c.want(off.recipient, off.recipientKey, smp.OFF{}, smp.OK{})
		ctx, cancel := context.WithCancel(w.Context())
		defer cancel()
		w.served.Go(func() { w.relay.Run(ctx) })
		time.Sleep(22 * 24 * time.Hour)
		c = w.dial(18)
		c.wantERR(off.recipient, off.recipientKey, smp.SUB{}, smp.ErrAuth)
		if n, _ := w.store.Count(w.Context(), relay.ID(q.recipient)); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}
