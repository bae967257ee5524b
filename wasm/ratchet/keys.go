package ratchet

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/cloudflare/circl/dh/x448"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/sntrup761"
)

// Keys is where new keys come from. The zero value makes them when they are
// needed.
type Keys struct {
	// Rand is the source of randomness; nil means crypto/rand.
	Rand io.Reader
	// KEM returns a new KEM key pair, each only once, of those made ahead; nil
	// means that one is made of Rand, which takes milliseconds.
	KEM func() (*sntrup761.PrivateKey, error)
}

func (k Keys) rand() io.Reader {
	if k.Rand == nil {
		return rand.Reader
	}
	return k.Rand
}

func (k Keys) kem() (*sntrup761.PrivateKey, error) {
	if k.KEM == nil {
		return sntrup761.GenerateKey(k.rand())
	}
	return k.KEM()
}

// A keyPair is a private X448 key with its public half.
type keyPair struct {
	private x448.Key
	public  smp.PublicKey
}

func (k Keys) x448() (keyPair, error) {
	var pair keyPair
	if _, err := io.ReadFull(k.rand(), pair.private[:]); err != nil {
		return keyPair{}, fmt.Errorf("ratchet: generate key: %w", err)
	}
	var public x448.Key
	x448.KeyGen(&public, &pair.private)
	pair.public = publicKey(public[:])
	return pair, nil
}

// publicKey makes a public key of its 56 raw bytes.
func publicKey(raw []byte) smp.PublicKey {
	k, _ := smp.NewPublicKey(smp.X448, raw) // the length is right
	return k
}

// agree returns the X448 secret shared with the owner of public.
func (k *keyPair) agree(public smp.PublicKey) ([]byte, error) {
	var shared, peer x448.Key
	copy(peer[:], public.Bytes())
	if !x448.Shared(&shared, &k.private, &peer) {
		return nil, ErrKey
	}
	return shared[:], nil
}

// append writes the pair as it is stored, so that reading it takes no
// multiplication.
func (k *keyPair) append(b []byte) []byte {
	return append(append(b, k.private[:]...), k.public.Bytes()...)
}

func readKeyPair(p *wire.Parser) keyPair {
	var k keyPair
	copy(k.private[:], p.Take(x448.Size))
	if raw := p.Take(x448.Size); raw != nil {
		k.public = publicKey(raw)
	}
	return k
}
