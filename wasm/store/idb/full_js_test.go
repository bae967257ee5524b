package idb

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"testing"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
)

// TestFull is in the first file, so that it is the first test: Chromium looks
// at the quota of an origin once, and then not again for a while.
func TestFull(t *testing.T) {
	s := mustOpen(t, newName(t))
	setQuota(t, 1<<20)
	defer setQuota(t, 0)
	var before store.Batch
	before.Put("b", "before", []byte("v"))
	if err := s.Commit(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	var b store.Batch
	b.Put("b", "small", []byte("v"))
	for i := range 200 { // one large value would become a file, which Chromium counts later
		v := make([]byte, 50_000)
		rand.Read(v)
		b.Put("b", "large"+strconv.Itoa(i), v)
	}
	if err := s.Commit(t.Context(), &b); !errors.Is(err, store.ErrFull) {
		t.Fatalf("Commit: %v", err)
	}
	if _, err := s.Get(t.Context(), "b", "small"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("half of the batch is there: %v", err)
	}
	if err := s.Replace(t.Context(), &b); !errors.Is(err, store.ErrFull) {
		t.Fatalf("Replace: %v", err)
	}
	if v, err := s.Get(t.Context(), "b", "before"); err != nil || string(v) != "v" {
		t.Errorf("what was there before: %q, %v", v, err)
	}
	setQuota(t, 0)
	if err := s.Commit(t.Context(), &b); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func setQuota(t *testing.T, bytes int) {
	t.Helper()
	if _, err := await(context.Background(), call(t, safejs.Global(), "setQuota", bytes)); err != nil {
		t.Fatal(err)
	}
}
