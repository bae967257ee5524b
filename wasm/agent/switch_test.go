//go:build !js

package agent

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/client"
)

func (p *person) moves(id ConnID) {
	p.w.Helper()
	p.do(func(t *Turn) error { return t.Switch(id) })
}

// phases returns the phases of switching that happened.
func (p *person) phases() (list []SwitchPhase) {
	for _, e := range happened[Switching](p) {
		list = append(list, e.Phase)
	}
	return list
}

var allPhases = []SwitchPhase{SwitchStarted, SwitchConfirmed, SwitchSecured, SwitchCompleted}

// TestSwitch: each side moves its queue, twice, to another relay and back, while
// both talk; messages arrive in order, and the old queues are gone.
func TestSwitch(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays...).start(), w.person("bob", w.relays...).start()
		alice.receipt, bob.receipt = true, true
		a, b := w.connect(alice, bob)
		for range 2 {
			old := alice.agent.conns[a].receive
			alice.moves(a)
			bob.moves(b)
			for n := range 20 {
				alice.send(a, fmt.Sprint(n))
				bob.send(b, fmt.Sprint(n))
				w.pass(10 * time.Millisecond)
			}
			w.pass(time.Hour)
			for _, p := range []*person{alice, bob} {
				if got := p.phases(); !slices.Equal(got, allPhases) {
					t.Errorf("%s: %v", p.name, got)
				}
				if e := one[Moved](p); len(e.Relay.Hosts) == 0 {
					t.Errorf("%+v", e)
				}
				if got := p.texts(); len(got) != 20 || !slices.IsSortedFunc(got, byNumber) {
					t.Errorf("%s got %q", p.name, got)
				}
				if n := p.delivered(); n != 20 {
					t.Errorf("%s: %d receipts", p.name, n)
				}
			}
			now := alice.agent.conns[a].receive
			if now.relay.Equal(old.relay) || !now.relay.Equal(bob.info(b).SendRelay) {
				t.Errorf("from %v to %v", old.relay, now.relay)
			}
			if records := len(alice.agent.deletes); records != 0 {
				t.Errorf("%d queues to delete", records)
			}
		}
		checkInfo(t, alice, a, bob, b)
	})
}

func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}

// TestSwitchOnOneRelay: without another relay, the queue moves to a new one on
// the same.
func TestSwitchOnOneRelay(t *testing.T) {
	t.Parallel()
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		alice.speak.secure = false
		a, b := w.connect(alice, bob)
		old := alice.agent.conns[a].receive.address()
		alice.moves(a)
		err := alice.agent.Do(w.ctx, func(t *Turn) error { return t.Switch(a) })
		if !errors.Is(err, ErrSwitching) {
			t.Error(err)
		}
		w.pass(time.Minute)
		if got := alice.phases(); !slices.Equal(got, allPhases) {
			t.Errorf("%v", got)
		}
		if now := alice.agent.conns[a].receive.address(); now == old {
			t.Error("the queue is the same")
		}
		alice.receipt, bob.receipt = true, true
		w.converse(alice, a, bob, b, 2)
	})
}

// TestAbortSwitch: until the peer answers, one can stay; later not.
func TestAbortSwitch(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays...).start(), w.person("bob", w.relays[1]).start()
		alice.receipt, bob.receipt = true, true
		a, b := w.connect(alice, bob)
		abort := func() error {
			return alice.agent.Do(w.ctx, func(t *Turn) error { return t.AbortSwitch(a) })
		}
		if err := abort(); !errors.Is(err, ErrNotSwitching) {
			t.Error(err)
		}
		bob.kill()
		alice.moves(a)
		w.pass(time.Minute)
		if got := alice.phases(); !slices.Equal(got, allPhases[:1]) {
			t.Errorf("%v", got)
		}
		if err := abort(); err != nil {
			t.Error(err)
		}
		bob.start()
		w.pass(time.Hour)
		if got := alice.phases(); got != nil || alice.info(a).Switch != SwitchNone {
			t.Errorf("%v", got)
		}
		w.converse(alice, a, bob, b, 2)
		// And again, to the end: the peer forgets the queue that it was offered first.
		alice.moves(a)
		w.pass(time.Hour)
		if got := alice.phases(); !slices.Equal(got, allPhases) {
			t.Errorf("%v", got)
		}
		w.converse(alice, a, bob, b, 2)
		checkInfo(t, alice, a, bob, b)
	})
}

// TestSwitchAfterResync: what the peer forgot of a switch, because its storage is
// an older one, it hears again.
func TestSwitchAfterResync(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays...).start(), w.person("bob", w.relays[1]).start()
		alice.receipt, bob.receipt = true, true
		a, b := w.connect(alice, bob)
		w.converse(alice, a, bob, b, 2)
		old := bob.copied()
		for range 3 {
			w.converse(alice, a, bob, b, 1)
		}
		bob.kill()
		bob.store = old
		alice.moves(a)
		w.pass(time.Second)
		bob.start()
		w.pass(time.Minute)
		one[Unreadable](bob)
		bob.resync(b, false)
		w.pass(time.Hour)
		if got := alice.phases(); len(got) != 5 || got[4] != SwitchCompleted {
			t.Errorf("%v", got)
		}
		if now := bob.info(b).SendRelay; !now.Equal(alice.info(a).ReceiveRelay) {
			t.Errorf("bob sends to %v", now)
		}
	})
}

