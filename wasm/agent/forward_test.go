//go:build !js

package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/transport"
)

// inTwoPlaces runs a test with n relays that reach each other, while people
// reach their own ones only.
func inTwoPlaces(t *testing.T, n int, test func(w *world)) {
	t.Helper()
	inWorld(t, n, func(w *world) {
		w.apart = true
		for _, r := range w.relays {
			r.config.Dial = w.between
			r.restart()
		}
		test(w)
	})
}

// between connects two relays.
func (w *world) between(ctx context.Context, addr smp.Address) (*transport.Conn, error) {
	r := w.relayOf(addr)
	if r == nil {
		return nil, errUnknownRelay
	}
	conn, err := r.connect()
	if err != nil {
		return nil, err
	}
	return transport.Client(ctx, conn, &transport.ClientConfig{Relay: r.print, Proxy: true, Versions: smp.Range[smp.Version]{Min: 6, Max: 18}})
}

// TestForward: two people whose relays only reach each other talk, while relays
// restart and with them the session between them.
func TestForward(t *testing.T) {
	for name, fast := range map[string]bool{"SKEY": true, "KEY": false} {
		t.Run(name, func(t *testing.T) {
			inTwoPlaces(t, 2, func(w *world) {
				alice, bob := w.play(100)
				alice.speak.secure, bob.speak.secure = fast, fast
				for step := 0; !alice.finished() || !bob.finished(); step++ {
					if step == 5000 {
						t.Fatalf("alice sent %d, got %d; bob sent %d, got %d", alice.count("sent"), alice.count("got"), bob.count("sent"), bob.count("got"))
					}
					for _, s := range []*script{alice, bob} {
						if err := s.act(); err != nil {
							t.Fatal(err)
						}
					}
					if step%25 == 24 {
						w.relays[step/25%2].restart()
					}
					w.pass(50 * time.Millisecond)
				}
				alice.check()
				bob.check()
			})
		})
	}
}

// TestForwardKilled kills each side at every commit of a conversation through
// relays.
func TestForwardKilled(t *testing.T) {
	for victim := range 2 {
		for at := int64(1); ; at++ {
			commits := int64(0)
			inTwoPlaces(t, 2, func(w *world) {
				alice, bob := w.play(3)
				m := []*script{alice, bob}[victim].store.(*mortal)
				m.dieAt.Store(at)
				m.after.Store(at%2 == 0)
				w.run(alice, bob)
				commits = m.commits.Load()
			})
			if t.Failed() {
				t.Fatalf("victim %d, killed at commit %d", victim, at)
			}
			if commits < at {
				break
			}
			if testing.Short() {
				at += 4
			}
		}
	}
}

// TestForwardedQuota: what the other relay refuses for now comes through.
func TestForwardedQuota(t *testing.T) {
	inTwoPlaces(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, _ := w.connect(alice, bob)
		bob.kill()
		const total = 150
		for i := range total {
			alice.send(a, fmt.Sprint(i))
		}
		w.pass(time.Minute)
		if e := one[SendDelayed](alice); !errors.Is(e.Err, smp.ErrQuota) {
			t.Errorf("%+v", e)
		}
		bob.start()
		w.pass(time.Minute)
		if n := len(bob.texts()); n != total {
			t.Errorf("bob got %d of %d", n, total)
		}
	})
}

// TestForwardToNobody: the other relay is not there for a while. The app hears
// why, messages wait, and go out when it is back.
func TestForwardToNobody(t *testing.T) {
	inTwoPlaces(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, _ := w.connect(alice, bob)
		w.relays[1].setAway(errors.New("no network"))
		happened[RelayState](alice)
		alice.send(a, "one")
		w.pass(time.Minute)
		if e := one[SendDelayed](alice); !errors.Is(e.Err, ErrUnreachable) {
			t.Errorf("%+v", e)
		}
		if e := one[RelayState](alice); e.Up || !e.Outward || !errors.Is(e.Err, ErrUnreachable) {
			t.Errorf("%+v", e)
		}
		w.relays[1].setAway(nil)
		w.pass(5 * time.Minute)
		if texts := bob.texts(); !slices.Equal(texts, []string{"one"}) {
			t.Errorf("bob got %q", texts)
		}
		if e := one[RelayState](alice); !e.Up || !e.Outward {
			t.Errorf("%+v", e)
		}
	})
}

