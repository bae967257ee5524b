package idb

import (
	"context"
	"errors"
	"fmt"

	"github.com/hack-pad/safejs"
)

// Open opens the database of the given name, and makes it if there is none.
// It waits while another worker holds an older version of it. Errors are
// ErrRefused, ErrNewer, or what went wrong.
func Open(ctx context.Context, name string) (*Store, error) {
	db, err := open(ctx, name)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, ErrNewer):
		return nil, wrap("open", err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrRefused, thrown(err))
	}
	s := &Store{db: db, name: name}
	// Another worker wants a newer version, or the person deletes the data.
	if err := s.handlers.set(db, "onversionchange", func(safejs.Value) { s.Close() }); err != nil {
		return nil, wrap("open", err)
	}
	if err := s.handlers.set(db, "onclose", func(safejs.Value) { s.closed.Store(true) }); err != nil {
		return nil, wrap("open", err)
	}
	return s, nil
}

func open(ctx context.Context, name string) (safejs.Value, error) {
	factory, err := safejs.Global().Get("indexedDB")
	if err != nil {
		return safejs.Value{}, err
	}
	request, err := factory.Call("open", name, len(migrations))
	if err != nil {
		return safejs.Value{}, thrown(err)
	}
	return openResult(ctx, request)
}

// openResult waits for an open request, and migrates the database if it asks
// for that. The event "blocked" needs nothing done: the request waits.
func openResult(ctx context.Context, request safejs.Value) (safejs.Value, error) {
	var h handlers
	done := make(chan error, 1)
	settle := func(err error) {
		h.release()
		done <- err
	}
	var failed error // in migrate, which aborts the request
	err := errors.Join(
		h.set(request, "onupgradeneeded", func(event safejs.Value) { failed = upgrade(request, event) }),
		h.set(request, "onsuccess", func(safejs.Value) { settle(nil) }),
		h.set(request, "onerror", func(safejs.Value) { settle(errors.Join(failed, requestError(request))) }),
	)
	if err != nil {
		return safejs.Value{}, err
	}
	select {
	case err = <-done:
	case <-ctx.Done():
		return safejs.Value{}, ctx.Err()
	}
	if err != nil {
		return safejs.Value{}, err
	}
	return request.Get("result")
}

func upgrade(request, event safejs.Value) error {
	db, err := request.Get("result")
	if err != nil {
		return err
	}
	old, err := event.Get("oldVersion")
	if err != nil {
		return err
	}
	version, err := old.Int()
	if err == nil {
		err = migrate(db, version)
	}
	if err != nil {
		tx, _ := request.Get("transaction")
		tx.Call("abort")
	}
	return err
}

// requestError returns why a request failed.
func requestError(request safejs.Value) error {
	e, err := request.Get("error")
	if err != nil {
		return err
	}
	if err := exceptionOf(e); err != nil {
		return err
	}
	return errors.New("idb: request failed")
}
