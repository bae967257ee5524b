package smp

import (
	"crypto/ed25519"

	"github.com/cloudflare/circl/dh/x25519"
	"github.com/cloudflare/circl/dh/x448"
	"github.com/cloudflare/circl/sign/ed448"
)

// Sizes of signatures in bytes.
const (
	Ed25519SignatureSize = ed25519.SignatureSize // 64
	Ed448SignatureSize   = ed448.SignatureSize   // 114
)

// Sign returns the signature of msg by an Ed25519 or Ed448 key. It panics with
// a key of another kind, which is a mistake of the caller.
func (k PrivateKey) Sign(msg []byte) []byte {
	pair := append(k.Bytes(), k.public.Bytes()...)
	switch k.Algorithm() {
	case Ed25519:
		return ed25519.Sign(pair, msg)
	case Ed448:
		return ed448.Sign(pair, msg, "")
	}
	panic("smp: " + k.Algorithm().String() + " keys do not sign")
}

// Verify reports whether sig is the signature of msg by the private half of k.
// It is false for a key that does not sign.
func (k PublicKey) Verify(msg, sig []byte) bool {
	switch k.alg {
	case Ed25519:
		return len(sig) == ed25519.SignatureSize && ed25519.Verify(k.Bytes(), msg, sig)
	case Ed448:
		return len(sig) == ed448.SignatureSize && ed448.Verify(k.Bytes(), msg, sig, "")
	}
	return false
}

// DH returns the raw shared secret of an X25519 (32 bytes) or X448 (56 bytes)
// key and a peer's public key. ErrKey is for keys of different kinds and for
// public keys of low order, with which the secret would be known to all.
func (k PrivateKey) DH(peer PublicKey) ([]byte, error) {
	if k.Algorithm() != peer.alg {
		return nil, ErrKey
	}
	switch peer.alg {
	case X25519:
		return dhX25519(k, peer)
	case X448:
		return dhX448(k, peer)
	}
	return nil, ErrKey
}

// crypto/ecdh would compute the public key with every agreement, and is slow as
// WebAssembly: there, it takes five times as long.
func dhX25519(k PrivateKey, peer PublicKey) ([]byte, error) {
	var secret, scalar, point x25519.Key
	copy(scalar[:], k.Bytes())
	copy(point[:], peer.Bytes())
	if !x25519.Shared(&secret, &scalar, &point) {
		return nil, ErrKey
	}
	return secret[:], nil
}

func dhX448(k PrivateKey, peer PublicKey) ([]byte, error) {
	var secret, scalar, point x448.Key
	copy(scalar[:], k.Bytes())
	copy(point[:], peer.Bytes())
	if !x448.Shared(&secret, &scalar, &point) {
		return nil, ErrKey
	}
	return secret[:], nil
}