// TestForwardAgain: a session that the relays gave up, since nobody used it, is
// made again at once, and nobody is told.
func TestForwardAgain(t *testing.T) {
	inTwoPlaces(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, _ := w.connect(alice, bob)
		w.pass(time.Hour)
		happened[RelayState](alice)
		alice.send(a, "one")
		w.pass(time.Second)
		if texts := bob.texts(); !slices.Equal(texts, []string{"one"}) {
			t.Errorf("bob got %q", texts)
		}
		if states := happened[RelayState](alice); len(states) != 0 {
			t.Errorf("told: %+v", states)
		}
	})
}

// TestForwardToImpostor: a relay that connects us to another one than we asked
// for is not believed, and nothing is sent.
func TestForwardToImpostor(t *testing.T) {
	inTwoPlaces(t, 3, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		_, link := alice.invite()
		w.relays[1].config.Dial = func(ctx context.Context, _ smp.Address) (*transport.Conn, error) {
			return w.between(ctx, w.relays[2].address.Address)
		}
		w.relays[1].restart()
		bob.join(link)
		w.pass(time.Minute)
		if e := one[JoinFailed](bob); !errors.Is(e.Err, transport.ErrIdentity) {
			t.Errorf("%+v", e)
		}
	})
}

// TestRouting: which relays are connected to, by policy.
func TestRouting(t *testing.T) {
	for name, c := range map[string]struct {
		routing  Routing
		direct   bool
		apart    bool // others cannot be connected to
		closed   bool // our relay does not forward
		dials    bool // the other relay is connected to
		failure  error
		twoHomes bool // the other relay is ours as well
	}{
		"unreachable, reached":       {dials: true},
		"unreachable, not reached":   {apart: true},
		"unreachable, not forwarded": {apart: true, closed: true, failure: ErrNotForwarded},
		"unknown":                    {routing: RouteUnknown},
		"unknown, not forwarded":     {routing: RouteUnknown, closed: true, failure: ErrNotForwarded},
		"unknown, then direct":       {routing: RouteUnknown, closed: true, direct: true, dials: true},
		"unknown, no direct way":     {routing: RouteUnknown, closed: true, direct: true, apart: true, failure: ErrNotForwarded},
		"always":                     {routing: RouteAlways},
		"always, one of ours":        {routing: RouteAlways, twoHomes: true},
		"never":                      {routing: RouteNever, dials: true},
		"never, not reached":         {routing: RouteNever, apart: true, failure: ErrNoRoute},
	} {
		t.Run(name, func(t *testing.T) {
			inTwoPlaces(t, 2, func(w *world) {
				w.apart = c.apart
				alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1])
				if c.twoHomes {
					bob.homes = append(bob.homes, w.relays[0].address)
				}
				bob.routing, bob.direct = c.routing, c.direct
				bob.start()
				_, link := alice.invite()
				if c.closed {
					w.relays[1].config.Dial = nil
					w.relays[1].restart()
				}
				id := bob.join(link)
				w.pass(10 * time.Second)
				if c.failure != nil {
					if e := one[JoinFailed](bob); !errors.Is(e.Err, c.failure) {
						t.Errorf("%+v", e)
					}
					return
				}
				one[Connected](bob)
				r := bob.agent.relays[session{relay: w.relays[0].address.Address.String(), outward: true}]
				if _, forwards := bob.line(r).(*forward); forwards == c.dials {
					t.Errorf("dialed: %v", !forwards)
				}
				bob.send(id, "one")
				w.pass(time.Second)
				if texts := alice.texts(); !slices.Equal(texts, []string{"one"}) {
					t.Errorf("alice got %q", texts)
				}
			})
		})
	}
}

