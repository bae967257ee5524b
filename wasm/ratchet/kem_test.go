package ratchet

import (
	"testing"
)

// flags are what a party does with the KEM, in the order of PQ.
func (c *talk) flags(who byte, want PQ) {
	c.t.Helper()
	if got := c.state(who).PQ(); got != want {
		c.t.Errorf("%c: %+v, want %+v", who, got, want)
	}
}

// TestAgreed: with a key in the link the first message is protected.
func TestAgreed(t *testing.T) {
	c := newTalk(t, 3, true, true)
	c.flags('b', PQ{true, true, true, false})
	c.flags('a', PQ{true, true, false, false})
	c.play("b1")
	c.flags('a', PQ{true, true, true, true})
	c.play("a1")
	c.flags('b', PQ{true, true, true, true})
}

// TestProposedInAnswer: without a key in the link, it takes three messages.
func TestProposedInAnswer(t *testing.T) {
	c := newTalk(t, 3, false, true)
	c.flags('b', PQ{true, true, false, false})
	c.play("b1")
	c.flags('a', PQ{true, true, true, false})
	c.play("a1")
	c.flags('b', PQ{true, true, true, true})
	c.play("b2")
	c.flags('a', PQ{true, true, true, true})
}

// TestDeclined: the initiator's key is not used if the joiner does not take it,
// and version 2 has no KEM at all.
func TestDeclined(t *testing.T) {
	for _, c := range []*talk{newTalk(t, 3, true, false), newTalk(t, 2, true, false)} {
		c.play("b1 a1 b2 a2")
		c.flags('a', PQ{})
		c.flags('b', PQ{})
	}
}

// TestSupportStays: switching the KEM off does not make the messages larger
// again, which would tell.
func TestSupportStays(t *testing.T) {
	c := newTalk(t, 3, true, true)
	c.play("b1 a1 b2+off a2 b3 a3 b4 a4")
	c.flags('a', PQ{Support: true})
	c.flags('b', PQ{Support: true})
	length := len(c.held["b1"].sealed)
	c.play("b5+on a5+on b6 a6 b7")
	c.flags('a', PQ{true, true, true, true})
	for id, m := range c.held {
		if len(m.sealed) != length {
			t.Errorf("%s has %d bytes, the first one %d", id, len(m.sealed), length)
		}
	}
}

// TestUpgrade: the first message of each side is still of version 2.
func TestUpgrade(t *testing.T) {
	c := newTalk(t, 2, false, false)
	for _, s := range []struct {
		script string
		a, b   uint16
	}{{"", 2, 2}, {"b1", 3, 2}, {"a1", 3, 3}, {"b2", 3, 3}} {
		c.play(s.script)
		if a, b := c.state('a').Version(), c.state('b').Version(); a != s.a || b != s.b {
			t.Errorf("after %q: versions %d and %d", s.script, a, b)
		}
	}
	if c.held["b1"].sealed[0] != 123 || c.held["a1"].sealed[0] != 0 {
		t.Error("lengths of the headers are not those of versions 2 and 3")
	}
	c.play("a2+on b3+on a3 b4 a4")
	c.flags('a', PQ{true, true, true, true})
}

// TestStartAnew: both make offers; the one with the smaller hash waits.
func TestStartAnew(t *testing.T) {
	for _, pq := range []bool{false, true} {
		k := Keys{KEM: spare}
		first, err1 := NewOffer(k, pq)
		second, err2 := NewOffer(k, pq)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		waiting, err := first.Accept(second.Params(3), pq)
		if err != nil {
			t.Fatal(err)
		}
		starting, err := second.Start(k, first.Params(3))
		if err != nil {
			t.Fatal(err)
		}
		if first.Hash() != first.Params(2).Hash() || first.Hash() == second.Hash() {
			t.Error("the hash is not that of the keys")
		}
		c := &talk{t: t, disks: map[byte]*disk{'a': newDisk(t, waiting), 'b': newDisk(t, starting)}, held: map[string]held{}}
		c.play("b1 a1 b2 a2 b3")
		c.flags('a', PQ{pq, pq, pq, pq})
		c.flags('b', PQ{pq, pq, pq, pq})
	}
}
