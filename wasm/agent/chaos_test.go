//go:build !js

package agent

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
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

// TestChaos has two people talk while blocks get lost, relays restart, and
// agents are killed at random commits.
func TestChaos(t *testing.T) {
	seeds := uint64(10)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inWorld(t, 2, func(w *world) { chaos(w, seed) })
		})
	}
}

func chaos(w *world, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	weather := &storm{rnd: rand.New(rand.NewPCG(seed, 1)), drop: 10, repeat: 10, delay: 50, end: 20, overtake: 10}
	for _, r := range w.relays {
		r.filter = func(c net.Conn) net.Conn { return &stormy{Conn: c, storm: weather} }
	}
	alice, bob := w.play(40)
	alice.by = []LinkKind{"", LinkContact, LinkInvitation}[seed%3]
	alice.speak.secure, bob.speak.secure = seed%3 != 0, seed%3 != 1
	for range 5000 {
		for _, s := range []*script{alice, bob} {
			if err := s.act(); err != nil && s.agent.ctxErr() == nil {
				w.Logf("%s: %v", s.name, err) // an invitation that did not come through
			}
			s.bury()
			if m := s.store.(*mortal); rnd.IntN(100) == 0 {
				m.after.Store(rnd.IntN(2) == 0)
				m.dieAt.Store(m.commits.Load() + 1 + rnd.Int64N(5))
			}
			if s.agent != nil && rnd.IntN(200) == 0 {
				s.kill()
			}
		}
		disturb(w, rnd)
		if alice.finished() && bob.finished() {
			break
		}
		w.pass(time.Duration(rnd.IntN(2000)) * time.Millisecond)
	}
	if !alice.finished() || !bob.finished() {
		w.Errorf("not finished: alice sent %d, got %d; bob sent %d, got %d", alice.count("sent"), alice.count("got"), bob.count("sent"), bob.count("got"))
	}
	alice.check()
	bob.check()
}

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
