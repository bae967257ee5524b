//go:build !js

package chat

import (
	"testing"
	"time"

	"sotto/wasm/agent"
)

func (p *person) expire() (next time.Time) {
	p.w.Helper()
	p.do(func(t *agent.Turn) (err error) {
		next, err = p.chat.Expire(t)
		return err
	})
	return next
}

// TestDisappear counts from when a message is sent, and from when it is read.
func TestDisappear(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.tell(bobID, "x.info", `{"profile":{"displayName":"Alice","fullName":"","preferences":{"timedMessages":{"allow":"yes","ttl":3600}}}}`)
		if k := bob.contact(aliceID); k.TTL != 3600 {
			t.Fatalf("%+v", k)
		}
		bob.send(aliceID, "soon gone", "")
		w.pass(time.Second)
		if got := texts(bob.items(aliceID)); got != "note:Messages disappear one hour after they were read, as the other person chose. sent:soon gone" {
			t.Errorf("Bob has %s", got)
		}
		if it := alice.items(bobID)[0]; it.ExpiresAt != 0 || !alice.expire().IsZero() {
			t.Errorf("not read yet: %+v", it)
		}
		w.pass(30 * time.Minute)
		alice.do(func(t *agent.Turn) error { return alice.chat.Read(t, bobID, 1) })
		w.pass(31 * time.Minute)
		bob.stop()
		bob.start()
		if !bob.expire().IsZero() || len(bob.items(aliceID)) != 1 || bob.contact(aliceID).Last.Direction != Note {
			t.Errorf("Bob has %+v", bob.items(aliceID))
		}
		next := alice.expire()
		if it := alice.items(bobID); len(it) != 1 || it[0].ExpiresAt != next.UnixMilli() || time.Until(next) > 30*time.Minute {
			t.Errorf("until %s Alice has %+v", next, it)
		}
		w.pass(time.Hour)
		if alice.expire(); len(alice.items(bobID)) != 0 {
			t.Errorf("Alice has %+v", alice.items(bobID))
		}
	})
}

func TestSpan(t *testing.T) {
	for seconds, want := range map[int]string{1: "one second", 30: "30 seconds", 3600: "one hour", 5400: "90 minutes", 86400: "one day", 14 * 86400: "2 weeks", 61: "61 seconds", 0: "at once"} {
		if got := span(seconds); got != want {
			t.Errorf("%d: %s", seconds, got)
		}
	}
}

// TestManyDisappear is more than one turn removes, and some are gone before.
func TestManyDisappear(t *testing.T) {
	inWorld(t, func(w *world) {
		_, bob, bobID, aliceID := w.couple()
		w.people[0].tell(bobID, "x.info", `{"profile":{"displayName":"Alice","fullName":"","preferences":{"timedMessages":{"allow":"yes","ttl":1}}}}`)
		for range maxExpired + 5 {
			bob.send(aliceID, "x", "")
		}
		bob.do(func(t *agent.Turn) error { return bob.chat.Remove(t, aliceID, 4) })
		w.pass(time.Minute)
		if bob.expire().IsZero() {
			t.Error("all went in one turn")
		}
		if !bob.expire().IsZero() || len(bob.items(aliceID)) != 1 {
			t.Errorf("%d are left, with the note", len(bob.items(aliceID)))
		}
		w.people[0].tell(bobID, "x.info", `{"profile":{"displayName":"Alice","fullName":"","preferences":{"timedMessages":{"allow":"no","ttl":1}}}}`)
		if it := bob.items(aliceID); it[len(it)-1].Text != "Messages stay from now on, as the other person chose." {
			t.Errorf("%+v", it)
		}
		bob.send(aliceID, "x", "")
		bob.do(func(t *agent.Turn) error { return bob.chat.Delete(t, aliceID) })
		w.pass(time.Minute)
		bob.expire()
	})
}
