package idb

import (
	"context"
	"fmt"
	"strings"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
)

var _ store.Whole = (*Store)(nil)

// sweepSize is how many records are read at a time: between two steps, other
// events have their turn.
const sweepSize = 500

// All implements store.Whole, in one transaction.
func (s *Store) All(ctx context.Context) (*store.Batch, error) {
	w := sweep{batch: new(store.Batch)}
	if err := s.transact(ctx, readOnly, recordsStore, w.step); err != nil {
		return nil, wrap("read all", err)
	}
	return w.batch, nil
}

// A sweep reads all records, step by step.
type sweep struct {
	from  string // where the next step begins
	batch *store.Batch
}

func (w *sweep) step(t *transaction, records safejs.Value) error {
	sc := &scan{query: store.Query{Limit: sweepSize}, from: w.from, to: "\xff"} // no name of a bucket begins so
	sc.then = func() error {
		if err := w.take(sc.found); err != nil || len(sc.found) < sweepSize {
			return err
		}
		w.from = sc.found[len(sc.found)-1].Key + "\x00" // the next key in byte order
		return w.step(t, records)
	}
	return sc.start(t, records)
}

func (w *sweep) take(found []store.Record) error {
	for _, r := range found {
		bucket, key, ok := strings.Cut(r.Key, "\x00")
		if !ok {
			return fmt.Errorf("%w: a record without a bucket", store.ErrCorrupt)
		}
		w.batch.Put(bucket, key, r.Value)
	}
	return nil
}

// Replace implements store.Whole, in one transaction.
func (s *Store) Replace(ctx context.Context, b *store.Batch) error {
	return wrap("replace", s.change(ctx, func(_ *transaction, records safejs.Value) error {
		if _, err := records.Call("clear"); err != nil {
			return err
		}
		return writeAll(records, b)
	}))
}
