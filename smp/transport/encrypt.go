package transport

import "sotto/smp"

// tagSize is what encryption adds to the content of a block.
const tagSize = smp.BoxOverhead

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
func (c *chain) next() (key []byte, nonce smp.Nonce) {
	out := smp.HKDF(c[:], nil, "SimpleXSbChain", 88)
	copy(c[:], out)
	return out[32:64], smp.NonceOf(out[64:])
}

// seal appends the encrypted block to b, 16 bytes longer than plain, which it must
// not overlap.
func (c *chain) seal(b, plain []byte) []byte {
	key, nonce := c.next()
	return smp.AppendSealed(b, key, nonce, plain)
}

// open returns what is in an encrypted block.
func (c *chain) open(box []byte) ([]byte, error) {
	key, nonce := c.next()
	plain, err := smp.Open(key, nonce, box)
	if err != nil {
		return nil, ErrBlock
	}
	return plain, nil
}
