// Package vault keeps the key of the records, bare or under a passphrase.
//
//	record = key(32)
//	record = "sotto vault" version(1) time(4) memory(4) salt(16) nonce(24) box(48)
//
// The box is the key, sealed with XChaCha20-Poly1305 under Argon2id of the
// passphrase, with time passes over memory KiB; its associated data is what
// precedes the nonce. Numbers are big-endian. A Place keeps the record, in a
// browser sealed once more under a key that the device does not give away: so
// both the passphrase and the device are needed.
//
// The key itself stays the same when the passphrase changes, so no other record
// is written again, and one change of one record is all there is: whoever dies
// in the middle has the old passphrase or the new one. It also means that a
// copy of the device's files from before there was a passphrase opens what they
// held then.
package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"sotto/wasm/store/passphrase"
)

var (
	// ErrPassphrase means that the passphrase is wrong.
	ErrPassphrase = errors.New("vault: wrong passphrase")
	// ErrEmpty means that an empty passphrase was to be set.
	ErrEmpty = errors.New("vault: empty passphrase")
)

// A Place keeps small values by name. The one named Key is there from the
// beginning.
type Place interface {
	// Load returns a value, or store.ErrNotFound.
	Load(ctx context.Context, name string) ([]byte, error)
	// Save replaces a value at once, or not at all. It is durable when nil is
	// returned.
	Save(ctx context.Context, name string, value []byte) error
}

// Key is the name of the record.
const Key = "data"

// unlockTime is how long a passphrase should take.
const unlockTime = time.Second

// A Vault is the key of one place.
type Vault struct {
	// Cost chooses what the next passphrase costs: by default, about a second of
	// this machine. It is set before the Vault is used.
	Cost func() passphrase.Cost

	place Place

	mu     sync.Mutex
	record record
}

// Open reads what kind of record there is.
func Open(ctx context.Context, p Place) (*Vault, error) {
	b, err := p.Load(ctx, Key)
	if err != nil {
		return nil, err
	}
	r, err := parse(b)
	if err != nil {
		return nil, err
	}
	return &Vault{place: p, record: r, Cost: func() passphrase.Cost { return passphrase.Measure(unlockTime) }}, nil
}

// Protected reports whether there is a passphrase.
func (v *Vault) Protected() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.record.key == nil
}

// Unlock returns the key. The passphrase does not matter if there is none.
// Errors are ErrPassphrase, a *WaitError, or those of the Place.
func (v *Vault) Unlock(ctx context.Context, phrase string) (*[32]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.unlock(ctx, phrase)
}

func (v *Vault) unlock(ctx context.Context, phrase string) (key *[32]byte, err error) {
	if v.record.key != nil {
		return v.record.key, nil
	}
	err = guess(ctx, v.place, func() (err error) {
		key, err = v.record.open(phrase)
		return err
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// SetPassphrase makes next the passphrase. current is what it was, if there was
// one; Errors are those of Unlock, and ErrEmpty.
func (v *Vault) SetPassphrase(ctx context.Context, current, next string) error {
	if next == "" {
		return ErrEmpty
	}
	return v.change(ctx, current, func(key *[32]byte) (record, error) {
		return seal(key, next, v.Cost(), rand.Reader)
	})
}

// RemovePassphrase keeps the key bare. Errors are those of Unlock.
func (v *Vault) RemovePassphrase(ctx context.Context, current string) error {
	return v.change(ctx, current, func(key *[32]byte) (record, error) { return record{key: key}, nil })
}

// change replaces the record once current was found right.
func (v *Vault) change(ctx context.Context, current string, next func(key *[32]byte) (record, error)) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	key, err := v.unlock(ctx, current)
	if err != nil {
		return err
	}
	r, err := next(key)
	if err != nil {
		return err
	}
	if err := v.place.Save(ctx, Key, r.bytes()); err != nil {
		return err
	}
	v.record = r
	return nil
}
