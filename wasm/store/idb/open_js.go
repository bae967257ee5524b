package idb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hack-pad/safejs"
)

// blockedLimit is how long Open waits while another program holds an older
// version of the database and does not let go: a page that is frozen, say.
const blockedLimit = 5 * time.Second

// Open opens the database of the given name, and makes it if there is none.
// It waits a little while somebody holds an older version of it. Errors are
// ErrRefused, ErrNewer, ErrBlocked, or what went wrong.
func Open(ctx context.Context, name string) (*Store, error) {
	return openWithin(ctx, name, blockedLimit)
}

func openWithin(ctx context.Context, name string, limit time.Duration) (*Store, error) {
	db, err := open(ctx, name, limit)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, ErrNewer), errors.Is(err, ErrBlocked):
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

func open(ctx context.Context, name string, limit time.Duration) (safejs.Value, error) {
	factory, err := safejs.Global().Get("indexedDB")
	if err != nil {
		return safejs.Value{}, err
	}
	request, err := factory.Call("open", name, len(migrations))
	if err != nil {
		return safejs.Value{}, thrown(err)
	}
	return openResult(ctx, request, limit)
}

// openResult waits for an open request, and migrates the database if it asks
// for that. If it is blocked, it waits no longer than limit; what is opened
// later is closed again.
func openResult(ctx context.Context, request safejs.Value, limit time.Duration) (safejs.Value, error) {
	var h handlers
	done := make(chan error, 1)
	blocked := make(chan struct{}, 1)
	settle := func(err error) {
		h.release()
		done <- err
	}
	var failed error // in migrate, which aborts the request
	err := errors.Join(
		h.set(request, "onupgradeneeded", func(event safejs.Value) { failed = upgrade(request, event) }),
		h.set(request, "onblocked", func(safejs.Value) { blocked <- struct{}{} }),
		h.set(request, "onsuccess", func(safejs.Value) { settle(nil) }),
		h.set(request, "onerror", func(safejs.Value) { settle(errors.Join(failed, requestError(request))) }),
	)
	if err != nil {
		return safejs.Value{}, err
	}
	var over <-chan time.Time
	for {
		select {
		case err := <-done:
			if err != nil {
				return safejs.Value{}, err
			}
			return request.Get("result")
		case <-blocked:
			over = time.After(limit)
			continue
		case <-over:
			err = ErrBlocked
		case <-ctx.Done():
			err = ctx.Err()
		}
		go closeLate(request, done)
		return safejs.Value{}, err
	}
}

// closeLate closes a database that nobody waits for any more.
func closeLate(request safejs.Value, done <-chan error) {
	if <-done != nil {
		return
	}
	if db, err := request.Get("result"); err == nil && !db.IsUndefined() {
		db.Call("close")
	}
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
