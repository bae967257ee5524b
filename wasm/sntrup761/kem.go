// Package sntrup761 is Streamlined NTRU Prime 761, the key encapsulation of the
// ratchet and of OpenSSH (draft-josefsson-ntruprime-streamlined).
//
// A key pair is two small polynomials f and g of the ring R = Z[x]/(x^761-x-1),
// kept as f and 1/g modulo 3, and their quotient h = g/(3f) modulo q = 4591,
// which is public. Encapsulation draws a small r of weight 286, and sends h·r
// rounded to multiples of 3 with a hash that confirms r. Decapsulation gets r
// back by f and 1/g, makes the ciphertext again, and if it is another answers
// with a key nobody knows instead of an error (implicit rejection).
//
// No branch, index or division depends on a secret; multiplication is taken to
// be constant-time, as it is on the processors of today. The operations that
// cost are two reciprocals (recip.go, recip3.go) and products (poly.go).
package sntrup761

import (
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

// Lengths in bytes.
const (
	PublicKeySize  = 1158
	PrivateKeySize = 2*smallSize + PublicKeySize + smallSize + hashSize // 1763
	CiphertextSize = roundedSize + hashSize                             // 1039
	SharedKeySize  = 32
)

const (
	hashSize = 32

	// Where the parts of a private key start: f, 1/g, the public key, what is
	// hashed in place of r when a ciphertext is refused, and the key's hash.
	offsetRecip  = smallSize
	offsetPublic = offsetRecip + smallSize
	offsetReject = offsetPublic + PublicKeySize
	offsetHash   = offsetReject + smallSize
)

// The prefixes that keep the uses of the hash apart. An accepted ciphertext
// hashes to its session key with prefix 1, a refused one with 0.
const (
	hashConfirm = 2
	hashInput   = 3
	hashPublic  = 4
)

// ErrLength is returned for a key or a ciphertext of a wrong length. Every
// string of the right length is a key, or a ciphertext.
var ErrLength = errors.New("sntrup761: wrong length")

// A PublicKey encapsulates shared keys.
type PublicKey struct{ b [PublicKeySize]byte }

// NewPublicKey copies a key of PublicKeySize bytes.
func NewPublicKey(b []byte) (*PublicKey, error) {
	if len(b) != PublicKeySize {
		return nil, ErrLength
	}
	return &PublicKey{[PublicKeySize]byte(b)}, nil
}

// Bytes returns a copy of the key.
func (k *PublicKey) Bytes() []byte { return append([]byte(nil), k.b[:]...) }

// Equal reports whether both are the same key.
func (k *PublicKey) Equal(other *PublicKey) bool { return k.b == other.b }

// A PrivateKey decapsulates what was encapsulated to its public key.
type PrivateKey struct{ b [PrivateKeySize]byte }

// NewPrivateKey copies a key of PrivateKeySize bytes.
func NewPrivateKey(b []byte) (*PrivateKey, error) {
	if len(b) != PrivateKeySize {
		return nil, ErrLength
	}
	return &PrivateKey{[PrivateKeySize]byte(b)}, nil
}

// Bytes returns a copy of the key.
func (k *PrivateKey) Bytes() []byte { return append([]byte(nil), k.b[:]...) }

// Public returns the public half.
func (k *PrivateKey) Public() *PublicKey {
	return &PublicKey{[PublicKeySize]byte(k.b[offsetPublic:])}
}

// Wipe overwrites the key, which is of no use afterwards.
func (k *PrivateKey) Wipe() { wipe(&k.b) }

// String hides the key from logs.
func (k *PrivateKey) String() string { return "(private key)" }

// GoString hides the key from logs.
func (k *PrivateKey) GoString() string { return k.String() }

// GenerateKey makes a key pair of the next 6,279 bytes of rand (and of 3,044
// more each time g has no reciprocal, once in a billion).
func GenerateKey(rand io.Reader) (*PrivateKey, error) {
	k, err := generateKey(rand)
	if err != nil {
		return nil, fmt.Errorf("sntrup761: generate key: %w", err)
	}
	return k, nil
}

func generateKey(rand io.Reader) (*PrivateKey, error) {
	var s struct{ f, g, gRecip small }
	defer wipe(&s)
	for {
		if err := s.g.random(rand); err != nil {
			return nil, err
		}
		if s.gRecip.recip(&s.g) {
			break
		}
	}
	if err := s.f.randomShort(rand); err != nil {
		return nil, err
	}
	k := new(PrivateKey)
	if _, err := io.ReadFull(rand, k.b[offsetReject:offsetHash]); err != nil {
		return nil, err
	}
	s.f.encode(k.b[:offsetRecip])
	s.gRecip.encode(k.b[offsetRecip:offsetPublic])
	quotient(&s.g, &s.f).encode(k.b[offsetPublic:offsetReject])
	hash(k.b[offsetHash:], hashPublic, k.b[offsetPublic:offsetReject])
	return k, nil
}

// quotient returns g/(3f).
func quotient(g, f *small) *rq {
	var h rq
	h.recip3(f)
	h.mul(&h, g)
	return &h
}

// Encapsulate makes a shared key of the next 3,044 bytes of rand, and the
// ciphertext from which only the owner of k gets it.
func (k *PublicKey) Encapsulate(rand io.Reader) (shared, ciphertext []byte, err error) {
	var s struct {
		r     small
		input [smallSize]byte
	}
	defer wipe(&s)
	if err := s.r.randomShort(rand); err != nil {
		return nil, nil, fmt.Errorf("sntrup761: encapsulate: %w", err)
	}
	s.r.encode(s.input[:])
	var keyHash [hashSize]byte
	hash(keyHash[:], hashPublic, k.b[:])
	ciphertext = encrypt(&s.r, s.input[:], k.b[:], keyHash[:])
	return sessionKey(1, s.input[:], ciphertext), ciphertext, nil
}

// Decapsulate returns the shared key that ciphertext carries. For a ciphertext
// that Encapsulate did not make it is a key that depends on it and on k.
func (k *PrivateKey) Decapsulate(ciphertext []byte) (shared []byte, err error) {
	if len(ciphertext) != CiphertextSize {
		return nil, ErrLength
	}
	var s struct {
		r     small
		input [smallSize]byte
	}
	defer wipe(&s)
	s.r.decrypt(ciphertext[:roundedSize], k.b[:offsetRecip], k.b[offsetRecip:offsetPublic])
	s.r.encode(s.input[:])
	again := encrypt(&s.r, s.input[:], k.b[offsetPublic:offsetReject], k.b[offsetHash:])
	same := subtle.ConstantTimeCompare(ciphertext, again)
	subtle.ConstantTimeCopy(1-same, s.input[:], k.b[offsetReject:offsetHash])
	return sessionKey(byte(same), s.input[:], ciphertext), nil
}

// encrypt returns the ciphertext of r, whose encoding is input.
func encrypt(r *small, input, public, keyHash []byte) []byte {
	var c rq
	defer wipe(&c)
	c.decode(public)
	c.mul(&c, r)
	c.round()
	ciphertext := make([]byte, CiphertextSize)
	c.encodeRounded(ciphertext[:roundedSize])
	confirmation(ciphertext[roundedSize:], input, keyHash)
	return ciphertext
}

// decrypt sets r to the input whose encryption is c, or, if there is none, to
// any of the right weight.
func (r *small) decrypt(c, f, gRecip []byte) {
	var s struct {
		c            rq
		f, gRecip, e small
	}
	defer wipe(&s)
	s.c.decodeRounded(c)
	s.f.decode(f)
	s.gRecip.decode(gRecip)
	s.c.mul(&s.c, &s.f)
	s.c.triple()
	s.e.fromRq(&s.c)
	r.mul3(&s.e, &s.gRecip)
	r.forceWeight()
}

func confirmation(out, input, keyHash []byte) {
	var x [2 * hashSize]byte
	defer wipe(&x)
	hash(x[:hashSize], hashInput, input)
	copy(x[hashSize:], keyHash)
	hash(out, hashConfirm, x[:])
}

func sessionKey(prefix byte, input, ciphertext []byte) []byte {
	var x [hashSize + CiphertextSize]byte
	defer wipe(&x)
	hash(x[:hashSize], hashInput, input)
	copy(x[hashSize:], ciphertext)
	key := make([]byte, SharedKeySize)
	hash(key, prefix, x[:])
	return key
}

// hash sets out to the first half of the SHA-512 of the prefix and b.
func hash(out []byte, prefix byte, b []byte) {
	h := sha512.New()
	h.Write([]byte{prefix})
	h.Write(b)
	var sum [sha512.Size]byte
	defer wipe(&sum)
	copy(out[:hashSize], h.Sum(sum[:0]))
}

// wipe overwrites a secret that is not needed any more. It is not inlined so
// that the compiler cannot see that nobody reads the zeros.
//
//go:noinline
func wipe[T any](secret *T) {
	var zero T
	*secret = zero
}
