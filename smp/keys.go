package smp

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/cloudflare/circl/dh/x25519"
	"github.com/cloudflare/circl/dh/x448"
	"github.com/cloudflare/circl/sign/ed448"

	"sotto/smp/wire"
)

// ErrKey is returned for bytes that are not a key of the wanted kind, and for a
// key agreement with a public key of low order.
var ErrKey = errors.New("smp: invalid key")

// An Algorithm is what a key is for. The zero value belongs to no key.
type Algorithm uint8

// The algorithms of the protocol.
const (
	Ed25519 Algorithm = iota + 1 // signatures
	Ed448                        // signatures, of older relays' certificates
	X25519                       // key agreement, and authenticators
	X448                         // key agreement in the ratchet
)

// maxKeySize is the size of the largest key, Ed448's.
const maxKeySize = 57

// kinds holds what is fixed for each algorithm. RFC 8410 leaves nothing to
// choose in the DER encodings of these keys: a prefix and the raw bytes. Public
// keys are SubjectPublicKeyInfo, private keys PKCS #8.
var kinds = [...]struct {
	name            string
	size            int
	public, private string
}{
	Ed25519: {"Ed25519", 32, "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"},
	Ed448:   {"Ed448", 57, "\x30\x43\x30\x05\x06\x03\x2b\x65\x71\x03\x3a\x00", "\x30\x47\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x71\x04\x3b\x04\x39"},
	X25519:  {"X25519", 32, "\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00", "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20"},
	X448:    {"X448", 56, "\x30\x42\x30\x05\x06\x03\x2b\x65\x6f\x03\x39\x00", "\x30\x46\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6f\x04\x3a\x04\x38"},
}

