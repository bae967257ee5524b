package idb

import (
	"context"
	"errors"
	"fmt"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
)

// A transaction is one IndexedDB transaction. All its methods are called in
// the event that opened it or in the events of its requests.
type transaction struct {
	js       safejs.Value
	handlers handlers
	err      error // what made us abort it
}

// modes of a transaction
const (
	readOnly  = "readonly"
	readWrite = "readwrite"
)

// transact opens a transaction on one object store, lets requests issue its
// first requests, and waits until it is committed or aborted. If ctx is done
// before, it is left alone: it ends by itself, either way.
func (s *Store) transact(ctx context.Context, mode, objects string, requests func(t *transaction, objects safejs.Value) error) error {
	return s.transactAll(ctx, mode, []any{objects}, func(t *transaction) error {
		o, err := t.js.Call("objectStore", objects)
		if err != nil {
			return err
		}
		return requests(t, o)
	})
}

// transactAll is transact on several object stores.
func (s *Store) transactAll(ctx context.Context, mode string, objects []any, requests func(t *transaction) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	tx, err := s.db.Call("transaction", objects, mode, map[string]any{"durability": "strict"})
	if err != nil {
		return thrown(err)
	}
	t := &transaction{js: tx}
	done := make(chan error, 1)
	err = errors.Join(
		t.handlers.set(tx, "oncomplete", func(safejs.Value) { done <- t.end(nil) }),
		t.handlers.set(tx, "onabort", func(safejs.Value) { done <- t.end(requestError(tx)) }),
	)
	if err != nil {
		return err
	}
	t.run(func() error { return requests(t) })
	select {
	case err := <-done:
		if err != nil && s.closed.Load() { // closed under us, which aborts
			return fmt.Errorf("%w: %w", store.ErrClosed, err)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run aborts the transaction if f fails.
func (t *transaction) run(f func() error) {
	if err := f(); err != nil && t.err == nil {
		t.err = thrown(err)
		t.js.Call("abort")
	}
}

// then calls f with the result of a request. A request that fails aborts the
// transaction by itself.
func (t *transaction) then(request safejs.Value, f func(result safejs.Value) error) error {
	return t.handlers.set(request, "onsuccess", func(safejs.Value) {
		t.run(func() error {
			result, err := request.Get("result")
			if err != nil {
				return err
			}
			return f(result)
		})
	})
}

// end is called in the last event of the transaction.
func (t *transaction) end(err error) error {
	t.handlers.release()
	if t.err != nil {
		return t.err
	}
	return err
}
