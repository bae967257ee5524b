package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"sotto/wasm/store"
	"sotto/wasm/store/passphrase"
)

const (
	magic      = "sotto vault"
	version    = 1
	keySize    = 32
	headSize   = len(magic) + 1 + 4 + 4 + passphrase.SaltSize
	boxSize    = keySize + chacha20poly1305.Overhead
	recordSize = headSize + chacha20poly1305.NonceSizeX + boxSize
)

// A record is the key as it is kept: bare, or in a box that a passphrase opens.
type record struct {
	key *[keySize]byte // nil if it is in the box

	cost             passphrase.Cost
	salt, nonce, box []byte
}

// seal puts key in a box.
func seal(key *[keySize]byte, phrase string, cost passphrase.Cost, random io.Reader) (record, error) {
	drawn := make([]byte, passphrase.SaltSize+chacha20poly1305.NonceSizeX)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return record{}, fmt.Errorf("vault: random bytes: %w", err)
	}
	r := record{cost: cost, salt: drawn[:passphrase.SaltSize], nonce: drawn[passphrase.SaltSize:]}
	aead, err := chacha20poly1305.NewX(cost.Key(phrase, r.salt)[:])
	if err != nil {
		return record{}, err
	}
	r.box = aead.Seal(nil, r.nonce, key[:], r.head())
	return r, nil
}

// open returns the key, or ErrPassphrase.
func (r record) open(phrase string) (*[keySize]byte, error) {
	if r.key != nil {
		return r.key, nil
	}
	aead, err := chacha20poly1305.NewX(r.cost.Key(phrase, r.salt)[:])
	if err != nil {
		return nil, err
	}
	key, err := aead.Open(nil, r.nonce, r.box, r.head())
	if err != nil {
		return nil, ErrPassphrase
	}
	return (*[keySize]byte)(key), nil
}

// head is what the box is bound to.
func (r record) head() []byte {
	b := append([]byte(magic), version)
	b = binary.BigEndian.AppendUint32(b, r.cost.Time)
	b = binary.BigEndian.AppendUint32(b, r.cost.Memory)
	return append(b, r.salt...)
}

func (r record) bytes() []byte {
	if r.key != nil {
		return bytes.Clone(r.key[:])
	}
	return append(append(r.head(), r.nonce...), r.box...)
}

var errForm = errors.New("vault: not a key record")

func parse(b []byte) (record, error) {
	if len(b) == keySize {
		return record{key: (*[keySize]byte)(bytes.Clone(b))}, nil
	}
	if len(b) != recordSize || !bytes.HasPrefix(b, append([]byte(magic), version)) {
		return record{}, fmt.Errorf("%w: %w", store.ErrCorrupt, errForm)
	}
	costs, rest := b[len(magic)+1:], bytes.Clone(b[len(magic)+1+8:])
	r := record{
		cost:  passphrase.Cost{Time: binary.BigEndian.Uint32(costs), Memory: binary.BigEndian.Uint32(costs[4:])},
		salt:  rest[:passphrase.SaltSize],
		nonce: rest[passphrase.SaltSize : len(rest)-boxSize],
		box:   rest[len(rest)-boxSize:],
	}
	if !r.cost.Valid() {
		return record{}, fmt.Errorf("%w: cost %v", store.ErrCorrupt, r.cost)
	}
	return r, nil
}
