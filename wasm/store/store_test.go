package store_test

import (
	"bytes"
	"errors"
	"testing"

	"sotto/wasm/store"
	"sotto/wasm/store/storetest"
)

func TestMem(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return new(store.Mem) })
}

func TestSeal(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store {
		return store.Seal(new(store.Mem), &[32]byte{1})
	})
}

func TestWhole(t *testing.T) {
	storetest.RunWhole(t, func(*testing.T) store.Whole { return new(store.Mem) })
}

func TestSealWhole(t *testing.T) {
	storetest.RunWhole(t, func(*testing.T) store.Whole {
		return store.SealWhole(new(store.Mem), &[32]byte{1})
	})
}

func TestSealHides(t *testing.T) {
	var inner store.Mem
	s := store.Seal(&inner, &[32]byte{1})
	secret := []byte("a secret that is long enough to be found")
	for range 2 {
		var b store.Batch
		b.Put("b", "k", secret)
		if err := s.Commit(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		raw, err := inner.Get(t.Context(), "b", "k")
		if err != nil || bytes.Contains(raw, secret[:8]) {
			t.Errorf("stored %q, %v", raw, err)
		}
	}
}

// TestSealRefuses changes what the inner store holds in every way that a
// value can be moved, cut or bent.
func TestSealRefuses(t *testing.T) {
	var inner store.Mem
	key := [32]byte{1}
	s := store.Seal(&inner, &key)
	var b store.Batch
	b.Put("b", "k", []byte("value"))
	if err := s.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	raw, err := inner.Get(t.Context(), "b", "k")
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(name string, s store.Store, bucket, key string, raw []byte) {
		t.Helper()
		var b store.Batch
		b.Put(bucket, key, raw)
		if err := inner.Commit(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if v, err := s.Get(t.Context(), bucket, key); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: Get = %q, %v", name, v, err)
		}
		if v, err := s.Scan(t.Context(), bucket, store.Query{}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: Scan = %v, %v", name, v, err)
		}
	}
	for n := range raw {
		refuse("truncated", s, "b", "k", raw[:n])
		bent := bytes.Clone(raw)
		bent[n] ^= 1
		refuse("bent", s, "b", "k", bent)
	}
	refuse("longer", s, "b", "k", append(bytes.Clone(raw), 0))
	refuse("other key", s, "b", "kk", raw)
	refuse("other bucket", s, "bb", "k", raw)
	refuse("moved border", s, "bk", "", raw)
	refuse("other data key", store.Seal(&inner, &[32]byte{2}), "b", "k", raw)
}
