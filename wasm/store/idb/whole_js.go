package idb

import (
	"context"
	"fmt"
	"strings"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
)

var _ store.Whole = (*Store)(nil)

// All implements store.Whole, in one transaction.
func (s *Store) All(ctx context.Context) (*store.Batch, error) {
	sc := scan{to: "\xff"} // no name of a bucket begins so
	if err := s.transact(ctx, readOnly, recordsStore, sc.start); err != nil {
		return nil, wrap("read all", err)
	}
	b := new(store.Batch)
	for _, r := range sc.found {
		bucket, key, ok := strings.Cut(r.Key, "\x00")
		if !ok {
			return nil, fmt.Errorf("%w: a record without a bucket", store.ErrCorrupt)
		}
		b.Put(bucket, key, r.Value)
	}
	return b, nil
}

// Replace implements store.Whole, in one transaction.
func (s *Store) Replace(ctx context.Context, b *store.Batch) error {
	return wrap("replace", s.transact(ctx, readWrite, recordsStore, func(_ *transaction, records safejs.Value) error {
		if _, err := records.Call("clear"); err != nil {
			return err
		}
		for _, op := range b.Ops() {
			if err := write(records, op); err != nil {
				return err
			}
		}
		return nil
	}))
}
