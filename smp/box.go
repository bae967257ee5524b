package smp

import (
	"crypto/hkdf"
	"crypto/sha512"
	"errors"
	"slices"

	"golang.org/x/crypto/nacl/secretbox"
	//lint:ignore SA1019 HSalsa20 alone is what the protocol wants, and nothing else exports it
	"golang.org/x/crypto/salsa20/salsa"

	"sotto/smp/wire"
)

const (
	// NonceSize is the length of a nonce, a correlation id and a message id.
	NonceSize = 24
	// BoxKeySize is the length of the key of a box.
	BoxKeySize = 32
	// BoxOverhead is what a box is longer than its content: the tag, which
	// comes first.
	BoxOverhead = secretbox.Overhead
)

// ErrDecrypt is returned for a box that does not open, for whatever reason.
var ErrDecrypt = errors.New("smp: decryption failed")

// A Nonce is used once with each key.
type Nonce [NonceSize]byte

// NonceOf makes a nonce of an id, as the reference does: cut to 24 bytes, or
// filled with zeros. Ids are 24 random bytes unless the peer is odd.
func NonceOf(id []byte) Nonce {
	var n Nonce
	copy(n[:], id)
	return n
}

// Reverse returns the nonce of the response to what was sent with n.
func (n Nonce) Reverse() Nonce {
	slices.Reverse(n[:])
	return n
}

// boxKey derives the key of XSalsa20-Poly1305. NaCl's crypto_box does so with
// the shared secret of two keys; SimpleX does so with symmetric keys, too.
func boxKey(key []byte) *[BoxKeySize]byte {
	var in, out [BoxKeySize]byte
	var zero [16]byte
	copy(in[:], key)
	salsa.HSalsa20(&out, &zero, &in, &salsa.Sigma)
	return &out
}

// Seal returns the box of msg: tag and ciphertext. The key is 32 bytes, an
// X25519 shared secret or a symmetric key. It panics with a key of another
// length, which is a mistake of the caller.
func Seal(key []byte, nonce Nonce, msg []byte) []byte {
	return AppendSealed(make([]byte, 0, len(msg)+BoxOverhead), key, nonce, msg)
}

// AppendSealed appends the box of msg to b, which must not overlap it.
func AppendSealed(b, key []byte, nonce Nonce, msg []byte) []byte {
	checkBoxKey(key)
	return secretbox.Seal(b, msg, (*[NonceSize]byte)(&nonce), boxKey(key))
}

// Open returns the content of a box that Seal made.
func Open(key []byte, nonce Nonce, box []byte) ([]byte, error) {
	checkBoxKey(key)
	msg, ok := secretbox.Open(make([]byte, 0, len(box)), box, (*[NonceSize]byte)(&nonce), boxKey(key))
	if !ok {
		return nil, ErrDecrypt
	}
	return msg, nil
}

func checkBoxKey(key []byte) {
	if len(key) != BoxKeySize {
		panic("smp: wrong length of a box key")
	}
}

// SealPadded returns the box of msg padded to size bytes; it is size plus
// BoxOverhead long.
func SealPadded(key []byte, nonce Nonce, msg []byte, size int) ([]byte, error) {
	padded, err := wire.Pad(msg, size)
	if err != nil {
		return nil, err
	}
	return Seal(key, nonce, padded), nil
}

// OpenPadded returns the message in a box that SealPadded made.
func OpenPadded(key []byte, nonce Nonce, box []byte) ([]byte, error) {
	padded, err := Open(key, nonce, box)
	if err != nil {
		return nil, err
	}
	return wire.Unpad(padded)
}

// HKDF derives size bytes with HKDF-SHA512.
func HKDF(secret, salt []byte, info string, size int) []byte {
	key, err := hkdf.Key(sha512.New, secret, salt, info, size)
	if err != nil {
		panic("smp: " + err.Error()) // size is larger than HKDF allows
	}
	return key
}
