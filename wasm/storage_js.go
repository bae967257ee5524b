package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"sotto/wasm/rpc"
	"sotto/wasm/store"
	"sotto/wasm/store/idb"
	"sotto/wasm/store/journal"
	"sotto/wasm/store/vault"
)

// storageRefused is what people are told where nothing can be kept.
const storageRefused = "This browser does not let Sotto keep anything, as some do in private windows. Conversations last until the last tab of Sotto is closed."

// errUnopened means that there is a database which the browser does not open.
var errUnopened = errors.New("storage: the database cannot be opened")

// errSession means that the storage is open and the agent does not start on it.
var errSession = errors.New("storage: the agent cannot start")

// A storage is where records are kept.
type storage struct {
	info    rpc.Storage
	records store.Whole // nil while it is locked

	db        *idb.Store // nil if records are in memory
	vault     *vault.Vault
	unlocking sync.Mutex
}

// openStorage opens the browser's database of a name. Where that is refused and
// never was otherwise, it keeps records in memory and says so. Without a name
// there is none: the worker knows that nothing may be kept.
func openStorage(ctx context.Context, name string) (*storage, error) {
	if name == "" {
		return inMemory(), nil
	}
	persisted := make(chan bool, 1)
	go func() { persisted <- idb.Persisted(ctx) }()
	db, err := idb.Open(ctx, name)
	if err != nil {
		return refused(ctx, name, err)
	}
	s := &storage{info: rpc.Storage{Kind: rpc.InIndexedDB}, db: db}
	if err := s.openVault(ctx); err != nil {
		db.Close()
		return refused(ctx, name, err)
	}
	s.info.Persisted = <-persisted
	return s, nil
}

// openVault opens the records, too, if there is no passphrase.
func (s *storage) openVault(ctx context.Context) error {
	if err := journal.Drain(ctx, s.db); err != nil {
		return err
	}
	keys, err := s.db.Keys(ctx)
	if err != nil {
		return err
	}
	if s.vault, err = vault.Open(ctx, keys); err != nil {
		return fmt.Errorf("%w: %w", idb.ErrKeyLost, err)
	}
	if s.info.Protected = s.vault.Protected(); s.info.Protected {
		return nil
	}
	return s.unlock(ctx, "")
}

// unlock opens the records, once: two journals would not know of each other.
func (s *storage) unlock(ctx context.Context, passphrase string) error {
	key, err := s.vault.Unlock(ctx, passphrase)
	if err != nil {
		return err
	}
	s.unlocking.Lock()
	defer s.unlocking.Unlock()
	if s.records == nil {
		s.records = journal.New(store.SealWhole(s.db, key), journal.Usual)
	}
	return nil
}

func (s *storage) locked() bool { return s.records == nil }

// settled returns what to call once it was dealt with that the browser brought
// back an older copy; nil if it did not.
func (s *storage) settled() func(context.Context) error {
	if s.db == nil || !s.db.RolledBack() {
		return nil
	}
	return s.db.Settle
}

// close ends it, open or locked.
func (s *storage) close() error {
	if s.records != nil {
		return s.records.Close()
	}
	return s.db.Close()
}

// refused tells a browser that gives no storage from one that does not give
// back what it has: then beginning anew would hide the conversations.
func refused(ctx context.Context, name string, err error) (*storage, error) {
	switch {
	case !errors.Is(err, idb.ErrRefused) || errors.Is(err, store.ErrFull):
		return nil, err
	case idb.Marked(ctx, name):
		return nil, fmt.Errorf("%w: %w", errUnopened, err)
	}
	return inMemory(), nil
}

func inMemory() *storage {
	return &storage{info: rpc.Storage{Kind: rpc.InMemory, Problem: storageRefused}, records: new(store.Mem)}
}

// unloaded returns what it means that the agent could not load its records.
func unloaded(err error) error {
	if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrClosed) || errors.Is(err, context.Canceled) {
		return errSession
	}
	return store.ErrCorrupt
}

// damage says to people why their conversations are not shown, if err means
// that they were here; otherwise it is empty.
func damage(err error) string {
	switch {
	case errors.Is(err, idb.ErrLost):
		return "The browser removed the conversations that were kept here, or you did. What is left is only a note that they were here."
	case errors.Is(err, idb.ErrKeyLost):
		return "Your conversations are still in this browser, but the key that opens them is damaged or gone."
	case errors.Is(err, errUnopened):
		return "Your conversations are kept in this browser, but it does not open them now. Reloading or restarting the browser often helps."
	case errors.Is(err, store.ErrCorrupt):
		return "Your conversations are still in this browser, but a part of them is damaged and cannot be read."
	}
	return ""
}

// beginAnew deletes what cannot be opened.
func beginAnew(ctx context.Context, name string) error { return idb.Delete(ctx, name) }

// beginWith deletes what cannot be opened, and stores b in a new database.
func beginWith(ctx context.Context, name string, b *store.Batch) error {
	if err := beginAnew(ctx, name); err != nil {
		return err
	}
	s, err := openStorage(ctx, name)
	if err != nil {
		return err
	}
	if s.info.Kind != rpc.InIndexedDB {
		return errUnopened
	}
	return errors.Join(s.records.Replace(ctx, b), s.close())
}
