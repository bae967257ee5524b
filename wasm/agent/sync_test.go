//go:build !js

package agent

import (
	"errors"
	"testing"
	"time"

	"sotto/wasm/ratchet"
	"sotto/wasm/store"
)

// copied returns a copy of what a person has stored.
func (p *person) copied() *store.Mem {
	p.w.Helper()
	mem, batch := new(store.Mem), new(store.Batch)
	for _, bucket := range []string{bucketConns, bucketRatchets, bucketSkipped, bucketOut, bucketSent, bucketReceived, bucketDeletes} {
		records, err := p.store.Scan(p.w.ctx, bucket, store.Query{})
		if err != nil {
			p.w.Fatal(err)
		}
		for _, r := range records {
			batch.Put(bucket, r.Key, r.Value)
		}
	}
	if err := mem.Commit(p.w.ctx, batch); err != nil {
		p.w.Fatal(err)
	}
	return mem
}

// fallBack has bob go back to a copy of his storage that is older than what the
// two said since, so that he cannot read what alice writes.
func (w *world) fallBack(alice *person, a ConnID, bob *person, b ConnID) {
	w.Helper()
	w.converse(alice, a, bob, b, 2)
	old := bob.copied()
	for range 3 {
		w.converse(alice, a, bob, b, 1)
	}
	bob.kill()
	bob.store = old
	bob.start()
	alice.send(a, "lost")
	w.pass(time.Minute)
	if e := one[Synced](bob); e.State != SyncRequired || !errors.Is(e.Err, ratchet.ErrHeader) {
		w.Errorf("%+v", e)
	}
	one[Unreadable](bob)
	happened[SentToRelay](alice)
	err := bob.agent.Do(w.ctx, func(t *Turn) error {
		_, err := t.Send(b, []byte("no"), SendOptions{})
		return err
	})
	if !errors.Is(err, ErrNotConnected) {
		w.Error(err)
	}
}

func (p *person) resync(id ConnID, force bool) {
	p.w.Helper()
	p.do(func(t *Turn) error { return t.Resync(id, force) })
}

// inStep checks that both went through agreement, and can talk.
func (w *world) inStep(alice *person, a ConnID, bob *person, b ConnID) {
	w.Helper()
	for _, p := range []*person{alice, bob} {
		e := happened[Synced](p)
		if len(e) != 2 || e[0].State != SyncAgreed || e[1].State != SyncOK {
			w.Errorf("%s: %+v", p.name, e)
		}
		happened[Gap](p)
	}
	// The first messages tell of those that were lost.
	alice.send(a, "first")
	bob.send(b, "first")
	w.pass(time.Minute)
	for _, p := range []*person{alice, bob} {
		if e := one[Received](p); string(e.Body) != "first" {
			w.Errorf("%s: %+v", p.name, e)
		}
		one[SentToRelay](p)
		happened[Delivered](p)
	}
	w.converse(alice, a, bob, b, 1)
	w.converse(alice, a, bob, b, 3)
	checkInfo(w.T, alice, a, bob, b)
}

// inSync runs a test with two people who are connected, with and without the KEM.
func inSync(t *testing.T, test func(w *world, alice *person, a ConnID, bob *person, b ConnID)) {
	for name, pq := range map[string]bool{"PQ": true, "no PQ": false} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 2, func(w *world) {
				alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[1])
				alice.speak.pq, bob.speak.pq = pq, pq
				alice.start()
				bob.start()
				alice.receipt, bob.receipt = true, true
				a, b := w.connect(alice, bob)
				test(w, alice, a, bob, b)
			})
		})
	}
}

// TestResync: each side in turn goes back to an old copy, and begins the ratchet
// anew; or the other side does.
func TestResync(t *testing.T) {
	inSync(t, func(w *world, alice *person, a ConnID, bob *person, b ConnID) {
		w.fallBack(alice, a, bob, b)
		bob.resync(b, false)
		w.pass(time.Minute)
		w.inStep(alice, a, bob, b)
		w.fallBack(bob, b, alice, a)
		bob.resync(b, true)
		w.pass(time.Minute)
		w.inStep(alice, a, bob, b)
	})
}

// TestResyncBoth: both begin at the same time.
func TestResyncBoth(t *testing.T) {
	inSync(t, func(w *world, alice *person, a ConnID, bob *person, b ConnID) {
		w.fallBack(alice, a, bob, b)
		for _, r := range w.relays { // or the one's keys may come before the other begins
			r.setAway(errors.New("no network"))
		}
		bob.resync(b, false)
		alice.resync(a, true)
		for _, r := range w.relays {
			r.setAway(nil)
		}
		w.pass(time.Hour)
		w.inStep(alice, a, bob, b)
	})
}

// TestResyncRefused: who is in step needs no new ratchet.
func TestResyncRefused(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		a, _ := w.connect(alice, bob)
		err := alice.agent.Do(w.ctx, func(t *Turn) error { return t.Resync(a, false) })
		if !errors.Is(err, ErrInSync) {
			t.Error(err)
		}
		_, link := alice.invite()
		c := bob.join(link)
		err = bob.agent.Do(w.ctx, func(t *Turn) error { return t.Resync(c, true) })
		if !errors.Is(err, ErrNotConnected) {
			t.Error(err)
		}
	})
}

// TestResyncKilled: whoever is killed while a ratchet begins anew goes on.
func TestResyncKilled(t *testing.T) {
	most := 8
	if testing.Short() {
		most = 2
	}
	for victim := range 2 {
		for at := range most {
			inWorld(t, 2, func(w *world) {
				alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
				alice.receipt, bob.receipt = true, true
				a, b := w.connect(alice, bob)
				w.fallBack(alice, a, bob, b)
				p := []*person{alice, bob}[victim]
				p.kill()
				m := &mortal{}
				m.Mem = *p.copied()
				m.dieAt.Store(int64(at + 1))
				m.after.Store(at%2 == 0)
				p.store = m
				p.start()
				if err := bob.agent.Do(w.ctx, func(t *Turn) error { return t.Resync(b, false) }); err != nil {
					<-bob.agent.Done()
				}
				w.pass(time.Minute)
				m.dieAt.Store(0)
				p.kill()
				p.start()
				if bob.info(b).Sync == SyncRequired { // the commit was not done
					bob.resync(b, false)
				}
				w.pass(time.Hour)
				for _, p := range []*person{alice, bob} {
					happened[Synced](p)
					happened[Gap](p)
				}
				alice.send(a, "one")
				bob.send(b, "two")
				w.pass(time.Minute)
				if x, y := one[Received](bob), one[Received](alice); string(x.Body) != "one" || string(y.Body) != "two" {
					t.Errorf("%+v %+v", x, y)
				}
			})
			if t.Failed() {
				t.Fatalf("killed %d at %d", victim, at)
			}
		}
	}
}
