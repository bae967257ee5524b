package ratchet

import (
	"crypto/sha256"
	"fmt"

	"sotto/smp/wire"
	"sotto/wasm/sntrup761"
)

// An Offer is one party's private keys for X3DH. The initiator keeps it from the
// link to the answer; to start the ratchet anew both parties make one.
type Offer struct {
	key1, key2 keyPair
	kem        *sntrup761.PrivateKey // nil if the KEM is not proposed
}

// NewOffer makes new keys, with a KEM key if pq is set.
func NewOffer(k Keys, pq bool) (*Offer, error) {
	var o Offer
	var err error
	if o.key1, err = k.x448(); err != nil {
		return nil, err
	}
	if o.key2, err = k.x448(); err != nil {
		return nil, err
	}
	if pq {
		if o.kem, err = k.kem(); err != nil {
			return nil, fmt.Errorf("ratchet: new offer: %w", err)
		}
	}
	return &o, nil
}

// Params returns the public keys for a message.
func (o *Offer) Params(version uint16) Params {
	return Params{version, o.key1.public, o.key2.public, o.proposal()}.trim()
}

// ParamsRange returns the public keys for a link.
func (o *Offer) ParamsRange() ParamsRange {
	return ParamsRange{MinVersion, MaxVersion, o.key1.public, o.key2.public, o.proposal()}
}

func (o *Offer) proposal() *KEMParams {
	if o.kem == nil {
		return nil
	}
	return &KEMParams{Key: o.kem.Public()}
}

// Hash is [Params.Hash] of the public keys.
func (o *Offer) Hash() [sha256.Size]byte { return o.Params(MaxVersion).Hash() }

// offerFormat is the version of the stored form of an Offer.
const offerFormat = 1

// MarshalBinary returns the form in which an Offer is stored.
func (o *Offer) MarshalBinary() ([]byte, error) {
	b := []byte{offerFormat}
	b = o.key1.append(b)
	b = o.key2.append(b)
	return appendPrivateKEM(b, o.kem), nil
}

// ParseOffer reads what MarshalBinary wrote.
func ParseOffer(b []byte) (*Offer, error) {
	p := wire.NewParser(b)
	p.Literal(string([]byte{offerFormat}))
	o := &Offer{key1: readKeyPair(p), key2: readKeyPair(p), kem: readPrivateKEM(p)}
	if err := p.Done(); err != nil {
		return nil, fmt.Errorf("ratchet: parse offer: %w", err)
	}
	return o, nil
}

// String hides the keys from logs.
func (o *Offer) String() string { return "(ratchet offer)" }

// GoString hides the keys from logs.
func (o *Offer) GoString() string { return o.String() }

func appendPrivateKEM(b []byte, k *sntrup761.PrivateKey) []byte {
	b = wire.AppendMaybe(b, k != nil)
	if k == nil {
		return b
	}
	return append(b, k.Bytes()...)
}

func readPrivateKEM(p *wire.Parser) *sntrup761.PrivateKey {
	if !p.Maybe() {
		return nil
	}
	k, err := sntrup761.NewPrivateKey(p.Take(sntrup761.PrivateKeySize))
	if err != nil {
		p.Fail(ErrSyntax)
	}
	return k
}
