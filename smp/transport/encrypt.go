package transport

import (
	"golang.org/x/crypto/nacl/secretbox"
	"golang.org/x/crypto/salsa20/salsa"

	"sotto/smp"
)

// tagSize is what encryption adds to the content of a block.
const tagSize = secretbox.Overhead

// A chain makes the keys of one direction: every block has its own key and
// nonce, and a chain that has moved on cannot make the old ones again.
//
// SMP: version 11, encryption of transport blocks.
type chain [32]byte

// newChains derives the chains of a session: first the one that the relay
// sends with, then the one that the client sends with.
func newChains(sessionID, secret []byte) (relay, client *chain) {
	out := smp.HKDF(secret, sessionID, "SimpleXSbChainInit", 64)
	return (*chain)(out[:32]), (*chain)(out[32:])
}

// next moves the chain on and returns the key and nonce of the next block.
func (c *chain) next() (key *[32]byte, nonce *[24]byte) {
	out := smp.HKDF(c[:], nil, "SimpleXSbChain", 88)
	copy(c[:], out)
	key, nonce = new([32]byte), (*[24]byte)(out[64:])
	// The reference runs HSalsa20 over the key first, as crypto_box does with
	// an agreed secret, also where it calls it secret_box.
	salsa.HSalsa20(key, new([16]byte), (*[32]byte)(out[32:]), &salsa.Sigma)
	return key, nonce
}

// seal appends the encrypted block, 16 bytes longer than plain.
func (c *chain) seal(b, plain []byte) []byte {
	key, nonce := c.next()
	return secretbox.Seal(b, plain, nonce, key)
}

// open appends what is in an encrypted block.
func (c *chain) open(b, box []byte) ([]byte, error) {
	key, nonce := c.next()
	plain, ok := secretbox.Open(b, box, nonce, key)
	if !ok {
		return nil, ErrBlock
	}
	return plain, nil
}
