//go:build !js

package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"sotto/wasm/store"
	"sotto/wasm/store/journal"
)

// A script is an app that does everything in turns, and can go on from what is
// stored: it makes or opens one link, sends numbered messages, and writes down
// what it gets.
type script struct {
	*person
	peer  *script
	makes bool     // the link
	by    LinkKind // "": a full invitation; else a short link
	total int      // messages to send
	limit int      // messages to have under way: more are sent as receipts come
	life  *life    // nil: without a journal
}

const bucketScript = "script"

// stored reads one of the script's records, "" if there is none.
func (s *script) stored(key string) string {
	var records store.Store = &s.store.(*mortal).Mem
	if s.life != nil {
		records = s.life.journal
	}
	b, err := records.Get(context.Background(), bucketScript, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.w.Fatal(err)
	}
	return string(b)
}

func (s *script) count(key string) int {
	n, _ := strconv.Atoi(s.stored(key))
	return n
}

// Event writes down what happened, in the turn in which it happened.
func (s *script) event(t *Turn, e Event) error {
	put := func(key, value string) { t.Put(bucketScript, key, []byte(value)) }
	switch e := e.(type) {
	case Requested:
		id, err := t.Accept(e.Request, []byte(s.name))
		put("conn", string(id))
		return err
	case Confirmed:
		return t.Allow(e.Conn, []byte(s.name))
	case Connected:
		put("connected", string(e.Conn))
	case Received:
		if e.Integrity != (Integrity{}) {
			s.w.Errorf("%s: message %d: %+v", s.name, e.MsgID, e.Integrity)
		}
		n := s.count("got")
		put(fmt.Sprintf("got/%06d", n), string(e.Body))
		put("got", strconv.Itoa(n+1))
		return t.Receipt(e.Conn, e.MsgID)
	case Delivered:
		put("delivered", strconv.Itoa(s.count("delivered")+len(e.MsgIDs)))
		if e.BadHash != nil {
			s.w.Errorf("%s: bad hashes %v", s.name, e.BadHash)
		}
	case Switching:
		if e.Err != nil {
			s.w.Errorf("%s: %+v", s.name, e)
		}
		if e.Phase == SwitchCompleted {
			put("moved", strconv.Itoa(s.count("moved")+1))
		}
	case JoinFailed, Ended, SendFailed, Unreadable, Gap:
		s.w.Errorf("%s: %T %+v", s.name, e, e)
	}
	return nil
}

// act does what the script needs next. An error means that the agent died.
func (s *script) act() error {
	if s.agent == nil {
		s.start()
	}
	do := func(f func(*Turn) error) error { return s.agent.Do(s.w.ctx, f) }
	conn := ConnID(s.stored("conn"))
	switch {
	case s.makes && s.stored("link") == "":
		return s.makeLink()
	case conn == "" && s.peer.stored("link") != "":
		return do(func(t *Turn) error {
			id, err := t.Join(s.peer.stored("link"), []byte(s.name))
			t.Put(bucketScript, "conn", []byte(id))
			return err
		})
	case s.stored("connected") != "" && s.count("sent") < min(s.total, s.count("delivered")+s.limit):
		return do(func(t *Turn) error {
			n := s.count("sent")
			t.Put(bucketScript, "sent", []byte(strconv.Itoa(n+1)))
			_, err := t.Send(conn, []byte(s.text(n)), SendOptions{})
			return err
		})
	}
	return nil
}

// makeLink makes the link that the peer opens.
func (s *script) makeLink() error {
	ctx, cancel := context.WithTimeout(s.w.ctx, time.Minute)
	defer cancel()
	kept := func(t *Turn, id ConnID, links Links) error {
		if s.by != LinkContact {
			t.Put(bucketScript, "conn", []byte(id))
		}
		link := links.Full
		if s.by != "" {
			link = links.Short
		}
		t.Put(bucketScript, "link", []byte(link))
		return nil
	}
	switch s.by {
	case LinkContact:
		return s.agent.NewAddress(ctx, nil, kept)
	case LinkInvitation:
		return s.agent.InviteShort(ctx, nil, kept)
	}
	return s.agent.Invite(ctx, func(t *Turn, id ConnID, link string) error { return kept(t, id, Links{Full: link}) })
}

func (s *script) text(n int) string { return fmt.Sprintf("%s says %d", s.name, n) }

// finished reports whether everything was sent and confirmed.
func (s *script) finished() bool {
	return s.count("sent") == s.total && s.count("delivered") == s.total
}

// check compares what arrived with what the peer sent.
func (s *script) check() {
	s.w.Helper()
	var got, want []string
	for n := range s.count("got") {
		got = append(got, s.stored(fmt.Sprintf("got/%06d", n)))
	}
	for n := range s.peer.total {
		want = append(want, s.peer.text(n))
	}
	if !slices.Equal(got, want) {
		s.w.Errorf("%s got %q", s.name, got)
	}
}

