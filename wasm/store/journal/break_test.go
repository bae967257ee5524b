package journal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"sotto/wasm/store"
)

var errBroken = errors.New("broken")

// A breaking store fails now and then, having done what it was asked or not.
type breaking struct {
	*store.Mem
	rand *rand.Rand // nil: it works
}

func (s *breaking) Commit(ctx context.Context, b *store.Batch) error {
	if s.rand == nil || s.rand.IntN(8) > 0 {
		return s.Mem.Commit(ctx, b)
	}
	if s.rand.IntN(2) > 0 {
		if err := s.Mem.Commit(ctx, b); err != nil {
			return err
		}
	}
	return errBroken
}

// TestBreaks has commits fail, after which the program goes on or begins anew at
// any time: each commit is there, all of it, or is not, and then it failed.
func TestBreaks(t *testing.T) {
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 0))
		inner := &breaking{Mem: new(store.Mem), rand: r}
		j := New(inner, always)
		want := map[string]string{}
		for step := range 500 {
			if r.IntN(40) == 0 {
				j = New(inner, Rhythm{After: r.IntN(3), Within: time.Hour, Rest: time.Hour, Most: r.IntN(3) * 10_000})
			}
			for range r.IntN(3) {
				quiet(t, j)
			}
			before := maps.Clone(want)
			err := j.Commit(t.Context(), write(r, want, step))
			switch got := stored(t, inner.Mem); {
			case maps.Equal(got, want):
			case err != nil && maps.Equal(got, before):
				want = before
			default:
				t.Fatalf("seed %d, step %d, %v:\ngot  %v\nwant %v\nor   %v", seed, step, err, got, want, before)
			}
			if got := seen(r, j); got != nil && !maps.Equal(got, want) {
				t.Fatalf("seed %d, step %d: seen %v\nwant %v", seed, step, got, want)
			}
		}
	}
}

// quiet has j take a step of a quiet time, which may fail.
func quiet(t *testing.T, j *Journal) {
	if err := j.begin(t.Context()); err != nil {
		return
	}
	defer j.end()
	if err := j.step(t.Context()); err != nil && !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
}

// keys are what records are under, each in a bucket of its own: more than a step.
var keys = func() (keys []string) {
	for i := range step * 3 / 2 {
		keys = append(keys, fmt.Sprint("k", i))
	}
	return keys
}()

// write returns a batch, and makes want what is to be there after it.
func write(r *rand.Rand, want map[string]string, step int) *store.Batch {
	b := new(store.Batch)
	for range 1 + r.IntN(20) {
		k, v := keys[r.IntN(len(keys))], "this part of the value stays, "[r.IntN(9):]+fmt.Sprint(step)+", and so does this"[:r.IntN(19)]
		if r.IntN(4) == 0 {
			b.Delete(k, k)
			delete(want, k)
		} else {
			b.Put(k, k, []byte(v))
			want[k] = v
		}
	}
	return b
}

// stored returns what a program would find that began now.
func stored(t *testing.T, inner *store.Mem) map[string]string {
	t.Helper()
	b, err := inner.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var copied store.Mem
	if err := copied.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	records, left := in(t, New(&copied, always))
	if len(left) > 0 {
		t.Errorf("left in the journal: %v", left)
	}
	return records
}

// seen returns what reads find; nil if one of them failed.
func seen(r *rand.Rand, j *Journal) map[string]string {
	got := map[string]string{}
	scans := r.IntN(8) == 0
	for _, k := range keys {
		if scans {
			records, err := j.Scan(context.Background(), k, store.Query{})
			if err != nil {
				return nil
			}
			for _, r := range records {
				got[r.Key] = string(r.Value)
			}
			continue
		}
		switch v, err := j.Get(context.Background(), k, k); {
		case err == nil:
			got[k] = string(v)
		case !errors.Is(err, store.ErrNotFound):
			return nil
		}
	}
	return got
}
