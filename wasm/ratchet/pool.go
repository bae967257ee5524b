package ratchet

import (
	"context"

	"sotto/wasm/sntrup761"
)

// A Pool keeps KEM key pairs that were made before they are needed: one takes
// milliseconds, which a message should not wait for.
type Pool struct {
	keys  Keys
	ready chan *sntrup761.PrivateKey
}

// NewPool returns an empty Pool for size pairs, made of k.Rand. Nothing is made
// until Fill runs.
func NewPool(k Keys, size int) *Pool {
	return &Pool{keys: Keys{Rand: k.Rand}, ready: make(chan *sntrup761.PrivateKey, size)}
}

// Fill keeps the pool full until ctx is done, and returns the context's error or
// that of the source of randomness.
func (p *Pool) Fill(ctx context.Context) error {
	for ctx.Err() == nil {
		k, err := p.keys.kem()
		if err != nil {
			return err
		}
		select {
		case p.ready <- k:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// Take returns a pair that nobody else gets; it makes one if none is ready.
func (p *Pool) Take() (*sntrup761.PrivateKey, error) {
	select {
	case k := <-p.ready:
		return k, nil
	default:
		return p.keys.kem()
	}
}
