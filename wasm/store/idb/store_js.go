package idb

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
)

// A Store is one open database.
type Store struct {
	db       safejs.Value
	name     string
	handlers handlers
	ends     endings
	closed   atomic.Bool

	rolledBack bool // set by Keys

	mu         sync.Mutex
	generation generation
	marked     time.Time // when it began
}

var _ store.Store = (*Store)(nil)

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, bucket, key string) ([]byte, error) {
	var value []byte
	found := false
	err := s.transact(ctx, readOnly, recordsStore, func(t *transaction, records safejs.Value) error {
		k, err := toJS([]byte(place(bucket, key)))
		if err != nil {
			return err
		}
		request, err := records.Call("get", k)
		if err != nil {
			return err
		}
		return t.then(request, func(result safejs.Value) (err error) {
			if found = !result.IsUndefined(); found {
				value, err = toGo(result)
			}
			return err
		})
	})
	if err != nil {
		return nil, wrap("get", err)
	}
	if !found {
		return nil, store.ErrNotFound
	}
	return value, nil
}

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, b *store.Batch) error {
	if b.Len() == 0 {
		return s.usable(ctx)
	}
	return wrap("commit", s.change(ctx, func(t *transaction, records safejs.Value) error {
		if err := writeAll(records, b); err != nil {
			return err
		}
		_, err := t.js.Call("commit") // without waiting for the answer to each request
		return err
	}))
}

// change is a transaction that writes records. Now and then it also begins
// another generation.
func (s *Store) change(ctx context.Context, requests func(t *transaction, records safejs.Value) error) error {
	g, due := s.due()
	if !due {
		return s.transact(ctx, readWrite, recordsStore, requests)
	}
	err := s.transactAll(ctx, readWrite, []any{recordsStore, marksStore}, func(t *transaction) error {
		marks, err := t.js.Call("objectStore", marksStore)
		if err != nil {
			return err
		}
		if err := g.write(marks); err != nil {
			return err
		}
		records, err := t.js.Call("objectStore", recordsStore)
		if err != nil {
			return err
		}
		return requests(t, records)
	})
	if err == nil {
		s.passed(ctx, g)
	}
	return err
}

// crossing is about how many bytes go to JavaScript at a time.
const crossing = 256 << 10

func writeAll(records safejs.Value, b *store.Batch) error {
	ops := b.Ops()
	for len(ops) > 0 {
		n, size := 0, 0
		for n < len(ops) && size < crossing {
			size += len(place(ops[n].Bucket, ops[n].Key)) + len(ops[n].Value)
			n++
		}
		all := make([]byte, 0, size) // keys and values
		for _, op := range ops[:n] {
			all = append(append(all, place(op.Bucket, op.Key)...), op.Value...)
		}
		if err := writeSome(records, ops[:n], all); err != nil {
			return err
		}
		ops = ops[n:]
	}
	return nil
}

// writeSome writes records whose keys and values are in all.
func writeSome(records safejs.Value, ops []store.Op, all []byte) error {
	bytes, err := toJS(all)
	if err != nil {
		return err
	}
	at := 0
	for _, op := range ops {
		value := at + len(place(op.Bucket, op.Key))
		end := value + len(op.Value)
		if err := write(records, op, bytes, at, value, end); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// write writes the record whose key is at a place of bytes, before its value.
func write(records safejs.Value, op store.Op, bytes safejs.Value, at, value, end int) error {
	k, err := bytes.Call("subarray", at, value) // of which the browser makes the key, a copy
	if err != nil {
		return err
	}
	if op.Delete {
		_, err = records.Call("delete", k)
		return err
	}
	v, err := bytes.Call("slice", value, end)
	if err != nil {
		return err
	}
	_, err = records.Call("put", v, k)
	return err
}

// Close implements store.Store. Transactions under way still end.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	_, err := s.db.Call("close")
	s.handlers.release() // no event comes after close
	s.ends.release()
	return wrap("close", err)
}

func (s *Store) usable(ctx context.Context) error {
	if s.closed.Load() {
		return store.ErrClosed
	}
	return ctx.Err()
}

// place is the key of a record in the database. Bytes compare as bytes there,
// while strings would compare as UTF-16.
func place(bucket, key string) string { return bucket + "\x00" + key }