// TestForwardErrors: what our relay says is never taken for the final word of the
// other one, and has a meaning of its own.
func TestForwardErrors(t *testing.T) {
	broker := func(b smp.BrokerError) *smp.Error {
		return &smp.Error{Code: smp.CodeProxy, Proxy: &smp.ProxyError{Code: smp.ProxyBroker, Broker: &b}}
	}
	proxy := func(p smp.ProxyError) *smp.Error { return &smp.Error{Code: smp.CodeProxy, Proxy: &p} }
	for _, c := range []struct {
		err      error
		means    error
		hopeless bool
	}{
		{&client.ProxyError{Err: proxy(smp.ProxyError{Code: smp.ProxyNoSession})}, errForgotten, false},
		{&client.ProxyError{Err: proxy(smp.ProxyError{Code: smp.ProxyBasicAuth})}, ErrNotForwarded, true},
		{&client.ProxyError{Err: proxy(smp.ProxyError{Code: smp.ProxyProtocol, Protocol: smp.ErrAuth})}, ErrUnreachable, false},
		{&client.ProxyError{Err: broker(smp.BrokerError{Code: smp.BrokerHost})}, ErrNoRoute, true},
		{&client.ProxyError{Err: broker(smp.BrokerError{Code: smp.BrokerTimeout})}, ErrUnreachable, false},
		{&client.ProxyError{Err: broker(smp.BrokerError{Code: smp.BrokerNetwork})}, ErrUnreachable, false},
		{&client.ProxyError{Err: broker(smp.BrokerError{Code: smp.BrokerTransport, Transport: smp.TransportIdentity})}, transport.ErrIdentity, true},
		{&client.ProxyError{Err: broker(smp.BrokerError{Code: smp.BrokerTransport, Transport: smp.TransportBadAuth})}, transport.ErrCertificate, true},
		{&client.ProxyError{Err: broker(smp.BrokerError{Code: smp.BrokerTransport, Transport: smp.TransportVersion})}, ErrNotForwarded, true},
		{&client.ProxyError{Err: broker(smp.BrokerError{Code: smp.BrokerTransport, Transport: smp.TransportBlock})}, ErrUnreachable, false},
		{&client.ProxyError{Err: smp.ErrCrypto}, ErrUnreachable, false},
		{fmt.Errorf("client: proxy: %w", transport.ErrVersion), ErrNotForwarded, true},
		{fmt.Errorf("client: proxy: %w", transport.ErrIdentity), transport.ErrIdentity, true},
		{fmt.Errorf("%w to forwarded SEND", client.ErrUnexpected), ErrUnreachable, false},
		{context.DeadlineExceeded, context.DeadlineExceeded, false},
	} {
		err := meaning(c.err)
		if !errors.Is(err, c.means) || isFinal(err) || isHopeless(err) != c.hopeless {
			t.Errorf("%v means %v, final: %v, hopeless: %v", c.err, err, isFinal(err), isHopeless(err))
		}
	}
	if meaning(nil) != nil {
		t.Error("nothing means something")
	}
	if isHopeless(&ownRelayError{transport.ErrIdentity}) {
		t.Error("our relay is not the other one")
	}
}

// line is the line of a relay.
func (p *person) line(r *relay) (l line) {
	p.w.Helper()
	p.do(func(*Turn) error {
		if r != nil {
			l = r.line
		}
		return nil
	})
	return l
}

// TestForwardLinks: what only links need comes through as well.
func TestForwardLinks(t *testing.T) {
	inTwoPlaces(t, 2, func(w *world) {
		bob := w.person("bob", w.relays[1]).start()
		l, err := bob.agent.reach(w.ctx, bob.agent.route, party{}, w.relays[0].address.Address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.Do(w.ctx, make([]byte, 24), smp.PrivateKey{}, smp.LGET{})
		if !errors.Is(err, smp.ErrAuth) {
			t.Errorf("a link that is not there: %v", err)
		}
		_, err = bob.agent.reach(w.ctx, bob.agent.route, party{}, smp.Address{Fingerprint: make([]byte, 32), Hosts: []string{"nowhere.example"}})
		if err == nil {
			t.Error("reached a relay that is nowhere")
		}
	})
}
