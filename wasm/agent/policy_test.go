//go:build !js

package agent

import (
	"testing"
	"time"

	"sotto/smp"
)

// lines returns how many lines a relay serves for the agent of p.
func (p *person) lines(r *testRelay) (n int) {
	for s, l := range p.agent.relays {
		if l.line != nil && s.relay == r.address.Address.String() {
			n++
		}
	}
	return n
}

// inviteAs makes an invitation of a user.
func (p *person) inviteAs(u User) (id ConnID, link string) {
	p.w.Helper()
	err := p.agent.As(u).Invite(p.w.ctx, func(_ *Turn, c ConnID, l string) error {
		id, link = c, l
		return nil
	})
	if err != nil {
		p.w.Fatalf("%s: invite: %v", p.name, err)
	}
	return id, link
}

func (p *person) joinAs(u User, link string) (id ConnID) {
	p.w.Helper()
	p.do(func(t *Turn) (err error) {
		id, err = t.JoinAs(u, link, nil)
		return err
	})
	return id
}

// connectAs connects a user of alice and one of bob.
func (w *world) connectAs(alice *person, u User, bob *person, v User) (ConnID, ConnID) {
	w.Helper()
	a, link := alice.inviteAs(u)
	b := bob.joinAs(v, link)
	w.pass(time.Minute)
	one[Connected](alice)
	one[Connected](bob)
	return a, b
}

// TestUsers: the connections of one user share a line to a relay, also after a
// restart, and those of two users do not; each receives where its policy says.
func TestUsers(t *testing.T) {
	t.Parallel()
	inWorld(t, 3, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[2])
		alice.users = map[User]Policy{"work": {Relays: []smp.PasswordAddress{w.relays[1].address}}}
		alice.start()
		bob.start()
		alice.receipt, bob.receipt = true, true
		var pairs [][2]ConnID
		for _, u := range []User{"", "", "work", "play", "play"} {
			a, b := w.connectAs(alice, u, bob, "")
			pairs = append(pairs, [2]ConnID{a, b})
			home := w.relays[0]
			if u == "work" {
				home = w.relays[1]
			}
			if i := alice.info(a); i.User != u || !i.ReceiveRelay.Equal(home.address.Address) {
				t.Errorf("%q: %+v", u, i)
			}
		}
		for range 2 {
			for n, want := range []int{2, 1, 3} { // "" and play; work; all three send there
				if got := alice.lines(w.relays[n]); got != want {
					t.Errorf("relay %d: %d lines, want %d", n, got, want)
				}
			}
			alice.kill()
			alice.start()
			w.pass(time.Minute)
			for _, c := range pairs {
				w.converse(alice, c[0], bob, c[1], 1)
			}
		}
		users := map[User]bool{}
		for _, e := range happened[RelayState](alice) {
			users[e.User] = true
		}
		if len(users) != 3 {
			t.Errorf("states of %v", users)
		}
	})
}

// TestPerConnection: with the policy set, and unset, at run time, every
// connection has a line of its own, or all one.
func TestPerConnection(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		alice.receipt, bob.receipt = true, true
		var pairs [][2]ConnID
		for _, each := range []bool{false, true, false} {
			p := Policy{Relays: alice.homes, PerConnection: each}
			if err := alice.agent.SetPolicy(w.ctx, "", p); err != nil {
				t.Fatal(err)
			}
			w.pass(time.Minute)
			a, b := w.connectAs(alice, "", bob, "")
			pairs = append(pairs, [2]ConnID{a, b})
			for _, c := range pairs {
				w.converse(alice, c[0], bob, c[1], 1)
			}
			want := 1
			if each {
				want = len(pairs)
			}
			if got := alice.lines(w.relays[0]); got != want {
				t.Errorf("each %v: %d lines, want %d", each, got, want)
			}
		}
		if err := alice.agent.SetPolicy(w.ctx, "", Policy{Relays: alice.homes, PerConnection: true}); err != nil {
			t.Fatal(err)
		}
		for _, c := range pairs {
			alice.do(func(t *Turn) error { return t.Erase(c[0]) })
		}
		w.pass(time.Minute)
		if n := len(alice.agent.relays); n != 0 {
			t.Errorf("%d relays are left", n)
		}
	})
}

// TestSetPolicy: relays and routing change while messages are on their way.
func TestSetPolicy(t *testing.T) {
	t.Parallel()
	inTwoPlaces(t, 3, func(w *world) {
		w.apart = false
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		alice.receipt, bob.receipt = true, true
		a, b := w.connect(alice, bob)
		outward := func() bool {
			r := alice.agent.relays[session{relay: w.relays[1].address.Address.String(), outward: true}]
			if r == nil {
				return false
			}
			_, ok := r.line.(*forward)
			return ok
		}
		for _, p := range []Policy{
			{Relays: []smp.PasswordAddress{w.relays[0].address}, Routing: RouteUnknown, Direct: true},
			{Relays: []smp.PasswordAddress{w.relays[2].address}, Routing: RouteNever},
			{Relays: []smp.PasswordAddress{w.relays[2].address}, Routing: RouteUnknown},
		} {
			if err := alice.agent.SetPolicy(w.ctx, "", p); err != nil {
				t.Fatal(err)
			}
			w.converse(alice, a, bob, b, 3)
			if got := outward(); got != (p.Routing == RouteUnknown) {
				t.Errorf("routing %d: forwarded %v", p.Routing, got)
			}
			_, link := alice.inviteAs("")
			l, err := ParseLink(link)
			if err != nil || !l.Request.Queues[0].Relay.Equal(p.Relays[0].Address) {
				t.Errorf("a link on %v, %v", l.Request.Queues[0].Relay, err)
			}
		}
		w.pass(time.Minute)
		if n := alice.lines(w.relays[0]); n != 1 {
			t.Errorf("%d lines to the relay that has our queue", n)
		}
	})
}

// TestOwnLinkOfAnotherUser: one's users can talk to each other.
func TestOwnLinkOfAnotherUser(t *testing.T) {
	t.Parallel()
	inWorld(t, 1, func(w *world) {
		alice := w.person("alice", w.relays[0]).start()
		_, link := alice.inviteAs("work")
		if err := alice.agent.Do(w.ctx, func(t *Turn) error { _, err := t.JoinAs("work", link, nil); return err }); err == nil {
			t.Error("opened by its owner")
		}
		alice.joinAs("play", link)
		w.pass(time.Minute)
		if n := len(happened[Connected](alice)); n != 2 {
			t.Errorf("%d connected", n)
		}
	})
}