// TestQueueLostWhileSwitching: a new queue that its relay lost is given up; if it
// is the old one, the new one takes its place as soon as it may.
func TestQueueLostWhileSwitching(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{"new", "old"} {
		inWorld(t, 2, func(w *world) {
			alice, bob := w.person("alice", w.relays...).start(), w.person("bob", w.relays[1]).start()
			alice.receipt, bob.receipt = true, true
			a, b := w.connect(alice, bob)
			bob.kill()
			alice.moves(a)
			w.pass(time.Second)
			alice.do(func(t *Turn) error {
				c := t.edit(a)
				if lost == "new" {
					return t.lost(c, c.fresh, ErrQueueGone)
				}
				c.switching = SwitchSecured
				return t.lost(c, c.receive, ErrQueueGone)
			})
			last := SwitchCompleted
			if lost == "new" {
				last = SwitchNone
			}
			if got := alice.phases(); !slices.Equal(got, []SwitchPhase{SwitchStarted, last}) {
				t.Errorf("%v", got)
			}
			bob.start()
			w.pass(time.Minute)
			if lost == "new" {
				w.converse(alice, a, bob, b, 1)
			}
		})
	}
}

// TestEarlyInNewQueue: what was sent to the old queue is read first, however long
// its relay is away.
func TestEarlyInNewQueue(t *testing.T) {
	t.Parallel()
	inWorld(t, 3, func(w *world) {
		alice, bob := w.person("alice", w.relays[0], w.relays[1]).start(), w.person("bob", w.relays[2]).start()
		a, b := w.connect(alice, bob)
		away := errors.New("no network")
		bob.kill()
		alice.moves(a)
		w.pass(time.Minute)
		w.relays[1].setAway(away)
		bob.start()
		w.pass(time.Minute)
		if got := alice.phases(); !slices.Equal(got, allPhases[:2]) {
			t.Fatalf("%v", got)
		}
		alice.cut.Store(w.relays[0])
		w.relays[0].restart()
		w.relays[2].setAway(away)
		w.relays[1].setAway(nil)
		bob.send(b, "to the old one")
		w.pass(10 * time.Minute)
		w.relays[2].setAway(nil)
		w.pass(10 * time.Minute)
		one[Moved](bob)
		bob.send(b, "to the new one")
		bob.send(b, "and another")
		w.pass(10 * time.Minute)
		if got := alice.texts(); got != nil || len(alice.agent.early) != 1 {
			t.Errorf("alice got %q; %d wait", got, len(alice.agent.early))
		}
		alice.cut.Store(nil)
		w.pass(time.Hour)
		if got := alice.texts(); !slices.Equal(got, []string{"to the old one", "to the new one", "and another"}) {
			t.Errorf("alice got %q", got)
		}
	})
}

// TestCopyInOldQueue: the reference sends messages to both queues for a while,
// but the first one only to the new. The copy in the old queue waits for it.
func TestCopyInOldQueue(t *testing.T) {
	t.Parallel()
	inWorld(t, 3, func(w *world) {
		alice, bob := w.person("alice", w.relays[0], w.relays[1]).start(), w.person("bob", w.relays[2]).start()
		a, b := w.connect(alice, bob)
		old := bob.agent.conns[b].send
		bob.kill()
		alice.moves(a)
		w.pass(time.Minute)
		w.relays[1].setAway(errors.New("no network"))
		bob.start()
		w.pass(time.Minute)
		w.relays[2].setAway(errors.New("no network"))
		w.relays[1].setAway(nil)
		w.pass(time.Hour)
		if phase := alice.info(a).Switch; phase != SwitchSecured {
			t.Fatalf("phase %d", phase)
		}
		alice.cut.Store(w.relays[1])
		w.relays[1].restart()
		w.relays[2].setAway(nil)
		w.pass(time.Hour)
		one[Moved](bob)
		bob.sendBoth(b, old, "in both")
		w.pass(time.Minute)
		if got := alice.texts(); got != nil {
			t.Errorf("alice got %q", got)
		}
		alice.cut.Store(nil)
		w.pass(time.Hour)
		if got := alice.texts(); !slices.Equal(got, []string{"in both"}) {
			t.Errorf("alice got %q", got)
		}
		if n := len(alice.agent.early); n != 0 {
			t.Errorf("%d wait", n)
		}
	})
}

