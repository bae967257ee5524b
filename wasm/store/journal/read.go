package journal

import (
	"context"

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

// Scan implements store.Store. Of a bucket with pending changes the records are
// brought up to date first.
func (j *Journal) Scan(ctx context.Context, bucket string, q store.Query) ([]store.Record, error) {
	if err := j.usable(ctx); err != nil {
		return nil, err
	}
	if j.touches(bucket) {
		if err := j.settle(ctx); err != nil {
			return nil, err
		}
	}
	return j.inner.Scan(ctx, bucket, q)
}

// settle brings all records up to date.
func (j *Journal) settle(ctx context.Context) error {
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	return j.update(ctx, new(store.Batch))
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
	j.slots = slots{}
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

func (j *Journal) find(bucket, key string) (store.Op, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pending.find(bucket, key)
}

func (j *Journal) touches(bucket string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pending.touches(bucket)
}
