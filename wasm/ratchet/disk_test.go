package ratchet

import (
	"testing"
)

// A disk is where a test keeps a state: what is read is only what was written,
// and skipped keys are written as the changes say.
type disk struct {
	state   []byte
	skipped map[string][]byte
}

func newDisk(t testing.TB, s *State) *disk {
	d := &disk{skipped: map[string][]byte{}}
	d.save(t, s)
	return d
}

func (d *disk) save(t testing.TB, s *State) {
	t.Helper()
	d.state = marshal(t, s)
}

// commit stores what a message changed, if anything.
func (d *disk) commit(t testing.TB, r Decrypted) {
	t.Helper()
	if r.State == nil {
		if r.Saved != nil || r.Spent != nil {
			t.Fatal("skipped keys changed without the state")
		}
		return
	}
	d.save(t, r.State)
	for _, k := range r.Saved {
		b, err := k.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if d.skipped[k.ID.String()] != nil {
			t.Fatalf("skipped key %v is there already", k.ID)
		}
		d.skipped[k.ID.String()] = b
	}
	for _, id := range r.Spent {
		if d.skipped[id.String()] == nil {
			t.Fatalf("skipped key %v is not there", id)
		}
		delete(d.skipped, id.String())
	}
}

func (d *disk) keys(t testing.TB) []SkippedKey {
	t.Helper()
	var keys []SkippedKey
	for _, b := range d.skipped {
		k, err := ParseSkippedKey(b)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	return keys
}

func (d *disk) load(t testing.TB) *State {
	t.Helper()
	s, err := ParseState(d.state, d.keys(t))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "state stored again", marshal(t, s), d.state)
	return s
}

// clone is a copy whose changes are lost.
func (d *disk) clone() *disk {
	c := &disk{state: d.state, skipped: map[string][]byte{}}
	for id, b := range d.skipped {
		c.skipped[id] = b
	}
	return c
}
