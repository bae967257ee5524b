package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"sotto/wasm/store"
	"sotto/wasm/store/passphrase"
)

// cheap is for tests only.
var cheap = passphrase.Cost{Time: 1, Memory: 8}

// A shelf is a Place in memory, whose Save fails if fail is set.
type shelf struct {
	values map[string][]byte
	fail   error
}

func (s *shelf) Load(_ context.Context, name string) ([]byte, error) {
	b, ok := s.values[name]
	if !ok {
		return nil, store.ErrNotFound
	}
	return b, nil
}

func (s *shelf) Save(_ context.Context, name string, value []byte) error {
	if s.fail == nil {
		s.values[name] = bytes.Clone(value)
	}
	return s.fail
}

var theKey = [32]byte{0: 7, 31: 7}

func newShelf() *shelf { return &shelf{values: map[string][]byte{Key: theKey[:]}} }

func open(t *testing.T, p Place) *Vault {
	t.Helper()
	v, err := Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	v.Cost = func() passphrase.Cost { return cheap }
	return v
}

// opens reports what a vault that is opened anew says of a passphrase.
func opens(t *testing.T, p Place, phrase string) error {
	t.Helper()
	key, err := open(t, p).Unlock(t.Context(), phrase)
	if err == nil && *key != theKey {
		t.Error("another key")
	}
	return err
}

func TestPassphrase(t *testing.T) {
	p := newShelf()
	v := open(t, p)
	if v.Protected() {
		t.Error("protected from the beginning")
	}
	for _, step := range []struct {
		current, next string
		want          error
	}{
		{"", "", ErrEmpty},
		{"", "one", nil},
		{"", "two", ErrPassphrase},
		{"One", "two", ErrPassphrase},
		{"one", "two", nil},
		{"two", "two", nil},
	} {
		if err := v.SetPassphrase(t.Context(), step.current, step.next); !errors.Is(err, step.want) {
			t.Errorf("from %q to %q: %v", step.current, step.next, err)
		}
	}
	if err := opens(t, p, "one"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("the old one: %v", err)
	}
	if err := opens(t, p, "two"); err != nil {
		t.Errorf("the new one: %v", err)
	}
	if bytes.Contains(p.values[Key], theKey[:]) {
		t.Error("the key is in the record")
	}
	v = open(t, p)
	if err := v.RemovePassphrase(t.Context(), "one"); !errors.Is(err, ErrPassphrase) || !v.Protected() {
		t.Errorf("removed with the old one: %v", err)
	}
	if err := v.RemovePassphrase(t.Context(), "two"); err != nil || v.Protected() {
		t.Errorf("removed: %v", err)
	}
	if err := opens(t, p, ""); err != nil {
		t.Errorf("without one: %v", err)
	}
}

// TestInterrupted fails to save, as when the program is killed: what was there
// opens what it opened.
func TestInterrupted(t *testing.T) {
	p := newShelf()
	v := open(t, p)
	if err := v.SetPassphrase(t.Context(), "", "one"); err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(p.values)
	p.fail = store.ErrFull
	if err := v.SetPassphrase(t.Context(), "one", "two"); !errors.Is(err, store.ErrFull) {
		t.Errorf("change: %v", err)
	}
	if err := v.RemovePassphrase(t.Context(), "one"); !errors.Is(err, store.ErrFull) {
		t.Errorf("removal: %v", err)
	}
	p.fail = nil
	if !bytes.Equal(before[Key], p.values[Key]) {
		t.Error("the record changed")
	}
	if err := v.SetPassphrase(t.Context(), "one", "two"); err != nil {
		t.Errorf("the same vault, again: %v", err)
	}
}

// TestPauses types wrong passphrases as fast as it may.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newShelf()
		if err := open(t, p).SetPassphrase(t.Context(), "", "right"); err != nil {
			t.Fatal(err)
		}
		for i, want := range []time.Duration{0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
			if err := opens(t, p, "wrong"); !errors.Is(err, ErrPassphrase) {
				t.Fatalf("%d: %v", i, err)
			}
			pause := want * time.Second
			if pause == 0 {
				continue
			}
			time.Sleep(pause - time.Millisecond)
			var early *WaitError
			if err := opens(t, p, "right"); !errors.As(err, &early) || early.Wait != time.Millisecond {
				t.Fatalf("%d, too early: %v", i, err)
			}
			time.Sleep(time.Millisecond)
		}
		if err := opens(t, p, "right"); err != nil {
			t.Fatal(err)
		}
		if err := opens(t, p, "wrong"); !errors.Is(err, ErrPassphrase) {
			t.Fatal(err)
		}
		if err := opens(t, p, "right"); err != nil {
			t.Errorf("the right one did not forgive: %v", err)
		}
	})
}

// TestClockBack sets the clock back after wrong passphrases.
func TestClockBack(t *testing.T) {
	a := attempts{count: 20, last: time.Now()}
	if err := a.check(a.last.Add(-time.Hour)); err != nil {
		t.Error(err)
	}
	if err := a.check(a.last); err == nil {
		t.Error("no pause")
	}
}

func TestRecord(t *testing.T) {
	sealed, err := seal(&theKey, "phrase", cheap, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []record{{key: &theKey}, sealed} {
		b := r.bytes()
		again, err := parse(b)
		if err != nil || !bytes.Equal(again.bytes(), b) {
			t.Errorf("%x is read as %x, %v", b, again.bytes(), err)
		}
		for n := range b {
			if _, err := parse(b[:n]); n != keySize && !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%d of %d bytes: %v", n, len(b), err)
			}
		}
	}
	b := sealed.bytes()
	for i := range b {
		changed := bytes.Clone(b)
		changed[i] ^= 1
		r, err := parse(changed)
		if err == nil && r.cost.Memory == cheap.Memory && r.cost.Time == cheap.Time {
			_, err = r.open("phrase")
		} else if err == nil {
			continue // another cost, within reason: not tried, since it takes long
		}
		if err == nil {
			t.Errorf("byte %d changed, and it opens", i)
		}
	}
}

func FuzzParse(f *testing.F) {
	sealed, err := seal(&theKey, "phrase", cheap, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed.bytes())
	f.Add(theKey[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := parse(b); err == nil && !bytes.Equal(r.bytes(), b) {
			t.Errorf("%x is read as %x", b, r.bytes())
		}
	})
}
