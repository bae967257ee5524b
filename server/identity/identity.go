// Package identity keeps who a relay is in a directory: the certificate that is
// its fingerprint, with the key that signs leaves, and a leaf with its key.
//
//	ca.crt ca.key        the identity; the key is not needed to run the relay
//	relay.crt relay.key  the chain that clients see, and the leaf's key
//
// All files are PEM. An operator should move ca.key to a safe place, and bring it
// back only to Rotate the leaf.
package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

// ErrIncomplete is returned for a directory with a chain and no key, or a key
// and no chain: making a new identity would end every queue address.
var ErrIncomplete = errors.New("identity: relay.crt and relay.key must both be there, or neither")

// An Identity is what a relay shows to its clients.
type Identity struct {
	Chain       transport.Chain
	Key         smp.PrivateKey // of the leaf
	Fingerprint transport.Fingerprint
	Until       time.Time // end of the leaf
}

// Load reads the identity in dir. If there is none it makes one, for host.
func Load(dir, host string, now time.Time) (*Identity, error) {
	id, err := Read(dir, now)
	if errors.Is(err, ErrNone) {
		return create(dir, host, now)
	}
	return id, err
}

// ErrNone is returned by Read for a directory without an identity.
var ErrNone = errors.New("identity: there is none yet")

// Read reads the identity in dir.
func Read(dir string, now time.Time) (*Identity, error) {
	if err := settle(dir); err != nil {
		return nil, err
	}
	chain, err := read(dir, "relay.crt", transport.DecodeChain)
	if errors.Is(err, fs.ErrNotExist) && !exists(dir, "relay.key") {
		return nil, ErrNone
	}
	key, keyErr := read(dir, "relay.key", transport.DecodeKey)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(keyErr, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrIncomplete, errors.Join(err, keyErr))
	}
	if err := errors.Join(err, keyErr); err != nil {
		return nil, err
	}
	return check(chain, key, now)
}

// check refuses an identity that no client would accept.
func check(chain transport.Chain, key smp.PrivateKey, now time.Time) (*Identity, error) {
	fingerprint, ok := chain.Identity()
	if !ok {
		return nil, fmt.Errorf("identity: relay.crt has %d certificates", len(chain))
	}
	leaf, err := chain.Verify(fingerprint, now)
	if err != nil {
		return nil, fmt.Errorf("identity: relay.crt: %w", err)
	}
	if leaf.PublicKey != key.Public() {
		return nil, errors.New("identity: relay.key is not the key of the first certificate in relay.crt")
	}
	return &Identity{chain, key, fingerprint, leaf.NotAfter}, nil
}

func create(dir, host string, now time.Time) (*Identity, error) {
	if exists(dir, "ca.crt") || exists(dir, "ca.key") {
		return nil, fmt.Errorf("%w: there is an identity without them", ErrIncomplete)
	}
	authority, err := transport.NewAuthority(nil, now)
	if err != nil {
		return nil, fmt.Errorf("identity: create: %w", err)
	}
	chain, key, err := authority.Issue(nil, host, now)
	if err != nil {
		return nil, fmt.Errorf("identity: create: %w", err)
	}
	// The chain comes last: with it, everything is there.
	for _, file := range []struct {
		name    string
		content []byte
	}{
		{"ca.key", transport.EncodeKey(authority.Key)},
		{"ca.crt", transport.EncodeChain(transport.Chain{authority.Certificate})},
		{"relay.key", transport.EncodeKey(key)},
		{"relay.crt", transport.EncodeChain(chain)},
	} {
		if err := write(filepath.Join(dir, file.name), file.content); err != nil {
			return nil, fmt.Errorf("identity: create: %w", err)
		}
	}
	return check(chain, key, now)
}

func read[T any](dir, name string, decode func([]byte) (T, error)) (T, error) {
	var none T
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return none, fmt.Errorf("identity: %w", err)
	}
	v, err := decode(b)
	if err != nil {
		return none, fmt.Errorf("identity: %s: %w", name, err)
	}
	return v, nil
}

func exists(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return err == nil
}

// write makes a new file that only its owner can read, and that is on the disk
// when write returns.
func write(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
