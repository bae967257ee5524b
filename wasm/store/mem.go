package store

import (
	"context"
	"maps"
	"slices"
	"sort"
	"sync"
)

// Mem is a Store in memory. The zero Mem is empty and ready. It is as durable
// as the process.
type Mem struct {
	mu      sync.RWMutex
	buckets map[string]*table
	closed  bool
}

// A table is one bucket: values by key, and the keys in order. Keys that come
// in order, which is the rule, are appended; the others are moved into place.
type table struct {
	keys   []string
	values map[string][]byte
}

// Get implements Store.
func (m *Mem) Get(ctx context.Context, bucket, key string) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	if t := m.buckets[bucket]; t != nil {
		if v, ok := t.values[key]; ok {
			return append([]byte{}, v...), nil
		}
	}
	return nil, ErrNotFound
}

// Scan implements Store.
func (m *Mem) Scan(ctx context.Context, bucket string, q Query) ([]Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	t := m.buckets[bucket]
	if t == nil {
		return nil, nil
	}
	keys := t.selected(q)
	records := make([]Record, len(keys))
	for i, k := range keys {
		records[i] = Record{k, append([]byte{}, t.values[k]...)}
	}
	if q.Reverse {
		slices.Reverse(records)
	}
	return records, nil
}

// Commit implements Store.
func (m *Mem) Commit(ctx context.Context, b *Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	m.apply(b)
	return nil
}

// All implements Whole.
func (m *Mem) All(ctx context.Context) (*Batch, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	b := new(Batch)
	for _, bucket := range slices.Sorted(maps.Keys(m.buckets)) {
		t := m.buckets[bucket]
		for _, k := range t.keys {
			b.Put(bucket, k, append([]byte{}, t.values[k]...))
		}
	}
	return b, nil
}

// Replace implements Whole.
func (m *Mem) Replace(ctx context.Context, b *Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	m.buckets = nil
	m.apply(b)
	return nil
}

// Close implements Store. The records stay until the Mem is garbage.
func (m *Mem) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

func (m *Mem) usable(ctx context.Context) error {
	if m.closed {
		return ErrClosed
	}
	return ctx.Err()
}

func (m *Mem) apply(b *Batch) {
	for _, op := range b.ops {
		t := m.table(op.Bucket)
		if op.Delete {
			t.delete(op.Key)
		} else {
			t.put(op.Key, op.Value)
		}
	}
}

func (m *Mem) table(bucket string) *table {
	t := m.buckets[bucket]
	if t == nil {
		if m.buckets == nil {
			m.buckets = make(map[string]*table)
		}
		t = &table{values: make(map[string][]byte)}
		m.buckets[bucket] = t
	}
	return t
}

func (t *table) put(key string, value []byte) {
	if _, ok := t.values[key]; !ok {
		t.keys = slices.Insert(t.keys, sort.SearchStrings(t.keys, key), key)
	}
	t.values[key] = append([]byte{}, value...)
}

func (t *table) delete(key string) {
	if _, ok := t.values[key]; ok {
		i := sort.SearchStrings(t.keys, key)
		t.keys = slices.Delete(t.keys, i, i+1)
		delete(t.values, key)
	}
}

// selected returns the keys that q selects, in ascending order.
func (t *table) selected(q Query) []string {
	from, to := q.Bounds()
	keys := t.keys[sort.SearchStrings(t.keys, from):]
	if to != "" {
		keys = keys[:sort.SearchStrings(keys, to)]
	}
	if q.Limit > 0 && q.Limit < len(keys) {
		if q.Reverse {
			return keys[len(keys)-q.Limit:]
		}
		return keys[:q.Limit]
	}
	return keys
}
