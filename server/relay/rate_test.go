package relay_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sotto/server/relay"
	"sotto/smp"
	smpclient "sotto/smp/client"
	"sotto/smp/transport"
)

var somewhere = netip.MustParseAddr("203.0.113.7")

// dialFrom connects from an address.
func (w *world) dialFrom(addr netip.Addr) *client {
	w.Helper()
	nc := w.connectWith(relay.Options{WebSocket: true, Addr: addr})
	return w.dialOver(nc, &transport.ClientConfig{})
}

// timeOf is how long PINGs in one block take.
func timeOf(c *client, n int) time.Duration {
	c.Helper()
	begin := time.Now()
	var list []smp.Transmission
	for range n {
		list = append(list, c.command(nil, noKey, smp.PING{}))
	}
	c.send(list...)
	for got := 0; got < n; time.Sleep(time.Millisecond) {
		got += len(c.hear())
	}
	return time.Since(begin).Round(10 * time.Millisecond)
}

// TestConnRate: a connection that has too many commands is slowed down.
func TestConnRate(t *testing.T) {
	rate := func(c *relay.Config) { c.ConnRate = relay.Rate{PerSecond: 10, Burst: 20} }
	inWorld(t, rate, func(w *world) {
		c := w.dialFrom(somewhere)
		for i, want := range []time.Duration{0, time.Second, time.Second} {
			n := 10
			if i == 0 {
				n = 20
			}
			if got := timeOf(c, n); got/time.Second != want/time.Second {
				t.Errorf("block %d took %v, want %v", i, got, want)
			}
		}
		if got := timeOf(w.dialFrom(somewhere), 20); got/time.Second != 0 {
			t.Errorf("another connection's took %v", got)
		}
		time.Sleep(time.Minute)
		if got := timeOf(c, 20); got/time.Second != 0 {
			t.Errorf("after a pause they took %v", got)
		}
		if n := w.relay.Metrics().Throttled.Load(); n != 2 {
			t.Errorf("%d blocks waited", n)
		}
	})
}

// TestHostRate: all connections of a host share its rate; this machine has none.
func TestHostRate(t *testing.T) {
	rate := func(c *relay.Config) { c.HostRate = relay.Rate{PerSecond: 10, Burst: 20} }
	inWorld(t, rate, func(w *world) {
		timeOf(w.dialFrom(somewhere), 20)
		if got := timeOf(w.dialFrom(somewhere), 10); got/time.Second != 1 {
			t.Errorf("took %v", got)
		}
		for _, text := range []string{"203.0.113.8", "127.0.0.1", "::1"} {
			timeOf(w.dialFrom(netip.MustParseAddr(text)), 10)
		}
		for range 10 {
			if got := timeOf(w.dialFrom(netip.MustParseAddr("127.0.0.1")), 20); got/time.Second != 0 {
				t.Errorf("this machine's took %v", got)
			}
		}
		var c *client
		for range 2 {
			c = w.dialFrom(somewhere)
			c.send(list(c, 250)...)
			synctest.Wait() // the relay counts them before the next connection's
		}
		if !c.isClosed() {
			t.Error("a connection with far too many commands goes on")
		}
	})
}

func list(c *client, n int) []smp.Transmission {
	var all []smp.Transmission
	for range n {
		all = append(all, c.command(nil, noKey, smp.PING{}))
	}
	return all
}

// TestCreateRate: a host, and a connection, create so many queues.
func TestCreateRate(t *testing.T) {
	rate := func(c *relay.Config) { c.CreateRate = relay.Rate{PerSecond: 0.1, Burst: 3} }
	inWorld(t, rate, func(w *world) {
		if n := create(w.dialFrom(somewhere), 5); n != 3 {
			t.Errorf("%d queues", n)
		}
		if n := create(w.dialFrom(somewhere), 1); n != 0 {
			t.Errorf("%d queues over another connection", n)
		}
		time.Sleep(20 * time.Second)
		if n := create(w.dialFrom(somewhere), 5); n != 2 {
			t.Errorf("%d queues after a while", n)
		}
		if n := w.relay.Metrics().CreationsRefused.Load(); n != 6 {
			t.Errorf("%d refused", n)
		}
	})
	most := func(c *relay.Config) { c.MaxCreated = 3 }
	inWorld(t, most, func(w *world) {
		if n := create(w.dial(18), 5); n != 3 {
			t.Errorf("%d queues of a connection", n)
		}
	})
}

// create returns how many of n queues are created.
func create(c *client, n int) int {
	c.Helper()
	created := 0
	for range n {
		key := c.newKey()
		got, _ := c.ask(nil, key, smp.NEW{AuthKey: key.Public(), DHKey: mustKey(c, smp.X25519).Public()})
		switch {
		case got.Tag() == "IDS":
			created++
		case !same(got, smp.ERR{Err: smp.ErrQuota}):
			c.Errorf("NEW is answered %s", words(got))
		}
	}
	return created
}

// TestProxyRate: a host asks for so many sessions with other relays.
func TestProxyRate(t *testing.T) {
	rate := func(near, far *relay.Config) { near.ProxyRate = relay.Rate{PerSecond: 1, Burst: 2} }
	inProxyWorld(t, rate, func(p *proxyWorld) {
		nc := p.near.connectWith(relay.Options{WebSocket: true, Addr: somewhere})
		conn, err := transport.Client(p.near.Context(), nc, &transport.ClientConfig{Relay: p.near.authority.Fingerprint()})
		if err != nil {
			t.Fatal(err)
		}
		c := smpclient.New(p.near.Context(), conn, smpclient.Options{})
		for range 2 {
			p.proxied(c, "far.example")
		}
		_, err = c.Proxy(p.near.Context(), p.address("far.example"), nil)
		refused(t, err, "PROXY BROKER TIMEOUT")
	})
}
