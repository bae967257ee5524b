package store

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// sealed encrypts the values of another store. Keys stay as they are: they
// must be found in order.
type sealed struct {
	Store
	aead cipher.AEAD
}

// Seal returns a Store that keeps its values in inner, encrypted under key
// with XChaCha20-Poly1305. A value is bound to its bucket and key, so that
// records cannot be swapped; a value that does not open is ErrCorrupt. What
// it cannot show is that a record was deleted or put back to an older state.
func Seal(inner Store, key *[32]byte) Store { return newSealed(inner, key) }

func newSealed(inner Store, key *[32]byte) *sealed {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		panic(err) // only a wrong key length, which the type excludes
	}
	return &sealed{inner, aead}
}

// SealWhole is Seal for a Whole.
func SealWhole(inner Whole, key *[32]byte) Whole {
	return &sealedWhole{newSealed(inner, key), inner}
}

type sealedWhole struct {
	*sealed
	whole Whole
}

func (s *sealedWhole) All(ctx context.Context) (*Batch, error) {
	b, err := s.whole.All(ctx)
	if err != nil {
		return nil, err
	}
	for i := range b.ops {
		op := &b.ops[i]
		if op.Value, err = s.open(op.Bucket, op.Key, op.Value); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (s *sealedWhole) Replace(ctx context.Context, b *Batch) error {
	return s.whole.Replace(ctx, s.sealAll(b))
}

func (s *sealed) Get(ctx context.Context, bucket, key string) ([]byte, error) {
	v, err := s.Store.Get(ctx, bucket, key)
	if err != nil {
		return nil, err
	}
	return s.open(bucket, key, v)
}

func (s *sealed) Scan(ctx context.Context, bucket string, q Query) ([]Record, error) {
	records, err := s.Store.Scan(ctx, bucket, q)
	if err != nil {
		return nil, err
	}
	for i := range records {
		r := &records[i]
		if r.Value, err = s.open(bucket, r.Key, r.Value); err != nil {
			return nil, err
		}
	}
	return records, nil
}

func (s *sealed) Commit(ctx context.Context, b *Batch) error {
	return s.Store.Commit(ctx, s.sealAll(b))
}

func (s *sealed) sealAll(b *Batch) *Batch {
	out := Batch{ops: make([]Op, len(b.ops))}
	nonces := make([]byte, len(b.ops)*chacha20poly1305.NonceSizeX)
	rand.Read(nonces) // never fails since Go 1.24; in a browser, each call has its price
	for i, op := range b.ops {
		nonce := nonces[i*chacha20poly1305.NonceSizeX:][:chacha20poly1305.NonceSizeX]
		if !op.Delete {
			op.Value = s.seal(nonce, op.Bucket, op.Key, op.Value)
		}
		out.ops[i] = op
	}
	return &out
}

// seal returns nonce ‖ ciphertext. A random nonce of 24 bytes never repeats.
func (s *sealed) seal(nonce []byte, bucket, key string, value []byte) []byte {
	out := make([]byte, 0, len(nonce)+len(value)+chacha20poly1305.Overhead)
	return s.aead.Seal(append(out, nonce...), nonce, value, place(bucket, key))
}

func (s *sealed) open(bucket, key string, sealed []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, fmt.Errorf("%w: record of bucket %s is cut off", ErrCorrupt, bucket)
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	v, err := s.aead.Open(box[:0], nonce, box, place(bucket, key))
	if err != nil {
		return nil, fmt.Errorf("%w: record of bucket %s does not open", ErrCorrupt, bucket)
	}
	return v, nil
}

// place is the associated data of a value: where it belongs.
func place(bucket, key string) []byte {
	return []byte(bucket + "\x00" + key)
}
