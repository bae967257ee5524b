package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"sotto/wasm/store"
)

// RunWhole tests the stores that open returns as a store.Whole. Each call of
// open returns a new, empty store; the suite closes it.
func RunWhole(t *testing.T, open func(t *testing.T) store.Whole) {
	for name, test := range map[string]func(t *testing.T, from, to store.Whole){
		"Copy": testCopy, "Many": testMany, "WholeContext": testWholeContext, "WholeClose": testWholeClose,
	} {
		t.Run(name, func(t *testing.T) {
			from, to := open(t), open(t)
			t.Cleanup(func() { from.Close(); to.Close() })
			test(t, from, to)
		})
	}
}

// testCopy brings everything of one store to another, which had something else.
func testCopy(t *testing.T, from, to store.Whole) {
	put(t, from, "b", "k1", "v1", "k\x00\xff", "", "", "no key")
	put(t, from, "c", "k1", "other")
	put(t, to, "b", "k1", "old", "k2", "gone")
	put(t, to, "d", "k", "gone")
	b := all(t, from)
	if b.Len() != 4 {
		t.Errorf("%d records", b.Len())
	}
	for range 2 { // the second time replaces the same by the same
		if err := to.Replace(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		got := all(t, to)
		if !slices.EqualFunc(got.Ops(), b.Ops(), func(x, y store.Op) bool {
			return x.Bucket == y.Bucket && x.Key == y.Key && string(x.Value) == string(y.Value) && !x.Delete
		}) {
			t.Errorf("got  %v\nwant %v", got.Ops(), b.Ops())
		}
	}
	if _, err := to.Get(t.Context(), "d", "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what was there before: %v", err)
	}
	if err := to.Replace(t.Context(), new(store.Batch)); err != nil || all(t, to).Len() != 0 {
		t.Errorf("replaced by nothing: %v", err)
	}
}

// testMany has more records than a store reads at a time, and exactly as many
// as it may.
func testMany(t *testing.T, from, to store.Whole) {
	for _, n := range []int{1000, 1203} {
		var b store.Batch
		for i := range n {
			b.Put(fmt.Sprint("b", i/700), fmt.Sprintf("%04d", i), []byte{byte(i)})
		}
		if err := from.Replace(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if err := to.Replace(t.Context(), all(t, from)); err != nil {
			t.Fatal(err)
		}
		got := all(t, to).Ops()
		if len(got) != n {
			t.Fatalf("%d records of %d", len(got), n)
		}
		for i, op := range got {
			if op.Key != fmt.Sprintf("%04d", i) || op.Value[0] != byte(i) {
				t.Fatalf("record %d is %v", i, op)
			}
		}
	}
}

func all(t *testing.T, s store.Whole) *store.Batch {
	t.Helper()
	b, err := s.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func testWholeContext(t *testing.T, s, _ store.Whole) {
	put(t, s, "b", "k", "v")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.All(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("All: %v", err)
	}
	if err := s.Replace(ctx, new(store.Batch)); !errors.Is(err, context.Canceled) {
		t.Errorf("Replace: %v", err)
	}
	if all(t, s).Len() != 1 {
		t.Error("replaced all the same")
	}
}

func testWholeClose(t *testing.T, s, _ store.Whole) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.All(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("All: %v", err)
	}
	if err := s.Replace(t.Context(), new(store.Batch)); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Replace: %v", err)
	}
}
