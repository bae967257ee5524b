package ratchet

import (
	"bytes"
	"errors"
	"testing"

	"github.com/cloudflare/circl/dh/x448"
)

// TestBodyFailureIsCommitted: a message whose header opens uses up its key, even
// if its body does not open.
func TestBodyFailureIsCommitted(t *testing.T) {
	for name, before := range map[string]string{
		"same chain":    "b1 a1 b2 b3-",
		"after skipped": "b1 a1 b2 b4- b3-",
		"next chain":    "b1 a1 b2 a2 b3-",
		"late":          "b1 a1 b3- b4 a2 b5",
		"first":         "b3-",
	} {
		for _, pq := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				c := newTalk(t, 3, pq, pq)
				c.play(before)
				c.spoil("b3", 1)
				state := c.disks['a'].state
				skipped := c.skipped()
				if err := c.deliver("b3"); !errors.Is(err, ErrBody) {
					t.Fatal(err)
				}
				if name == "late" {
					if c.skipped() != skipped-1 {
						t.Error("the key is kept")
					}
				} else if bytes.Equal(c.disks['a'].state, state) {
					t.Error("the state did not change")
				}
				c.spoil("b3", 1)
				c.play("!b3 a9 b9 a10 b10")
			})
		}
	}
}

// spoil changes a bit of a message, from the end.
func (c *talk) spoil(id string, fromEnd int) {
	m := c.held[id]
	m.sealed = bytes.Clone(m.sealed)
	m.sealed[len(m.sealed)-fromEnd] ^= 1
	c.held[id] = m
}

// TestHeaderFailureChangesNothing takes every byte of the header, and every
// truncation of the message.
func TestHeaderFailureChangesNothing(t *testing.T) {
	c := newTalk(t, 3, false, false)
	c.play("b1 a1 b2- b3 a2 b4-")
	s, sealed := c.state('a'), c.held["b4"].sealed
	e, err := parseEnvelope(sealed)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 + 2; i < 2+len(e.header); i++ { // behind both the length and the version
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if got, err := s.Decrypt(Keys{}, bad); got.State != nil || !errors.Is(err, ErrHeader) && !errors.Is(err, ErrSyntax) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for n := range sealed {
		got, err := s.Decrypt(Keys{}, sealed[:n])
		whole := n >= 2+len(e.header)+tagSize
		if err == nil || (got.State != nil) != whole || errors.Is(err, ErrBody) != whole {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	c.play(">b4 >b2")
}

// TestUnexpectedCiphertext: the peer cannot have accepted what was not proposed.
func TestUnexpectedCiphertext(t *testing.T) {
	c := newTalk(t, 3, false, false)
	c.play("b1 a1")
	b := *c.state('b')
	key, err := spare()
	if err != nil {
		t.Fatal(err)
	}
	_, ciphertext, err := key.Public().Encapsulate(Keys{}.rand())
	if err != nil {
		t.Fatal(err)
	}
	b.kem = &kemState{key, ciphertext}
	b.pq.Support = true
	_, sealed := mustEncrypt(t, &b, Options{Length: 100}, nil)
	if got, err := c.state('a').Decrypt(Keys{}, sealed); !errors.Is(err, ErrKEM) || got.State != nil {
		t.Error(err)
	}
}

// TestLowOrderKey: a key that makes the shared secret known is refused.
func TestLowOrderKey(t *testing.T) {
	c := newTalk(t, 3, false, false)
	c.play("b1 a1")
	b := *c.state('b')
	b.pair.public = publicKey(make([]byte, x448.Size))
	_, sealed := mustEncrypt(t, &b, Options{Length: 100}, nil)
	if got, err := c.state('a').Decrypt(Keys{}, sealed); !errors.Is(err, ErrKey) || got.State != nil {
		t.Error(err)
	}
	o, err := NewOffer(Keys{}, false)
	if err != nil {
		t.Fatal(err)
	}
	p := o.Params(3)
	for _, bad := range []Params{{3, b.pair.public, p.Key2, nil}, {3, p.Key1, b.pair.public, nil}} {
		_, _, err1 := Join(Keys{}, bad, false)
		_, err2 := o.Accept(bad, false)
		_, err3 := o.Start(Keys{}, bad)
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, ErrKey) {
				t.Error(err)
			}
		}
	}
}

// TestAcceptedWithoutOffer: an answer that accepts no KEM of ours.
func TestAcceptedWithoutOffer(t *testing.T) {
	with, err1 := NewOffer(Keys{KEM: spare}, true)
	without, err2 := NewOffer(Keys{}, false)
	_, answer, err3 := Join(Keys{KEM: spare}, with.Params(3), true)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if _, err := without.Accept(answer, true); !errors.Is(err, ErrKEM) {
		t.Error(err)
	}
	if _, _, err := Join(Keys{KEM: spare}, answer, true); !errors.Is(err, ErrKEM) {
		t.Error(err)
	}
}

// TestNoRandomness: without new keys there is no step.
func TestNoRandomness(t *testing.T) {
	c := newTalk(t, 3, true, true)
	c.play("b1-")
	empty := errors.New("empty")
	for _, k := range []Keys{{Rand: failing{empty}, KEM: spare}, {Rand: failing{empty}}} {
		if got, err := c.state('a').Decrypt(k, c.held["b1"].sealed); !errors.Is(err, empty) || got.State != nil {
			t.Error(err)
		}
		if _, err := NewOffer(k, true); !errors.Is(err, empty) {
			t.Error(err)
		}
	}
	c.play(">b1 a1")
}

// failing is a source of randomness that has none.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
