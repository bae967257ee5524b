//go:build !js

package agent

import (
	"errors"
	"slices"
	"testing"
)

func (p *person) setPQ(id ConnID, on bool) {
	p.w.Helper()
	p.do(func(t *Turn) error { return t.SetPQ(id, on) })
}

func (p *person) pqChanges() (list []bool) {
	for _, e := range happened[PQChanged](p) {
		list = append(list, e.PQ)
	}
	return list
}

// TestSetPQ: one side turns the KEM off and on again, and both hear of it; it
// takes both to have it, and what one wants outlives a restart.
func TestSetPQ(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		alice.receipt, bob.receipt = true, true
		a, b := w.connect(alice, bob)
		talk := func() {
			t.Helper()
			for range 3 {
				w.converse(alice, a, bob, b, 1)
			}
		}
		talk()
		room := 0
		alice.do(func(t *Turn) error { room = t.Room(a); return nil })
		alice.pqChanges()
		bob.pqChanges()
		for _, c := range []struct {
			who    *person
			id     ConnID
			on     bool
			change []bool
		}{
			{alice, a, false, []bool{false}},
			{bob, b, false, nil},
			{alice, a, true, nil}, // bob does not want it
			{bob, b, true, []bool{true}},
		} {
			c.who.setPQ(c.id, c.on)
			c.who.kill()
			c.who.start()
			talk()
			for _, p := range []*person{alice, bob} {
				if got := p.pqChanges(); !slices.Equal(got, c.change) {
					t.Errorf("%s sets %v: %s hears %v", c.who.name, c.on, p.name, got)
				}
			}
			if i := c.who.info(c.id); i.PQWanted != c.on || !i.PQSupport {
				t.Errorf("%+v", i)
			}
		}
		alice.do(func(turn *Turn) error {
			if n := turn.Room(a); n != room {
				t.Errorf("room for %d, was %d", n, room)
			}
			return nil
		})
		checkInfo(t, alice, a, bob, b)
	})
}

// TestBeginPQ: a connection that began without the KEM can have it later, unless
// the peer is too old.
func TestBeginPQ(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		inWorld(t, 2, func(w *world) {
			alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[1])
			alice.speak.pq, bob.speak.pq = false, false
			if old {
				bob.speak.agent.Max = VersionReceipts
			}
			alice.start()
			bob.start()
			alice.receipt, bob.receipt = true, true
			a, b := w.connect(alice, bob)
			w.converse(alice, a, bob, b, 1)
			for _, p := range []*person{alice, bob} {
				p.kill()
				p.speak.pq = true
				p.start()
			}
			err := alice.agent.Do(w.ctx, func(t *Turn) error { return t.SetPQ(a, true) })
			if old {
				if !errors.Is(err, ErrVersion) {
					t.Error(err)
				}
				return
			}
			bob.setPQ(b, true)
			for range 3 {
				w.converse(alice, a, bob, b, 1)
			}
			for _, p := range []*person{alice, bob} {
				if got := p.pqChanges(); !slices.Equal(got, []bool{true}) {
					t.Errorf("%s hears %v", p.name, got)
				}
			}
		})
	}
}