// sendBoth sends a message to the queue in use and to another one.
func (p *person) sendBoth(id ConnID, other *sendQueue, text string) {
	p.w.Helper()
	var d *delivery
	p.do(func(t *Turn) error {
		if _, err := t.Send(id, []byte(text), SendOptions{}); err != nil {
			return err
		}
		i := slices.IndexFunc(t.records, func(r record) bool { return r.bucket == bucketOut })
		var err error
		if d, err = parseDelivery(t.records[i].value); err != nil {
			return err
		}
		e, err := smp.ParseEnvelope(d.body)
		if err != nil {
			return err
		}
		m, err := e.Open(t.conn(id).sealsFor().secret)
		if err != nil {
			return err
		}
		d.body, err = t.seal(other, smp.PublicKey{}, smp.ClientMessage{Body: m.Body})
		return err
	})
	conn, err := p.dial(p.w.ctx, other.relay)
	if err != nil {
		p.w.Fatal(err)
	}
	c := client.New(p.w.ctx, conn, client.Options{})
	defer c.Close()
	if err := other.deliver(p.w.ctx, c, d); err != nil {
		p.w.Fatal(err)
	}
}

// TestSwitchKilled: whoever is killed at a commit while a queue moves goes on.
// In short tests it is every ninth.
func TestSwitchKilled(t *testing.T) {
	t.Parallel()
	step := 2
	if testing.Short() {
		step = 9
	}
	for victim := range 2 {
		for _, after := range []bool{false, true} {
			for at := 1 + victim; ; at += step {
				commits := switchKilled(t, victim, at, after)
				if t.Failed() {
					t.Fatalf("victim %d killed at commit %d, after %v", victim, at, after)
				}
				if commits < at {
					t.Logf("%d commits", commits)
					break
				}
			}
		}
	}
}

// switchKilled returns how many commits the victim made after the connection was
// there.
func switchKilled(t *testing.T, victim, at int, after bool) (commits int) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays...), w.person("bob", w.relays[1])
		alice.receipt, bob.receipt = true, true
		alice.speak.pq = after
		p := []*person{alice, bob}[victim]
		m := new(mortal)
		p.store = m
		alice.start()
		bob.start()
		a, b := w.connect(alice, bob)
		begun := m.commits.Load()
		m.after.Store(after)
		m.dieAt.Store(begun + int64(at))
		other := []*person{bob, alice}[victim]
		ids := map[*person]ConnID{alice: a, bob: b}
		alice.doDying(func(t *Turn) error {
			if i, _ := t.Conn(a); i.Switch != SwitchNone || !i.ReceiveRelay.Equal(w.relays[0].address.Address) {
				return nil // begun before the death
			}
			return t.Switch(a)
		})
		for n := range 3 {
			p.revive()
			other.send(ids[other], fmt.Sprint(n))
			w.pass(100 * time.Millisecond)
		}
		for range 10 {
			w.pass(time.Minute)
			p.revive()
		}
		if relay := alice.info(a); relay.Switch != SwitchNone || !relay.ReceiveRelay.Equal(w.relays[1].address.Address) {
			t.Errorf("%+v", relay)
		}
		// Who is killed right after a commit is not there to write down what happened.
		if got := p.texts(); len(got) < 2 || !slices.IsSorted(got) {
			t.Errorf("got %q", got)
		}
		commits = int(m.commits.Load() - begun)
		m.dieAt.Store(0)
		p.revive()
		alice.receipt, bob.receipt = true, true
		happened[Delivered](other)
		happened[SentToRelay](other)
		w.converse(alice, a, bob, b, 1)
		checkInfo(t, alice, a, bob, b)
	})
	return commits
}

// doDying does what does no harm when it is done twice, again if the agent dies at it.
func (p *person) doDying(f func(*Turn) error) {
	p.w.Helper()
	err := p.agent.Do(p.w.ctx, f)
	for errors.Is(err, errKilled) || errors.Is(err, ErrClosed) {
		p.revive()
		err = p.agent.Do(p.w.ctx, f)
	}
	if err != nil {
		p.w.Fatalf("%s: %v", p.name, err)
	}
}

// revive starts an agent again that died.
func (p *person) revive() {
	if p.agent.ctxErr() != nil {
		<-p.agent.Done()
		p.start()
	}
}

// TestSwitchRefused: only connections that can send move.
func TestSwitchRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, 1, func(w *world) {
		alice := w.person("alice", w.relays[0]).start()
		a, _ := alice.invite()
		for id, want := range map[ConnID]error{a: ErrNotConnected, "nobody": ErrUnknownConn} {
			if err := alice.agent.Do(w.ctx, func(t *Turn) error { return t.Switch(id) }); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
	})
}

// TestKeysForNoQueue: keys for a queue that was given up, and keys that come
// twice, change nothing.
func TestKeysForNoQueue(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays...).start(), w.person("bob", w.relays[1]).start()
		a, b := w.connect(alice, bob)
		alice.moves(a)
		w.pass(time.Minute)
		bob.do(func(t *Turn) error {
			c := t.edit(b)
			info := smp.QueueInfo{Version: 4, QueueAddress: smp.QueueAddress{Relay: c.send.relay, SenderID: c.send.id, DHKey: c.send.key, Mode: smp.Messaging}}
			_, err := t.enqueue(c, kindMove, queueKeys{[]queueKey{{info, c.send.auth.private().Public()}}}, false)
			return err
		})
		w.pass(time.Minute)
		alice.receipt, bob.receipt = true, true
		w.converse(alice, a, bob, b, 1)
		checkInfo(t, alice, a, bob, b)
	})
}
