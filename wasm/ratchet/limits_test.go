package ratchet

import (
	"errors"
	"fmt"
	"testing"
)

// burst has b send n messages that stay in the network, and returns their names.
func (c *talk) burst(name string, n int) []string {
	c.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("b-%s-%d", name, i)
	}
	s := c.state('b')
	for _, id := range ids {
		var sealed []byte
		s, sealed = mustEncrypt(c.t, s, Options{Length: 64}, []byte(id))
		c.held[id] = held{'a', id, sealed}
	}
	c.disks['b'].save(c.t, s)
	return ids
}

func (c *talk) skipped() int { return len(c.disks['a'].skipped) }

func TestMaxSkip(t *testing.T) {
	c := newTalk(t, 3, false, false)
	c.play("b1 a1")
	ids := c.burst("x", MaxSkip+2)
	var tooMany *TooManySkippedError
	if err := c.deliver(ids[MaxSkip+1]); !errors.As(err, &tooMany) || tooMany.Count != MaxSkip+2 {
		t.Fatalf("%d missing: %v", MaxSkip+1, err)
	}
	c.play(">" + ids[MaxSkip])
	if c.skipped() != MaxSkip {
		t.Errorf("%d keys kept", c.skipped())
	}
	for _, id := range ids[:MaxSkip] {
		c.play(">" + id)
	}
	if c.skipped() != 0 {
		t.Errorf("%d keys left", c.skipped())
	}
}

// TestTooManySkippedAfterStep: the step is taken although the message is
// refused, as in the reference.
func TestTooManySkippedAfterStep(t *testing.T) {
	c := newTalk(t, 3, false, false)
	c.play("b1 b2- a1")
	ids := c.burst("x", MaxSkip+2)
	before := c.state('a').chains
	if err := c.deliver(ids[MaxSkip+1]); !errors.As(err, new(*TooManySkippedError)) {
		t.Fatal(err)
	}
	if c.state('a').chains != before+1 || c.skipped() != 1 {
		t.Errorf("%d chains, %d keys kept", c.state('a').chains-before, c.skipped())
	}
	c.play(">" + ids[0] + " >b2 >" + ids[MaxSkip+1] + " a2 b3")
}

// TestTooManyInPreviousChain: there is no step if too many are missing before
// it.
func TestTooManyInPreviousChain(t *testing.T) {
	c := newTalk(t, 3, false, false)
	c.play("b1")
	c.burst("x", MaxSkip+1)
	c.play("a1 b2-")
	before := c.disks['a'].state
	if err := c.deliver("b2"); !errors.As(err, new(*TooManySkippedError)) {
		t.Fatal(err)
	}
	equal(t, "state", c.disks['a'].state, before)
}

// TestMaxSkipped: the oldest keys make room, in storage too.
func TestMaxSkipped(t *testing.T) {
	c := newTalk(t, 3, false, false)
	c.play("b1 a1")
	var first, last string
	for round := range MaxSkipped/MaxSkip + 2 {
		ids := c.burst(fmt.Sprint(round), MaxSkip+1)
		if round == 0 {
			first = ids[0]
		}
		last = ids[0]
		c.play(">" + ids[MaxSkip])
		if round%3 == 0 {
			c.play(fmt.Sprintf("a-%d b-%d", round, round))
		}
		if c.skipped() > MaxSkipped || len(c.state('a').SkippedIDs()) != c.skipped() {
			t.Fatalf("%d keys stored, %d known", c.skipped(), len(c.state('a').SkippedIDs()))
		}
	}
	if c.skipped() != MaxSkipped {
		t.Errorf("%d keys stored", c.skipped())
	}
	c.play(">" + last + " !" + first)
}

// TestMaxSkippedChains: a key lost in every chain makes no header cost more than
// so many attempts.
func TestMaxSkippedChains(t *testing.T) {
	c := newTalk(t, 3, false, false)
	for i := range maxSkippedChains + 10 {
		c.play(fmt.Sprintf("b-%d a-%d blost-%d-", i, i, i))
	}
	if c.skipped() != maxSkippedChains || len(c.state('a').skipped) != maxSkippedChains {
		t.Errorf("%d keys in %d chains", c.skipped(), len(c.state('a').skipped))
	}
	c.play("!blost-3 >blost-50 >blost-136 b1 >blost-137")
}

// TestLastNumbers: counters at their end do not wrap.
func TestLastNumbers(t *testing.T) {
	c := newTalk(t, 3, false, false)
	c.play("b1 a1 b2")
	s := *c.state('b')
	s.sent = 1<<32 - 1
	_, sealed := mustEncrypt(t, &s, Options{Length: 100}, nil)
	if _, err := c.state('a').Decrypt(Keys{}, sealed); !errors.As(err, new(*TooManySkippedError)) {
		t.Error(err)
	}
	a := *c.state('a')
	a.received = 1<<32 - 1
	c.send('b', "b3", PQKeep)
	var earlier *EarlierError
	if _, err := a.Decrypt(Keys{}, c.held["b3"].sealed); !errors.As(err, &earlier) || earlier.By != 1<<32-3 {
		t.Error(err)
	}
}

func TestNotReady(t *testing.T) {
	c := newTalk(t, 3, false, false)
	if s := c.state('a'); s.CanSend() {
		t.Error("the initiator can send")
	}
	if _, _, err := c.state('a').Encrypt(nil, Options{Length: 100}); !errors.Is(err, ErrNotReady) {
		t.Error(err)
	}
	if !c.state('b').CanSend() {
		t.Error("the joiner cannot send")
	}
}

func TestTooLong(t *testing.T) {
	s := newTalk(t, 3, false, false).state('b')
	for _, n := range []struct{ message, length int }{{99, 100}, {0, 1}, {0, -1}, {0, 0}, {65536, 70000}} {
		if _, _, err := s.Encrypt(make([]byte, n.message), Options{Length: n.length}); !errors.Is(err, ErrTooLong) {
			t.Errorf("%d bytes in %d: %v", n.message, n.length, err)
		}
	}
	if _, _, err := s.Encrypt(make([]byte, 98), Options{Length: 100}); err != nil {
		t.Error(err)
	}
}
