package rpc

import (
	"context"
	"errors"

	"sotto/wasm/chat"
	"sotto/wasm/store"
)

// A Rescue is the API while there are conversations that cannot be opened, or
// only with a passphrase. No agent runs then, and nothing is stored: a new
// profile beside the old one would be a second identity that nobody asked for.
type Rescue struct {
	// Problem says to people what happened.
	Problem string
	// Unlock takes a passphrase, if that is all that is missing. Errors are those
	// of vault.Vault; then the agent starts.
	Unlock  func(ctx context.Context, passphrase string) error
	Version string
	// Reset deletes everything, and then starts the worker again.
	Reset func(ctx context.Context) error
	// Replace deletes everything, stores the records of a file in its place, and
	// then starts the worker again.
	Replace func(ctx context.Context, b *store.Batch) error

	archives archives
}

// API returns the few methods there are; the others are refused.
func (r *Rescue) API() API {
	a := API{
		Hello:      r.hello,
		Wake:       nothing[Empty],
		Storage:    nothing[Persisted],
		Import:     r.archives.begin,
		ImportPart: r.archives.importPart,
		Replace:    r.replace,
		Reset:      r.reset,
	}
	if r.Unlock != nil {
		a.Unlock = r.unlock
	}
	return a
}

func (r *Rescue) unlock(ctx context.Context, p Passphrase) (Empty, error) {
	return Empty{}, explainPassphrase(r.Unlock(ctx, p.Passphrase))
}

func (r *Rescue) storage() Storage {
	if r.Unlock != nil {
		return Storage{Kind: Locked, Protected: true}
	}
	return Storage{Kind: Unreadable, Problem: r.Problem}
}

func (r *Rescue) hello(context.Context, Empty) (Snapshot, error) {
	return Snapshot{
		Profiles: []chat.OwnProfile{},
		Contacts: []chat.Contact{},
		Relays:   []Relay{},
		Storage:  r.storage(),
		Version:  r.Version,
	}, nil
}

func (r *Rescue) replace(ctx context.Context, p TransferRef) (Empty, error) {
	b, err := r.archives.take(p)
	if err != nil {
		return Empty{}, err
	}
	markCopied(b)
	return Empty{}, undeleted(r.Replace(ctx, b))
}

func (r *Rescue) reset(ctx context.Context, _ Empty) (Empty, error) {
	return Empty{}, undeleted(r.Reset(ctx))
}

// undeleted says to people what they can do if the browser does nothing.
func undeleted(err error) error {
	if err == nil || errors.Is(err, store.ErrFull) {
		return err // errorFor knows this
	}
	return &Error{CodeStorage, "The browser does not let Sotto delete what is damaged. Delete this site’s data in the browser’s settings, then reload."}
}

func nothing[P any](context.Context, P) (Empty, error) { return Empty{}, nil }
