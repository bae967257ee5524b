package smp

import (
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"slices"

	"sotto/smp/wire"
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
	Secrets *Secrets     // nil: each authenticator costs a key agreement
}

// PeerService is a client that is a service.
type PeerService struct {
	CertHash []byte    // SHA-256 of its certificate
	Key      PublicKey // Ed25519, of the session
}

// Public keys to do the work with when there is no right one: those of the
// private keys that are all zeros. What they verify counts for nothing.
var (
	dummyEd25519 = mustKey(Ed25519, "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29")
	dummyEd448   = mustKey(Ed448, "5b3afe03878a49b28232d4f1a442aebde109f807acef7dfd9a7f65b962fe52d6"+
		"547312cacecff04337508f9d2529a8f1669169b21c32c48000")
	dummyX25519 = mustKey(X25519, "2fe57da347cd62431528daac5fbb290730fff684afc4cfc2ed90995f58cb3b74")
)

func mustKey(alg Algorithm, raw string) PublicKey {
	b, err := hex.DecodeString(raw)
	if err != nil {
		panic(err)
	}
	k, err := NewPublicKey(alg, b)
	if err != nil {
		panic(err)
	}
	return k
}

// Verify reports whether t is authorized by one of keys. It takes as long if
// the authorization is of another kind than a key.
func (v Verifier) Verify(t Transmission, keys ...PublicKey) bool {
	c := v.cover(t)
	ok := false
	for _, key := range keys {
		if v.verify(t, c, key) {
			ok = true
		}
	}
	return ok
}

// Refuse takes as long as Verify with one key and returns false. A relay calls
// it for a queue that there is not, so that a stranger cannot find out by the
// time of the answer which queues there are. SMP: "Error responses".
func (v Verifier) Refuse(t Transmission) bool {
	v.verify(t, v.cover(t), PublicKey{})
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

// A covering is what the queue key's authorization covers: the bytes for a
// signature, their hash for an authenticator.
type covering struct {
	bytes []byte
	hash  [sha512.Size]byte
}

func (v Verifier) cover(t Transmission) covering {
	var begin []byte
	if v.Service != nil && t.ServiceSignature != nil {
		begin = v.Service.CertHash
	}
	begin = t.appendIDs(wire.AppendShort(slices.Clip(begin), v.Session.ID))
	switch kindOf(t.Authorization) {
	case none:
		return covering{}
	case authenticator: // most often: the command is not copied
		hash := sha512.New()
		hash.Write(begin)
		hash.Write(t.Command)
		return covering{hash: [sha512.Size]byte(hash.Sum(nil))}
	}
	return covering{bytes: append(begin, t.Command...)}
}

// verify checks an authorization by key. Any work is done with a dummy if key
// is of the wrong kind.
func (v Verifier) verify(t Transmission, c covering, key PublicKey) bool {
	switch kindOf(t.Authorization) {
	case ed25519Signature:
		return verifyOr(dummyEd25519, key, c.bytes, t.Authorization)
	case ed448Signature:
		return verifyOr(dummyEd448, key, c.bytes, t.Authorization)
	case authenticator:
		right := key.Algorithm() == X25519
		if !right {
			key = dummyX25519
		}
		return v.verifyAuthenticator(t, c.hash, key) && right
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

// verifyAuthenticator agrees with key anew, unless it is remembered what that
// gives and the authenticator is right.
func (v Verifier) verifyAuthenticator(t Transmission, hash [sha512.Size]byte, key PublicKey) bool {
	remembered, known := v.Secrets.get(key)
	if known && opensTo(remembered[:], t, hash) {
		return true
	}
	secret, err := v.Key.DH(key)
	if known || err != nil || !opensTo(secret, t, hash) {
		return false
	}
	v.Secrets.keep(key, secret)
	return true
}

func opensTo(secret []byte, t Transmission, hash [sha512.Size]byte) bool {
	opened, err := Open(secret, NonceOf(t.CorrID), t.Authorization)
	return err == nil && subtle.ConstantTimeCompare(opened, hash[:]) == 1
}
