package agent

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"sync"

	"sotto/smp"
	"sotto/smp/wire"
)

// A signKey is an Ed25519 key that signs our commands on a queue. Its public half
// is computed when it is first used: with thousands of connections that would
// be most of the time that the agent takes to start.
type signKey struct {
	seed []byte
	once sync.Once
	key  smp.PrivateKey
}

func newSignKey(rand io.Reader) (*signKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fmt.Errorf("agent: random: %w", err)
	}
	return &signKey{seed: seed}, nil
}

// private returns the key.
func (k *signKey) private() smp.PrivateKey {
	k.once.Do(func() {
		var err error
		if k.key, err = smp.NewPrivateKey(smp.Ed25519, k.seed); err != nil {
			panic(err) // the length was checked where the seed came from
		}
	})
	return k.key
}

func appendSignKey(b []byte, k *signKey) []byte { return append(b, k.seed...) }

func readSignKey(p *wire.Parser) *signKey { return &signKey{seed: p.Take(ed25519.SeedSize)} }
