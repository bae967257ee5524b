//go:build !js

package agent

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"sotto/wasm/store/journal"
)

// A storm is a network that drops, delays, repeats and reorders blocks. Of one
// connection, the relay or the client then refuses what follows; across
// connections, blocks overtake each other.
type storm struct {
	mu  sync.Mutex
	rnd *rand.Rand
	// Of 1000 blocks, so many are dropped, repeated, delayed, end the
	// connection, or are overtaken by the next one.
	drop, repeat, delay, end, overtake int
}

func (s *storm) roll(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rnd.IntN(n)
}

// A stormy connection is in a storm, both ways.
type stormy struct {
	net.Conn
	storm *storm
	held  []byte // a block that the next one overtakes
}

func (c *stormy) Write(b []byte) (int, error) {
	if late := c.held; late != nil {
		c.held = nil
		if n, err := c.Conn.Write(b); err != nil {
			return n, err
		}
		_, err := c.Conn.Write(late)
		return len(b), err
	}
	n := c.storm.roll(1000)
	switch s := c.storm; {
	case n < s.drop:
		return len(b), nil
	case n < s.drop+s.repeat:
		if n, err := c.Conn.Write(b); err != nil {
			return n, err
		}
	case n < s.drop+s.repeat+s.delay:
		time.Sleep(time.Duration(s.roll(5000)) * time.Millisecond)
	case n < s.drop+s.repeat+s.delay+s.end:
		_, _ = c.Conn.Write(b) // the answer is what gets lost
		c.Close()
	case n < s.drop+s.repeat+s.delay+s.end+s.overtake:
		c.held = bytes.Clone(b)
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// TestChaos has two people talk while blocks get lost, relays restart, clocks
// jump, queues move, and agents are killed at random commits: before and after
// one, and before the one that follows an answer of a relay. CHAOS=10000 has
// them say so much, with seeds from CHAOS_SEED on; SEEDS is how many.
func TestChaos(t *testing.T) {
	total, seed, seeds := number(t, "CHAOS", 1000), number(t, "CHAOS_SEED", 0), number(t, "CHAOS_SEEDS", 3)
	if testing.Short() {
		total, seeds = 100, 1
	}
	for seed := uint64(seed); seeds > 0; seed, seeds = seed+1, seeds-1 {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			inWorld(t, 2, func(w *world) { chaos(w, seed, total/2) })
		})
	}
}

// number reads a number from the environment.
func number(t *testing.T, name string, usual int) int {
	s := os.Getenv(name)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// chaos has each of two people say total messages.
func chaos(w *world, seed uint64, total int) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	weather := &storm{rnd: rand.New(rand.NewPCG(seed, 1)), drop: 4, repeat: 10, delay: 30, end: 8, overtake: 4}
	for _, r := range w.relays {
		r.setFilter(func(c net.Conn) net.Conn { return &stormy{Conn: c, storm: weather} })
	}
	alice, bob := w.play(total)
	alice.limit, bob.limit = 30, 30
	alice.by = []LinkKind{"", LinkContact, LinkInvitation}[seed%3]
	alice.speak.secure, bob.speak.secure = seed%3 != 0, seed%3 != 1
	alice.homes = append(alice.homes, bob.homes[0])
	bob.homes = append(bob.homes, alice.homes[0])
	if seed%3 != 0 {
		alice.journaled(journal.Rhythm{Within: time.Hour, Rest: time.Hour, Most: 100_000})
		bob.journaled(journal.Rhythm{After: 3, Within: time.Second, Rest: 2 * time.Second, Most: 20_000})
	}
	kills := 0
	for range 1000 + 100*total {
		for _, s := range []*script{alice, bob} {
			kills += s.suffer(rnd)
		}
		disturb(w, rnd)
		if alice.finished() && bob.finished() {
			break
		}
		w.pass(time.Duration(rnd.IntN(2000)) * time.Millisecond)
	}
	if !alice.finished() || !bob.finished() {
		w.Errorf("seed %d: not finished: alice sent %d, got %d; bob sent %d, got %d", seed, alice.count("sent"), alice.count("got"), bob.count("sent"), bob.count("got"))
	}
	alice.check()
	bob.check()
	w.Logf("seed %d: %d messages, %d kills, %d queues moved", seed, 2*total, kills, alice.count("moved")+bob.count("moved"))
}

// suffer has a person say something, and perhaps die, at once or at one of the
// next commits. It returns how many agents died.
func (s *script) suffer(rnd *rand.Rand) (died int) {
	for range 1 + rnd.IntN(5) {
		if err := s.act(); err != nil && s.agent.ctxErr() == nil {
			s.w.Logf("%s: %v", s.name, err) // an invitation that did not come through
		}
		if s.bury(); s.agent == nil {
			return 1
		}
	}
	if m := s.store.(*mortal); rnd.IntN(10) == 0 {
		m.after.Store(rnd.IntN(2) == 0)
		m.dieAt.Store(m.commits.Load() + 1 + rnd.Int64N(5))
	}
	switch id := ConnID(s.stored("conn")); rnd.IntN(200) {
	case 0, 1:
		s.kill()
		return 1
	case 2:
		s.skew.Store(int64(time.Duration(rnd.IntN(40)-20) * time.Hour))
	case 3:
		s.agent.Wake()
	case 4, 5:
		s.try(func(t *Turn) error { return t.Switch(id) })
	case 6, 7:
		s.try(func(t *Turn) error { return t.SetPQ(id, rnd.IntN(3) > 0) })
	}
	return 0
}

// try does what may not be possible now.
func (s *script) try(f func(*Turn) error) { _ = s.agent.Do(s.w.ctx, f) }

// disturb restarts a relay, or takes it away for a while.
func disturb(w *world, rnd *rand.Rand) {
	r := w.relays[rnd.IntN(len(w.relays))]
	switch rnd.IntN(300) {
	case 0:
		r.restart()
	case 1:
		r.setAway(errors.New("no network"))
	case 2, 3, 4, 5, 6, 7, 8, 9, 10:
		r.setAway(nil)
	}
}