// A mortal store dies at a commit, after or before it is done, and takes the
// agent with it.
type mortal struct {
	store.Mem
	commits atomic.Int64
	dieAt   atomic.Int64 // number of the commit; 0: never
	after   atomic.Bool  // the commit is done, but nobody is told
}

var errKilled = errors.New("killed")

func (m *mortal) Commit(ctx context.Context, b *store.Batch) error {
	if m.commits.Add(1) != m.dieAt.Load() {
		return m.Mem.Commit(ctx, b)
	}
	if m.after.Load() {
		if err := m.Mem.Commit(ctx, b); err != nil {
			return err
		}
	}
	return errKilled
}

// A life is what one agent has of a mortal store, with a journal.
type life struct {
	*mortal
	journal *journal.Journal
	over    atomic.Bool
}

func (l *life) Commit(ctx context.Context, b *store.Batch) error {
	if l.over.Load() {
		return errKilled
	}
	return l.mortal.Commit(ctx, b)
}

// journaled has the agents keep a journal, so that they also die while it is
// brought up to date.
func (s *script) journaled(r journal.Rhythm) {
	s.records = func() store.Store {
		if s.life != nil {
			s.life.over.Store(true)
		}
		s.life = &life{mortal: s.store.(*mortal)}
		s.life.journal = journal.New(s.life, r)
		return s.life.journal
	}
}

// play makes two people who follow the script.
func (w *world) play(total int) (alice, bob *script) {
	alice = &script{person: w.person("alice", w.relays[0]), makes: true, total: total, limit: 10}
	bob = &script{person: w.person("bob", w.relays[len(w.relays)-1]), total: total, limit: 10}
	alice.peer, bob.peer = bob, alice
	for _, s := range []*script{alice, bob} {
		s.store, s.allow, s.on = new(mortal), false, s.event
	}
	return alice, bob
}

// run lets both act until they have finished; a dead agent is started again.
func (w *world) run(alice, bob *script) {
	w.Helper()
	for range 2000 {
		for _, s := range []*script{alice, bob} {
			if err := s.act(); errors.Is(err, errKilled) {
				<-s.agent.Done()
			} else if err != nil && s.agent.ctxErr() == nil {
				w.Fatalf("%s: %v", s.name, err)
			}
			s.bury()
		}
		if alice.finished() && bob.finished() {
			w.pass(time.Hour)
			alice.check()
			bob.check()
			return
		}
		w.pass(200 * time.Millisecond)
	}
	w.Fatalf("not finished: alice sent %d, delivered %d, got %d; bob sent %d, delivered %d, got %d", alice.count("sent"), alice.count("delivered"),
		alice.count("got"), bob.count("sent"), bob.count("delivered"), bob.count("got"))
}

// bury forgets an agent that has died.
func (s *script) bury() {
	if s.agent != nil && s.agent.ctxErr() != nil {
		<-s.agent.Done()
		s.agent = nil
	}
}

// ctxErr returns why the agent stopped, or is about to.
func (a *Agent) ctxErr() error {
	select {
	case <-a.stopped:
		return a.err
	default:
		return nil
	}
}

// TestKilledAtEveryCommit kills each side once at every commit that it makes,
// and once right after it: every message arrives once, in order. In short tests
// it is every thirteenth commit of the fast handshake, for one side before it and
// for the other after.
func TestKilledAtEveryCommit(t *testing.T) {
	for _, c := range []struct {
		fast bool
		by   LinkKind
	}{{true, ""}, {false, ""}, {true, LinkContact}, {false, LinkContact}, {true, LinkInvitation}} {
		if !c.fast && testing.Short() {
			continue
		}
		for victim := range 2 {
			for _, after := range []bool{false, true} {
				if testing.Short() && after == (victim == 0) {
					continue
				}
				t.Run(fmt.Sprintf("fast %v, by %q, victim %d, after %v", c.fast, c.by, victim, after), func(t *testing.T) {
					t.Parallel()
					killAll(t, c.fast, c.by, victim, after)
				})
			}
		}
	}
}

func killAll(t *testing.T, fast bool, by LinkKind, victim int, after bool) {
	step := int64(1)
	if testing.Short() {
		step = 13
	}
	for at := int64(1); ; at += step {
		commits := int64(0)
		inWorld(t, 2, func(w *world) {
			alice, bob := w.play(3)
			alice.by = by
			alice.speak.secure, bob.speak.secure = fast, fast
			alice.speak.pq = after != (victim == 0) // half of the time
			m := []*script{alice, bob}[victim].store.(*mortal)
			m.dieAt.Store(at)
			m.after.Store(after)
			w.run(alice, bob)
			commits = m.commits.Load()
		})
		if t.Failed() {
			t.Fatalf("killed at commit %d", at)
		}
		if commits < at {
			t.Logf("%d commits", commits)
			return
		}
	}
}
