package ratchet

import (
	"fmt"
	"testing"
)

// BenchmarkEncrypt seals a full message, the state stored after it.
func BenchmarkEncrypt(b *testing.B) {
	for _, pq := range []bool{false, true} {
		b.Run(fmt.Sprint("pq=", pq), func(b *testing.B) {
			s := newTalk(b, 3, pq, pq).state('b')
			length := MessageLength(7, pq)
			message := make([]byte, length-2)
			for b.Loop() {
				next, _, err := s.Encrypt(message, Options{Length: length})
				if err != nil {
					b.Fatal(err)
				}
				marshal(b, next)
				s = next
			}
		})
	}
}

// BenchmarkDecrypt opens a message of the present chain.
func BenchmarkDecrypt(b *testing.B) {
	benchmarkDecrypt(b, func(c *talk) { c.play("b1 a1 b2 b3-") })
}

// BenchmarkDecryptStep opens the first message of a chain: three X448
// operations, and with the KEM an encapsulation and a decapsulation.
func BenchmarkDecryptStep(b *testing.B) {
	benchmarkDecrypt(b, func(c *talk) { c.play("b1 a1 b2 a2 b3-") })
}

func benchmarkDecrypt(b *testing.B, prepare func(c *talk)) {
	for _, pq := range []bool{false, true} {
		b.Run(fmt.Sprint("pq=", pq), func(b *testing.B) {
			c := newTalk(b, 3, pq, pq)
			prepare(c)
			s, sealed := c.state('a'), c.held["b3"].sealed
			for b.Loop() {
				got, err := s.Decrypt(Keys{KEM: spare}, sealed)
				if err != nil {
					b.Fatal(err)
				}
				marshal(b, got.State)
			}
		})
	}
}

// BenchmarkJoin accepts a KEM key of a link.
func BenchmarkJoin(b *testing.B) {
	o, err := NewOffer(Keys{}, true)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := Join(Keys{KEM: spare}, o.Params(3), true); err != nil {
			b.Fatal(err)
		}
	}
}
