package journal

import (
	"bytes"
	"context"
	"strings"

	"sotto/wasm/store"
)

// Get implements store.Store.
func (j *Journal) Get(ctx context.Context, bucket, key string) ([]byte, error) {
	if err := j.usable(ctx); err != nil {
		return nil, err
	}
	if op, ok := j.find(bucket, key); ok {
		if op.Delete {
			return nil, store.ErrNotFound
		}
		return append([]byte{}, op.Value...), nil
	}
	return j.inner.Get(ctx, bucket, key)
}

func (j *Journal) find(bucket, key string) (store.Op, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := j.pending.find(bucket, key)
	if at == nil {
		return store.Op{}, false
	}
	return at.op(), true
}

// Scan implements store.Store. What is pending is put in the place of what the store
// has, where nobody writes meanwhile.
func (j *Journal) Scan(ctx context.Context, bucket string, q store.Query) ([]store.Record, error) {
	if err := j.usable(ctx); err != nil {
		return nil, err
	}
	if !j.touches(bucket) {
		return j.inner.Scan(ctx, bucket, q)
	}
	if err := j.begin(ctx); err != nil {
		return nil, err
	}
	defer j.end()
	places := j.pending.within(bucket, q)
	more := q
	if q.Limit > 0 {
		for _, at := range places {
			if at.gone {
				more.Limit++
			}
		}
	}
	records, err := j.inner.Scan(ctx, bucket, more)
	if err != nil {
		return nil, err
	}
	return merge(records, places, q), nil
}

func (j *Journal) touches(bucket string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pending.tables[bucket] != nil
}

// merge returns records with what is pending in their place; both are in q's order.
func merge(records []store.Record, places []*place, q store.Query) []store.Record {
	var all []store.Record
	for (len(records) > 0 || len(places) > 0) && (q.Limit == 0 || len(all) < q.Limit) {
		order := first(records, places)
		if q.Reverse && len(records) > 0 && len(places) > 0 {
			order = -order
		}
		if order < 0 {
			all, records = append(all, records[0]), records[1:]
			continue
		}
		at := places[0]
		if places = places[1:]; order == 0 {
			records = records[1:]
		}
		if !at.gone {
			all = append(all, store.Record{Key: at.key, Value: bytes.Clone(at.value)})
		}
	}
	return all
}

// first compares the first keys; what is empty is behind all others.
func first(records []store.Record, places []*place) int {
	switch {
	case len(places) == 0:
		return -1
	case len(records) == 0:
		return 1
	}
	return strings.Compare(records[0].Key, places[0].key)
}

// All implements store.Whole.
func (j *Journal) All(ctx context.Context) (*store.Batch, error) {
	if err := j.begin(ctx); err != nil {
		return nil, err
	}
	defer j.end()
	if err := j.empty(ctx); err != nil {
		return nil, err
	}
	return j.inner.All(ctx)
}

// Replace implements store.Whole.
func (j *Journal) Replace(ctx context.Context, b *store.Batch) error {
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	if err := j.inner.Replace(ctx, b); err != nil {
		j.doubt()
		return err
	}
	j.log = log{}
	j.forget()
	return nil
}

// usable reports why nothing can be read; it finds out what is there if that is
// not known.
func (j *Journal) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if j.closed.Load() {
		return store.ErrClosed
	}
	if !j.inDoubt() {
		return nil
	}
	if err := j.begin(ctx); err != nil {
		return err
	}
	j.end()
	return nil
}
