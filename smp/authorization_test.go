package smp

import (
	"bytes"
	"crypto/rand"
	"testing"
)

// checkVerification verifies an authorization, and everything that must make
// it wrong.
func checkVerification(t *testing.T, v Verifier, c Transmission, key PublicKey) {
	t.Helper()
	stranger := must(GenerateKey(rand.Reader, key.Algorithm())).Public()
	if !v.Verify(c, key) || !v.Verify(c, stranger, key) || !v.Verify(c, key, stranger) || !v.VerifyService(c) {
		t.Error("right authorization is refused")
	}
	if v.Verify(c) || v.Verify(c, stranger) || v.Refuse(c) {
		t.Error("authorization is accepted without the key")
	}
	for a := Ed25519; a <= X448; a++ {
		if other := must(GenerateKey(rand.Reader, a)).Public(); v.Verify(c, other) {
			t.Errorf("authorization is accepted with another %v key", a)
		}
	}
	for name, wrong := range tampered(c) {
		if v.Verify(wrong, key) {
			t.Errorf("authorization is accepted for another %s", name)
		}
	}
	other := v
	other.Session.ID = append(bytes.Clone(v.Session.ID), 'x')
	if other.Verify(c, key) {
		t.Error("authorization is accepted in another session")
	}
	if key.Algorithm() == X25519 {
		other = v
		other.Key = PrivateKey{}
		if other.Verify(c, key) {
			t.Error("authenticator is accepted by a relay without a key")
		}
	}
	checkServiceVerification(t, v, c, key)
}

// tampered returns transmissions that differ from c in one part.
func tampered(c Transmission) map[string]Transmission {
	corr, entity, command, auth, none := c, c, c, c, c
	corr.CorrID = append(bytes.Clone(c.CorrID), 'x')
	entity.EntityID = append(bytes.Clone(c.EntityID), 'x')
	command.Command = append(bytes.Clone(c.Command), 'x')
	auth.Authorization = bytes.Clone(c.Authorization)
	auth.Authorization[len(auth.Authorization)/2] ^= 1
	none.Authorization = nil
	return map[string]Transmission{
		"correlation id": corr, "entity": entity, "command": command, "authorization": auth, "nothing": none,
	}
}

func checkServiceVerification(t *testing.T, v Verifier, c Transmission, key PublicKey) {
	t.Helper()
	service := must(GenerateKey(rand.Reader, Ed25519))
	other := v
	if v.Service == nil {
		other.Service = &PeerService{make([]byte, 32), service.Public()}
		if other.VerifyService(c) {
			t.Error("a service without a signature is accepted")
		}
		return
	}
	other.Service = nil
	if other.VerifyService(c) || other.Verify(c, key) {
		t.Error("a service signature is accepted of no service")
	}
	other.Service = &PeerService{v.Service.CertHash, service.Public()}
	if other.VerifyService(c) {
		t.Error("a service signature is accepted of another service")
	}
	other.Service = &PeerService{make([]byte, 32), v.Service.Key}
	if other.Verify(c, key) {
		t.Error("authorization is accepted for another certificate")
	}
}

// TestServiceWithoutSignature checks a command that a service sends for itself:
// the queue key covers no certificate then.
func TestServiceWithoutSignature(t *testing.T) {
	s := Session{VersionServices, []byte("session")}
	key, service := must(GenerateKey(rand.Reader, Ed25519)), must(GenerateKey(rand.Reader, Ed25519))
	c := Transmission{CorrID: make([]byte, 24), EntityID: []byte("id"), Command: []byte("DEL")}
	if err := s.Authorize(&c, Signer{Key: key}); err != nil {
		t.Fatal(err)
	}
	v := Verifier{Session: s, Service: &PeerService{make([]byte, 32), service.Public()}}
	if !v.Verify(c, key.Public()) {
		t.Error("authorization is refused")
	}
}

func TestAuthorizeWithoutRelayKey(t *testing.T) {
	s := Session{VersionAuthenticators, []byte("session")}
	c := Transmission{CorrID: make([]byte, 24), Command: []byte("SUB")}
	if err := s.Authorize(&c, Signer{Key: must(GenerateKey(rand.Reader, X25519))}); err == nil || c.Authorization != nil {
		t.Errorf("authorized with %x, %v", c.Authorization, err)
	}
}

// TestDummyKeys checks that work with a dummy key is the whole work: that it is
// the public key it is said to be, and no bytes that fail at once.
func TestDummyKeys(t *testing.T) {
	for _, dummy := range []PublicKey{dummyEd25519, dummyEd448, dummyX25519} {
		zero := must(NewPrivateKey(dummy.Algorithm(), make([]byte, dummy.Algorithm().KeySize())))
		if zero.Public() != dummy {
			t.Errorf("%v dummy is another key", dummy.Algorithm())
		}
	}
}

// TestDummyKeyAuthorizesNothing uses the one key that anybody has.
func TestDummyKeyAuthorizesNothing(t *testing.T) {
	s, relay := Session{VersionServices, []byte("session")}, must(GenerateKey(rand.Reader, X25519))
	for _, dummy := range []PublicKey{dummyEd25519, dummyEd448, dummyX25519} {
		zero := must(NewPrivateKey(dummy.Algorithm(), make([]byte, dummy.Algorithm().KeySize())))
		c := Transmission{CorrID: make([]byte, 24), EntityID: []byte("id"), Command: []byte("SUB")}
		if err := s.Authorize(&c, Signer{Key: zero, RelayKey: relay.Public()}); err != nil {
			t.Fatal(err)
		}
		v := Verifier{Session: s, Key: relay}
		if v.Refuse(c) || v.Verify(c, PublicKey{}) || v.Verify(c, must(GenerateKey(rand.Reader, X448)).Public()) {
			t.Errorf("%v dummy authorizes", dummy.Algorithm())
		}
	}
}

// BenchmarkVerify compares a wrong key with a queue that there is not.
func BenchmarkVerify(b *testing.B) {
	s := Session{VersionServices, make([]byte, 32)}
	relay := must(GenerateKey(rand.Reader, X25519))
	for _, alg := range []Algorithm{Ed25519, Ed448, X25519} {
		c := Transmission{CorrID: make([]byte, 24), EntityID: make([]byte, 24), Command: make([]byte, 16000)}
		by := Signer{Key: must(GenerateKey(rand.Reader, alg)), RelayKey: relay.Public()}
		if err := s.Authorize(&c, by); err != nil {
			b.Fatal(err)
		}
		v, wrong := Verifier{Session: s, Key: relay}, must(GenerateKey(rand.Reader, alg)).Public()
		b.Run(alg.String()+"/wrong", func(b *testing.B) {
			for b.Loop() {
				v.Verify(c, wrong)
			}
		})
		b.Run(alg.String()+"/unknown", func(b *testing.B) {
			for b.Loop() {
				v.Refuse(c)
			}
		})
	}
}
