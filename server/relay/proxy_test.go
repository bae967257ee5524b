package relay_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sotto/server/relay"
	"sotto/smp"
	smpclient "sotto/smp/client"
	"sotto/smp/transport"
)

// inProxyWorld runs a test with two relays: a client's own, which is the proxy,
// and far, which it forwards to.
func inProxyWorld(t *testing.T, configure func(near, far *relay.Config), test func(p *proxyWorld)) {
	inWorld(t, func(far *relay.Config) { configure(new(relay.Config), far) }, func(far *world) {
		p := &proxyWorld{far: far}
		near := &world{T: far.T, store: far.store}
		authority, chain, key := newIdentity(far.T)
		config := relay.Config{Store: near.store, Chain: chain, Key: key, Dial: p.dial, Log: far.log()}
		configure(&config, new(relay.Config))
		near.authority, near.relay = authority, relay.New(config)
		p.near = near
		test(p)
		near.relay.Close()
		near.served.Wait()
	})
}

type proxyWorld struct {
	near, far *world
	dials     atomic.Int32
	fail      atomic.Pointer[error] // what dialing comes to, if it is set
	delay     time.Duration         // of dialing
}

func (p *proxyWorld) dial(ctx context.Context, _ smp.Address) (*transport.Conn, error) {
	p.dials.Add(1)
	if err := p.fail.Load(); err != nil {
		return nil, *err
	}
	if p.delay > 0 {
		select {
		case <-time.After(p.delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return transport.Client(ctx, p.far.connect(), &transport.ClientConfig{
		Relay: p.far.authority.Fingerprint(), Proxy: true, Versions: smp.Range[smp.Version]{Min: 6, Max: 18},
	})
}

// address is that of the far relay; different hosts are different addresses.
func (p *proxyWorld) address(host string) smp.Address {
	id := p.far.authority.Fingerprint()
	return smp.Address{Fingerprint: id[:], Hosts: []string{host}}
}

// client connects to the near relay.
func (p *proxyWorld) client() *smpclient.Client {
	p.near.Helper()
	conn, err := transport.Client(p.near.Context(), p.near.connect(), &transport.ClientConfig{
		Relay: p.near.authority.Fingerprint(), Versions: smp.Range[smp.Version]{Min: 6, Max: 18},
	})
	if err != nil {
		p.near.Fatal(err)
	}
	c := smpclient.New(p.near.Context(), conn, smpclient.Options{})
	p.near.Cleanup(c.Close)
	return c
}

func (p *proxyWorld) proxied(c *smpclient.Client, host string) *smpclient.Proxied {
	p.near.Helper()
	proxied, err := c.Proxy(p.near.Context(), p.address(host), nil)
	if err != nil {
		p.near.Fatal(err)
	}
	return proxied
}

// refused checks that an error is the proxy's, in words.
func refused(t testing.TB, err error, words string) {
	t.Helper()
	var e *smpclient.ProxyError
	if !errors.As(err, &e) || !strings.HasSuffix(e.Error(), words) {
		t.Errorf("got %v, want the proxy to say %s", err, words)
	}
}

func unchanged(near, far *relay.Config) {}

// TestForward writes to a queue on another relay through one's own.
func TestForward(t *testing.T) {
	inProxyWorld(t, unchanged, func(p *proxyWorld) {
		alice := p.far.dial(18)
		q := alice.create(smp.Messaging)
		alice.want(q.recipient, q.recipientKey, smp.SUB{}, smp.SOK{})
		bob, ctx := p.client(), p.near.Context()
		far := p.proxied(bob, "far.example")
		if far.Version() != 17 {
			t.Errorf("version %d, want 17", far.Version())
		}
		if err := smpclient.OK(far.Forward(ctx, q.sender, q.senderKey, smp.SKEY{Key: q.senderKey.Public()})); err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"one", string(random(smp.MaxMessageSize(17)))} {
			if err := smpclient.OK(far.Forward(ctx, q.sender, q.senderKey, smp.SEND{Body: []byte(body)})); err != nil {
				t.Fatal(err)
			}
			id := q.message(t, alice.wantEvent(q.recipient, smp.MSG{}), body)
			alice.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
		}
		// What the far relay refuses is its own word.
		if _, err := far.Forward(ctx, q.sender, mustKey(t, smp.X25519), smp.SEND{}); !errors.Is(err, smp.ErrAuth) {
			t.Errorf("wrong key: %v", err)
		}
		if _, err := far.Forward(ctx, q.recipient, q.recipientKey, smp.SUB{}); !errors.Is(err, smp.ErrCmdProhibited) {
			t.Errorf("SUB: %v", err)
		}
		// Another client shares the connection.
		p.proxied(p.client(), "far.example")
		if n := p.dials.Load(); n != 1 {
			t.Errorf("dialed %d times", n)
		}
		synctest.Wait() // connections are counted beside their use
		if m := p.near.relay.Metrics(); m.Forwarded.Load() != 5 || m.Destinations.Load() != 1 {
			t.Errorf("forwarded %d over %d connections", m.Forwarded.Load(), m.Destinations.Load())
		}
	})
}

// TestForwardRefused has every error that the proxy itself gives.
func TestForwardRefused(t *testing.T) {
	password := func(near, far *relay.Config) { near.Password = []byte("secret") }
	inProxyWorld(t, password, func(p *proxyWorld) {
		bob, ctx := p.client(), p.near.Context()
		for _, wrong := range [][]byte{nil, []byte("wrong")} {
			_, err := bob.Proxy(ctx, p.address("far.example"), wrong)
			refused(t, err, "PROXY BASIC_AUTH")
		}
		if _, err := bob.Proxy(ctx, p.address("far.example"), []byte("secret")); err != nil {
			t.Error(err)
		}
		key := mustKey(t, smp.X25519)
		_, err := bob.Do(ctx, random(32), smp.PrivateKey{}, smp.PFWD{Version: 17, Key: key.Public(), Body: random(100)})
		if e, ok := errors.AsType[*smp.Error](err); !ok || e.Proxy.Code != smp.ProxyNoSession {
			t.Errorf("PFWD without session: %v", err)
		}
	})
	none := func(near, far *relay.Config) { near.Dial = nil }
	inProxyWorld(t, none, func(p *proxyWorld) {
		_, err := p.client().Proxy(p.near.Context(), p.address("far.example"), nil)
		refused(t, err, "PROXY BASIC_AUTH")
	})
	for words, failure := range map[string]error{
		"PROXY BROKER HOST":                         relay.ErrHost,
		"PROXY BROKER NETWORK":                      net.ErrClosed,
		"PROXY BROKER TIMEOUT":                      context.DeadlineExceeded,
		"PROXY BROKER TRANSPORT VERSION":            transport.ErrVersion,
		"PROXY BROKER TRANSPORT HANDSHAKE IDENTITY": transport.ErrIdentity,
		"PROXY BROKER TRANSPORT HANDSHAKE BAD_AUTH": transport.ErrCertificate,
		"PROXY BROKER TRANSPORT SESSION":            transport.ErrSession,
	} {
		inProxyWorld(t, unchanged, func(p *proxyWorld) {
			p.fail.Store(&failure)
			_, err := p.client().Proxy(p.near.Context(), p.address("far.example"), nil)
			refused(t, err, words)
		})
	}
}

// TestForwardOldRelay: a relay that knows no proxies is refused, and one before
// version 14 is spoken to in version 10.
func TestForwardOldRelay(t *testing.T) {
	for max, want := range map[smp.Version]smp.Version{8: 8, 12: 10, 14: 14, 18: 17} {
		old := func(near, far *relay.Config) { far.Versions = smp.Range[smp.Version]{Min: 6, Max: max} }
		inProxyWorld(t, old, func(p *proxyWorld) {
			if v := p.proxied(p.client(), "far.example").Version(); v != want {
				t.Errorf("relay up to %d: version %d, want %d", max, v, want)
			}
		})
	}
	old := func(near, far *relay.Config) { far.Versions = smp.Range[smp.Version]{Min: 6, Max: 7} }
	inProxyWorld(t, old, func(p *proxyWorld) {
		_, err := p.client().Proxy(p.near.Context(), p.address("far.example"), nil)
		refused(t, err, "PROXY BROKER TRANSPORT VERSION")
	})
}

// TestForwardBackOff: a relay that cannot be reached is left alone, longer each
// time.
func TestForwardBackOff(t *testing.T) {
	inProxyWorld(t, unchanged, func(p *proxyWorld) {
		var down error = net.ErrClosed
		p.fail.Store(&down)
		bob := p.client()
		ask := func() error {
			_, err := bob.Proxy(p.near.Context(), p.address("far.example"), nil)
			return err
		}
		begin := time.Now()
		var at []time.Duration
		for len(at) < 8 {
			before := p.dials.Load()
			refused(t, ask(), "PROXY BROKER NETWORK")
			if p.dials.Load() > before {
				at = append(at, time.Since(begin).Round(time.Second))
			}
			time.Sleep(500 * time.Millisecond)
		}
		for i, want := range []time.Duration{0, 1, 3, 7, 15, 31, 61, 91} {
			if diff := at[i] - want*time.Second; diff < 0 || diff > 5*time.Second {
				t.Errorf("attempt %d after %v, want about %ds", i, at[i], want)
			}
		}
		p.fail.Store(nil)
		time.Sleep(time.Minute)
		if err := ask(); err != nil {
			t.Error(err)
		}
	})
}

// TestForwardIdle: a connection that nobody uses is closed, and its sessions are
// over.
func TestForwardIdle(t *testing.T) {
	inProxyWorld(t, unchanged, func(p *proxyWorld) {
		bob := p.client()
		far := p.proxied(bob, "far.example")
		time.Sleep(9 * time.Minute)
		if _, err := far.Forward(p.near.Context(), random(24), noKey, smp.SEND{}); !errors.Is(err, smp.ErrAuth) {
			t.Errorf("in time: %v", err)
		}
		time.Sleep(9 * time.Minute)
		if n := p.near.relay.Metrics().Destinations.Load(); n != 1 {
			t.Errorf("%d connections after a use", n)
		}
		time.Sleep(10 * time.Minute)
		if n := p.near.relay.Metrics().Destinations.Load(); n != 0 {
			t.Errorf("%d connections", n)
		}
		_, err := far.Forward(p.near.Context(), random(24), noKey, smp.SEND{})
		refused(t, err, "PROXY NO_SESSION")
		if e, ok := errors.AsType[*smpclient.ProxyError](err); !ok || !e.NoSession() {
			t.Error("the error does not say that the session is over")
		}
		p.proxied(bob, "far.example")
	})
}

// TestForwardMany: the connection that is used least makes room for another.
func TestForwardMany(t *testing.T) {
	two := func(near, far *relay.Config) { near.MaxDestinations = 2 }
	inProxyWorld(t, two, func(p *proxyWorld) {
		bob := p.client()
		a := p.proxied(bob, "a.example")
		time.Sleep(time.Second)
		b := p.proxied(bob, "b.example")
		time.Sleep(time.Second)
		p.proxied(bob, "c.example")
		_, err := a.Forward(p.near.Context(), random(24), noKey, smp.SEND{})
		refused(t, err, "PROXY NO_SESSION")
		if _, err := b.Forward(p.near.Context(), random(24), noKey, smp.SEND{}); !errors.Is(err, smp.ErrAuth) {
			t.Errorf("b: %v", err)
		}
	})
}

// TestForwardConcurrency: commands for other relays hold up nothing until there
// are too many of them.
func TestForwardConcurrency(t *testing.T) {
	few := func(near, far *relay.Config) { near.ProxyConcurrency = 2 }
	inProxyWorld(t, few, func(p *proxyWorld) {
		p.delay = 5 * time.Second
		bob := p.client()
		ask := func(host string) { go bob.Proxy(p.near.Context(), p.address(host), nil) }
		ping := func() time.Duration {
			begin := time.Now()
			if _, err := bob.Do(p.near.Context(), nil, noKey, smp.PING{}); err != nil {
				t.Error(err)
			}
			return time.Since(begin)
		}
		ask("a.example")
		ask("b.example")
		synctest.Wait()
		if d := ping(); d != 0 {
			t.Errorf("PING took %v beside two", d)
		}
		ask("c.example")
		synctest.Wait()
		if d := ping(); d == 0 {
			t.Error("PING was not held up by a third")
		}
		time.Sleep(time.Minute)
	})
}

// TestForwardLost: the session with a relay that went away is over.
func TestForwardLost(t *testing.T) {
	inProxyWorld(t, unchanged, func(p *proxyWorld) {
		far := p.proxied(p.client(), "far.example")
		p.far.relay.Close()
		synctest.Wait()
		_, err := far.Forward(p.near.Context(), random(24), noKey, smp.SEND{})
		refused(t, err, "PROXY NO_SESSION")
	})
}
