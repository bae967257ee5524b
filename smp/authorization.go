package smp

import (
	"crypto/sha512"
	"crypto/subtle"
	"slices"
)

// AuthenticatorSize is the length of an authenticator: a box of a SHA-512.
const AuthenticatorSize = sha512.Size + BoxOverhead // 80

// A kind is what an authorization is, which its length tells.
type kind int

const (
	none kind = iota
	impossible
	ed25519Signature
	ed448Signature
	authenticator
)

func kindOf(authorization []byte) kind {
	switch len(authorization) {
	case 0:
		return none
	case Ed25519SignatureSize:
		return ed25519Signature
	case Ed448SignatureSize:
		return ed448Signature
	case AuthenticatorSize:
		return authenticator
	}
	return impossible
}

// A Signer is who authorizes a transmission.
type Signer struct {
	Key      PrivateKey // of the queue: Ed25519, Ed448, or X25519
	RelayKey PublicKey  // of the session, for an X25519 Key
	Service  *ServiceSigner
}

// A ServiceSigner adds the signature of a service to a transmission.
type ServiceSigner struct {
	CertHash []byte     // SHA-256 of the service's certificate
	Key      PrivateKey // Ed25519, of the session
}

// Authorize sets the authorization of t, and the service signature if there is
// a service. The queue key then covers the certificate hash, too, so that its
// authorization cannot be moved to another service.
func (s Session) Authorize(t *Transmission, by Signer) error {
	covered := s.Authorized(*t)
	if by.Service != nil {
		t.ServiceSignature = by.Service.Key.Sign(covered)
		covered = slices.Concat(by.Service.CertHash, covered)
	}
	if by.Key.Algorithm().Signs() {
		t.Authorization = by.Key.Sign(covered)
		return nil
	}
	secret, err := by.Key.DH(by.RelayKey)
	if err != nil {
		return err
	}
	hash := sha512.Sum512(covered)
	t.Authorization = Seal(secret, NonceOf(t.CorrID), hash[:])
	return nil
}

// A Verifier is the relay's side of authorization in one session.
type Verifier struct {
	Session Session
	Key     PrivateKey   // X25519, of the session; zero below version 7
	Service *PeerService // nil unless the client is a service
}

// PeerService is a client that is a service.
type PeerService struct {
	CertHash []byte    // SHA-256 of its certificate
	Key      PublicKey // Ed25519, of the session
}

// Public keys that nobody's queue has: the base points of the curves.
var (
	dummyEd25519 = mustKey(Ed25519, "\x58"+"\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66"+
		"\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66")
	dummyEd448 = mustKey(Ed448, "\x14\xfa\x30\xf2\x5b\x79\x08\x98\xad\xc8\xd7\x4e\x2c\x13\xbd\xfd\xc4\x39\x7c"+
		"\xe6\x1c\xff\xd3\x3a\xd7\xc2\xa0\x05\x1e\x9c\x78\x87\x40\x98\xa3\x6c\x73\x73"+
		"\xea\x4b\x62\xc7\xc9\x56\x37\x20\x76\x88\x24\xbc\xb6\x6e\x71\x46\x3f\x69\x00")
	dummyX25519 = mustKey(X25519, "\x09"+string(make([]byte, 31)))
)

func mustKey(alg Algorithm, raw string) PublicKey {
	k, err := NewPublicKey(alg, []byte(raw))
	if err != nil {
		panic(err)
	}
	return k
}

// Verify reports whether t is authorized by one of keys. It takes as long if
// the authorization is of another kind than a key.
func (v Verifier) Verify(t Transmission, keys ...PublicKey) bool {
	covered := v.covered(t)
	ok := false
	for _, key := range keys {
		if v.verify(t, covered, key) {
			ok = true
		}
	}
	return ok
}

// Refuse takes as long as Verify with one key and returns false. A relay calls
// it for a queue that there is not, so that a stranger cannot find out by the
// time of the answer which queues there are. SMP: "Cryptographic algorithms".
func (v Verifier) Refuse(t Transmission) bool {
	v.verify(t, v.covered(t), PublicKey{})
	return false
}

// VerifyService reports whether the service signature of t is right: there, and
// made by the service, if the client is one; not there if it is not.
func (v Verifier) VerifyService(t Transmission) bool {
	if v.Service == nil || t.ServiceSignature == nil {
		return v.Service == nil && t.ServiceSignature == nil
	}
	return v.Service.Key.Verify(v.Session.Authorized(t), t.ServiceSignature)
}

// covered returns what the queue key's authorization covers.
func (v Verifier) covered(t Transmission) []byte {
	covered := v.Session.Authorized(t)
	if v.Service != nil && t.ServiceSignature != nil {
		return slices.Concat(v.Service.CertHash, covered)
	}
	return covered
}

// verify checks an authorization by key. Any work is done with a dummy if key
// is of the wrong kind.
func (v Verifier) verify(t Transmission, covered []byte, key PublicKey) bool {
	switch kindOf(t.Authorization) {
	case ed25519Signature:
		return verifyOr(dummyEd25519, key, covered, t.Authorization)
	case ed448Signature:
		return verifyOr(dummyEd448, key, covered, t.Authorization)
	case authenticator:
		right := key.Algorithm() == X25519
		if !right {
			key = dummyX25519
		}
		return v.verifyAuthenticator(t, covered, key) && right
	}
	return false
}

func verifyOr(dummy, key PublicKey, covered, sig []byte) bool {
	right := key.Algorithm() == dummy.Algorithm()
	if !right {
		key = dummy
	}
	return key.Verify(covered, sig) && right
}

func (v Verifier) verifyAuthenticator(t Transmission, covered []byte, key PublicKey) bool {
	secret, err := v.Key.DH(key)
	if err != nil {
		return false
	}
	hash := sha512.Sum512(covered)
	opened, err := Open(secret, NonceOf(t.CorrID), t.Authorization)
	return err == nil && subtle.ConstantTimeCompare(opened, hash[:]) == 1
}
