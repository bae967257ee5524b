package idb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"

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
	return s.transactAll(ctx, mode, objects, func(t *transaction) error {
		o, err := t.js.Call("objectStore", objects)
		if err != nil {
			return err
		}
		return requests(t, o)
	})
}

// transactAll is transact on the object stores of one name, or of several.
func (s *Store) transactAll(ctx context.Context, mode string, objects any, requests func(t *transaction) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	tx, err := s.db.Call("transaction", objects, mode, durability)
	if err != nil {
		return thrown(err)
	}
	e, err := s.ends.take()
	if err != nil {
		return err
	}
	t := &transaction{js: tx}
	if err := errors.Join(tx.Set("oncomplete", e.complete), tx.Set("onabort", e.abort)); err != nil {
		return err
	}
	t.run(func() error { return requests(t) })
	select {
	case completed := <-e.done:
		s.ends.give(e)
		err := t.end(completed)
		if err != nil && s.closed.Load() { // closed under us, which aborts
			return fmt.Errorf("%w: %w", store.ErrClosed, err)
		}
		return err
	case <-ctx.Done():
		go func() { // its last event comes all the same
			t.end(<-e.done)
			s.ends.give(e)
		}()
		return ctx.Err()
	}
}

// durability are the options of every transaction: what is committed is on disk.
var durability = safejs.Safe(js.ValueOf(map[string]any{"durability": "strict"}))

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

// end is called after the last event of the transaction, and returns why it did
// not complete.
func (t *transaction) end(completed bool) error {
	t.handlers.release()
	switch {
	case t.err != nil:
		return t.err
	case completed:
		return nil
	}
	return requestError(t.js)
}

// An ending is what a transaction calls in its last event. To make one costs as
// much as a request, so they are used again.
type ending struct {
	complete, abort safejs.Func
	done            chan bool // gets whether it completed
}

// endings are those that no transaction uses now.
type endings struct {
	mu   sync.Mutex
	free []*ending
	over bool
}

func (es *endings) take() (*ending, error) {
	es.mu.Lock()
	defer es.mu.Unlock()
	if n := len(es.free); n > 0 {
		e := es.free[n-1]
		es.free = es.free[:n-1]
		return e, nil
	}
	e := &ending{done: make(chan bool, 1)}
	tell := func(completed bool) (safejs.Func, error) {
		return safejs.FuncOf(func(safejs.Value, []safejs.Value) any {
			e.done <- completed
			return nil
		})
	}
	var err error
	if e.complete, err = tell(true); err != nil {
		return nil, err
	}
	e.abort, err = tell(false)
	return e, err
}

func (es *endings) give(e *ending) {
	es.mu.Lock()
	defer es.mu.Unlock()
	if es.over {
		e.release()
	} else {
		es.free = append(es.free, e)
	}
}

// release gives up those that are free now or later.
func (es *endings) release() {
	es.mu.Lock()
	defer es.mu.Unlock()
	for _, e := range es.free {
		e.release()
	}
	es.free, es.over = nil, true
}

func (e *ending) release() {
	e.complete.Release()
	e.abort.Release()
}
