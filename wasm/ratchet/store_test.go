package ratchet

import (
	"errors"
	"fmt"
	"testing"
)

// sampleStates are states with everything that is optional, and without.
func sampleStates(t testing.TB) []*State {
	c := newTalk(t, 3, true, true)
	states := []*State{c.state('a'), c.state('b')}
	c.play("b1 b2- a1- a2 b3- b4")
	states = append(states, c.state('a'), c.state('b'))
	c = newTalk(t, 2, false, false)
	states = append(states, c.state('a'), c.state('b'))
	c.play("b1 a1")
	return append(states, c.state('a'), c.state('b'))
}

func TestStoredStates(t *testing.T) {
	for _, s := range sampleStates(t) {
		b := marshal(t, s)
		for i := range b {
			if _, err := ParseState(b[:i], nil); err == nil {
				t.Fatalf("parsed %d bytes of %d", i, len(b))
			}
		}
		if _, err := ParseState(append(b, 0), nil); err == nil {
			t.Error("parsed a byte too many")
		}
		b[0]++
		if _, err := ParseState(b, nil); err == nil {
			t.Error("parsed an unknown format")
		}
	}
}

func TestStoredOffers(t *testing.T) {
	for _, pq := range []bool{false, true} {
		o, err := NewOffer(Keys{KEM: spare}, pq)
		if err != nil {
			t.Fatal(err)
		}
		b, err := o.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		again, _ := reloadOffer(t, o).MarshalBinary()
		equal(t, "offer", again, b)
		for i := range b {
			if _, err := ParseOffer(b[:i]); err == nil {
				t.Fatalf("parsed %d bytes of %d", i, len(b))
			}
		}
	}
}

func TestStoredSkippedKeys(t *testing.T) {
	k := SkippedKey{ID: SkippedID{1, 0xabcdef}}
	b, err := k.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseSkippedKey(b); got != k || err != nil {
		t.Error(got, err)
	}
	for i := range b {
		if _, err := ParseSkippedKey(b[:i]); err == nil {
			t.Fatalf("parsed %d bytes of %d", i, len(b))
		}
	}
	if got := k.ID.String(); got != "0000000100abcdef" {
		t.Error(got)
	}
}

func TestSkippedKeysThatDoNotFit(t *testing.T) {
	s := marshal(t, newTalk(t, 3, false, false).state('a'))
	key := func(chain, number uint32, header byte) SkippedKey {
		return SkippedKey{ID: SkippedID{chain, number}, header: secret{header}}
	}
	for _, keys := range [][]SkippedKey{
		{key(1, 2, 0), key(1, 2, 0)},
		{key(1, 2, 0), key(1, 3, 1)},
	} {
		if _, err := ParseState(s, keys); !errors.Is(err, errSkipped) {
			t.Error(err)
		}
	}
	if _, err := ParseState(s, []SkippedKey{key(2, 9, 2), key(1, 3, 1), key(2, 8, 2)}); err != nil {
		t.Error(err)
	}
}

// TestStatesDoNotChange: what a state was is what it is, whatever is made of it.
func TestStatesDoNotChange(t *testing.T) {
	c := newTalk(t, 3, true, true)
	c.play("b1 b2- b3- b4 b5- a1 b6-")
	a, b := c.state('a'), c.state('b')
	before := marshal(t, a)
	ids := fmt.Sprint(a.SkippedIDs())
	for _, id := range []string{"b2", "b3", "b5", "b6", "b6", "b2"} {
		if _, err := a.Decrypt(Keys{KEM: spare}, c.held[id].sealed); err != nil {
			t.Error(err)
		}
	}
	equal(t, "state", marshal(t, a), before)
	if got := fmt.Sprint(a.SkippedIDs()); got != ids {
		t.Errorf("skipped keys %s, want %s", got, ids)
	}
	before = marshal(t, b)
	mustEncrypt(t, b, Options{Length: 100, PQ: PQOff}, nil)
	equal(t, "state", marshal(t, b), before)
}

func TestHiddenFromLogs(t *testing.T) {
	o, err := NewOffer(Keys{}, false)
	if err != nil {
		t.Fatal(err)
	}
	hidden := map[any]string{
		o:                                      "(ratchet offer)",
		newTalk(t, 3, false, false).state('a'): "(ratchet state)",
		SkippedKey{}:                           "(skipped key 0000000000000000)",
	}
	for v, want := range hidden {
		for _, format := range []string{"%v", "%+v", "%s", "%#v"} {
			if got := fmt.Sprintf(format, v); got != want {
				t.Errorf("%s prints %.40s", format, got)
			}
		}
	}
}
