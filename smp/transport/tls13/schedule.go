//go:build !js

package tls13

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"

	"golang.org/x/crypto/cryptobyte"
)

const hashSize = sha256.Size

// expandLabel is HKDF-Expand-Label. RFC 8446 section 7.1.
func expandLabel(secret []byte, label string, context []byte, n int) []byte {
	var b cryptobyte.Builder
	b.AddUint16(uint16(n))
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte("tls13 " + label)) })
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(context) })
	out, err := hkdf.Expand(sha256.New, secret, string(b.BytesOrPanic()), n)
	if err != nil {
		panic(err) // n is small
	}
	return out
}

func extract(secret, salt []byte) []byte {
	out, err := hkdf.Extract(sha256.New, secret, salt)
	if err != nil {
		panic(err) // only FIPS mode refuses, and it has no ChaCha20 either
	}
	return out
}

// A schedule is the chain of secrets. RFC 8446 section 7.1.
type schedule struct{ secret []byte }

// newSchedule begins without a pre-shared key.
func newSchedule() *schedule {
	zero := make([]byte, hashSize)
	return &schedule{extract(zero, nil)}
}

// mix adds the next input.
func (s *schedule) mix(input []byte) {
	empty := sha256.Sum256(nil)
	salt := expandLabel(s.secret, "derived", empty[:], hashSize)
	clear(s.secret)
	s.secret = extract(input, salt)
}

// traffic returns the secret of one direction.
func (s *schedule) traffic(label string, transcript []byte) []byte {
	return expandLabel(s.secret, label, transcript, hashSize)
}

// finished is the verify_data of a Finished message. RFC 8446 section 4.4.4.
func finished(traffic, transcript []byte) []byte {
	m := hmac.New(sha256.New, expandLabel(traffic, "finished", nil, hashSize))
	m.Write(transcript)
	return m.Sum(nil)
}