// String returns the name of the algorithm.
func (a Algorithm) String() string {
	if int(a) < len(kinds) && a != 0 {
		return kinds[a].name
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

// KeySize returns the length of a raw key in bytes, private or public: 32, 56
// or 57; 0 for the zero Algorithm.
func (a Algorithm) KeySize() int { return kinds[a].size }

// Signs reports whether keys of the algorithm make signatures.
func (a Algorithm) Signs() bool { return a == Ed25519 || a == Ed448 }

// A PublicKey is a public key of any algorithm. It can be compared with == and
// be the key of a map; the zero value means that there is no key.
type PublicKey struct {
	alg Algorithm
	raw [maxKeySize]byte
}

// NewPublicKey makes a key of its raw bytes.
func NewPublicKey(alg Algorithm, raw []byte) (PublicKey, error) {
	if alg == 0 || len(raw) != alg.KeySize() {
		return PublicKey{}, ErrKey
	}
	k := PublicKey{alg: alg}
	copy(k.raw[:], raw)
	return k, nil
}

// ParsePublicKey decodes a SubjectPublicKeyInfo of any of the algorithms.
func ParsePublicKey(der []byte) (PublicKey, error) {
	for a := Ed25519; a <= X448; a++ {
		if raw, ok := bytes.CutPrefix(der, []byte(kinds[a].public)); ok {
			return NewPublicKey(a, raw)
		}
	}
	return PublicKey{}, ErrKey
}

// IsZero reports whether there is no key.
func (k PublicKey) IsZero() bool { return k.alg == 0 }

// Algorithm returns what the key is for, 0 if there is no key.
func (k PublicKey) Algorithm() Algorithm { return k.alg }

// Bytes returns the raw key.
func (k PublicKey) Bytes() []byte { return append([]byte(nil), k.raw[:k.alg.KeySize()]...) }

// DER returns the key as SubjectPublicKeyInfo: 44 bytes for Ed25519 and X25519,
// 68 for X448, 69 for Ed448; nil if there is no key.
func (k PublicKey) DER() []byte {
	if k.IsZero() {
		return nil
	}
	return append([]byte(kinds[k.alg].public), k.Bytes()...)
}

// Hash returns the SHA-256 of the DER encoding.
func (k PublicKey) Hash() [sha256.Size]byte { return sha256.Sum256(k.DER()) }

// AppendPublicKey appends k as the wire has it: DER with a one-byte length.
func AppendPublicKey(b []byte, k PublicKey) []byte { return wire.AppendShort(b, k.DER()) }

// ReadPublicKey reads a key that AppendPublicKey wrote and that is of one of
// algs, of any if there are none.
func ReadPublicKey(p *wire.Parser, algs ...Algorithm) PublicKey {
	der := p.Short()
	if p.Err() != nil {
		return PublicKey{}
	}
	k, err := ParsePublicKey(der)
	if err != nil || !k.isOneOf(algs) {
		p.Fail(ErrKey)
		return PublicKey{}
	}
	return k
}

func (k PublicKey) isOneOf(algs []Algorithm) bool {
	for _, a := range algs {
		if k.alg == a {
			return true
		}
	}
	return len(algs) == 0
}

// MarshalText returns the key's text form, padded base64url of its DER.
func (k PublicKey) MarshalText() ([]byte, error) { return wire.AppendBase64(nil, k.DER()), nil }

// UnmarshalText reads the text form, padded or not.
func (k *PublicKey) UnmarshalText(text []byte) error {
	der, err := wire.ParseBase64(string(text))
	if err != nil {
		return ErrKey
	}
	*k, err = ParsePublicKey(der)
	return err
}

// A PrivateKey is a private key of any algorithm with its public half. The zero
// value means that there is no key.
type PrivateKey struct {
	public PublicKey
	raw    [maxKeySize]byte
}

// GenerateKey makes a key of the next bytes of rand.
func GenerateKey(rand io.Reader, alg Algorithm) (PrivateKey, error) {
	var raw [maxKeySize]byte
	if _, err := io.ReadFull(rand, raw[:alg.KeySize()]); err != nil {
		return PrivateKey{}, fmt.Errorf("smp: generate key: %w", err)
	}
	return NewPrivateKey(alg, raw[:alg.KeySize()])
}

// NewPrivateKey makes a key of its raw bytes: the seed of a signature key, the
// scalar, clamped or not, of a key agreement key.
func NewPrivateKey(alg Algorithm, raw []byte) (PrivateKey, error) {
	if alg == 0 || len(raw) != alg.KeySize() {
		return PrivateKey{}, ErrKey
	}
	k := PrivateKey{public: PublicKey{alg: alg}}
	copy(k.raw[:], raw)
	copy(k.public.raw[:], publicBytes(alg, raw))
	return k, nil
}

func publicBytes(alg Algorithm, raw []byte) []byte {
	switch alg {
	case Ed25519:
		return ed25519.NewKeyFromSeed(raw)[ed25519.SeedSize:]
	case Ed448:
		return ed448.NewKeyFromSeed(raw)[ed448.SeedSize:]
	case X25519:
		var pub, secret x25519.Key
		copy(secret[:], raw)
		x25519.KeyGen(&pub, &secret)
		return pub[:]
	default:
		var pub, secret x448.Key
		copy(secret[:], raw)
		x448.KeyGen(&pub, &secret)
		return pub[:]
	}
}

// ParsePrivateKey decodes a PKCS #8 private key of any of the algorithms.
func ParsePrivateKey(der []byte) (PrivateKey, error) {
	for a := Ed25519; a <= X448; a++ {
		if raw, ok := bytes.CutPrefix(der, []byte(kinds[a].private)); ok {
			return NewPrivateKey(a, raw)
		}
	}
	return PrivateKey{}, ErrKey
}

// IsZero reports whether there is no key.
func (k PrivateKey) IsZero() bool { return k.public.IsZero() }

// Algorithm returns what the key is for, 0 if there is no key.
func (k PrivateKey) Algorithm() Algorithm { return k.public.alg }

// Public returns the public half.
func (k PrivateKey) Public() PublicKey { return k.public }

// Bytes returns the raw key.
func (k PrivateKey) Bytes() []byte { return append([]byte(nil), k.raw[:k.Algorithm().KeySize()]...) }

// DER returns the key as PKCS #8, nil if there is no key.
func (k PrivateKey) DER() []byte {
	if k.IsZero() {
		return nil
	}
	return append([]byte(kinds[k.Algorithm()].private), k.Bytes()...)
}

// Format hides the key from logs, whatever the verb.
func (k PrivateKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "(private key)") }
