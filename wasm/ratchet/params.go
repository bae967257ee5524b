package ratchet

import (
	"crypto/sha256"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/sntrup761"
)

// Versions of the ratchet.
const (
	MinVersion uint16 = 2 // the oldest supported: keys are derived in X3DH
	VersionPQ  uint16 = 3 // KEM, and two-byte lengths
	MaxVersion uint16 = 3 // the newest supported
)

// A KEMParams is a KEM key for the peer, and if a key of the peer was accepted
// what was encapsulated to it.
type KEMParams struct {
	Ciphertext []byte // CiphertextSize bytes; nil if the KEM is only proposed
	Key        *sntrup761.PublicKey
}

func appendKEM(b []byte, k *KEMParams) []byte {
	b = wire.AppendMaybe(b, k != nil)
	if k == nil {
		return b
	}
	if k.Ciphertext == nil {
		b = append(b, 'P')
	} else {
		b = wire.AppendLarge(append(b, 'A'), k.Ciphertext)
	}
	return wire.AppendLarge(b, k.Key.Bytes())
}

func readKEM(p *wire.Parser) *KEMParams {
	if !p.Maybe() {
		return nil
	}
	var k KEMParams
	if p.Accept("A") {
		k.Ciphertext = readSized(p, sntrup761.CiphertextSize)
	} else {
		p.Literal("P")
	}
	if b := readSized(p, sntrup761.PublicKeySize); b != nil {
		k.Key, _ = sntrup761.NewPublicKey(b)
	}
	return &k
}

// readSized reads a large string of n bytes, and copies it.
func readSized(p *wire.Parser, n int) []byte {
	b := p.Large()
	if p.Err() == nil && len(b) != n {
		p.Fail(ErrSyntax)
	}
	if p.Err() != nil {
		return nil
	}
	return append([]byte(nil), b...)
}

// Params are one party's public keys for X3DH, as they are in a confirmation
// and in a ratchet key message.
type Params struct {
	Version    uint16
	Key1, Key2 smp.PublicKey // X448
	KEM        *KEMParams    // nil if there is none; never there below VersionPQ
}

// AppendParams appends the encoding of v, which says itself where it ends. It
// leaves out the KEM below VersionPQ.
func AppendParams(b []byte, v Params) []byte {
	b = wire.AppendUint16(b, v.Version)
	b = smp.AppendPublicKey(b, v.Key1)
	b = smp.AppendPublicKey(b, v.Key2)
	if v.Version < VersionPQ {
		return b
	}
	return appendKEM(b, v.KEM)
}

// ReadParams reads the parameters of a confirmation.
func ReadParams(p *wire.Parser) Params {
	v := Params{Version: p.Uint16()}
	v.Key1 = smp.ReadPublicKey(p, smp.X448)
	v.Key2 = smp.ReadPublicKey(p, smp.X448)
	if v.Version >= VersionPQ {
		v.KEM = readKEM(p)
	}
	return v
}

// ReadProposal reads the parameters of a ratchet key message, where a KEM can be
// proposed but not accepted.
func ReadProposal(p *wire.Parser) Params {
	v := ReadParams(p)
	refuseAccepted(p, v.KEM)
	return v
}

func refuseAccepted(p *wire.Parser, k *KEMParams) {
	if p.Err() == nil && k != nil && k.Ciphertext != nil {
		p.Fail(ErrKEM)
	}
}

// Hash identifies the keys. When both parties start the ratchet anew, the one
// with the smaller hash becomes the initiator.
func (v Params) Hash() [sha256.Size]byte {
	return sha256.Sum256(append(v.Key1.Bytes(), v.Key2.Bytes()...))
}

// supported returns ErrVersion for a version that is too old or too new.
func (v Params) supported() error {
	if v.Version < MinVersion || v.Version > MaxVersion {
		return ErrVersion
	}
	return nil
}

// ParamsRange are the initiator's public keys for X3DH, as they are in a link.
type ParamsRange struct {
	Min, Max   uint16
	Key1, Key2 smp.PublicKey // X448
	KEM        *KEMParams    // nil, or proposed
}

// AppendParamsRange appends the binary encoding of v, which says itself where it
// ends.
func AppendParamsRange(b []byte, v ParamsRange) []byte {
	b = wire.AppendUint16(b, v.Min)
	b = wire.AppendUint16(b, v.Max)
	b = smp.AppendPublicKey(b, v.Key1)
	b = smp.AppendPublicKey(b, v.Key2)
	return appendKEM(b, v.KEM)
}

// ReadParamsRange reads what AppendParamsRange wrote.
func ReadParamsRange(p *wire.Parser) ParamsRange {
	v := ParamsRange{Min: p.Uint16(), Max: p.Uint16()}
	if p.Err() == nil && v.Min > v.Max {
		p.Fail(ErrSyntax)
	}
	v.Key1 = smp.ReadPublicKey(p, smp.X448)
	v.Key2 = smp.ReadPublicKey(p, smp.X448)
	v.KEM = readKEM(p)
	refuseAccepted(p, v.KEM)
	return v
}

// Agree returns the parameters at the highest version that both sides support,
// or ErrVersion.
func (v ParamsRange) Agree() (Params, error) {
	version := min(v.Max, MaxVersion)
	if version < max(v.Min, MinVersion) {
		return Params{}, ErrVersion
	}
	return Params{version, v.Key1, v.Key2, v.KEM}.trim(), nil
}

// trim takes the KEM from parameters of a version without it.
func (v Params) trim() Params {
	if v.Version < VersionPQ {
		v.KEM = nil
	}
	return v
}
