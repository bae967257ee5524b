package ratchet

import (
	"sotto/smp"
	"sotto/smp/wire"
)

// Padded lengths of a header.
const (
	headerLength   = 88
	headerLengthPQ = 2310
)

func paddedHeaderLength(version uint16, pqSupport bool) int {
	if pqSupport && version >= VersionPQ {
		return headerLengthPQ
	}
	return headerLength
}

// A header is what a message says about itself to the ratchet (pqdr.md:
// "Plaintext message header").
type header struct {
	maxVersion uint16
	key        smp.PublicKey
	kem        *KEMParams
	previous   uint32 // messages in the sender's chain before this one
	number     uint32 // of the message in its chain, from 0
}

// append writes the header in the layout of a message of the version.
func (h *header) append(b []byte, version uint16) []byte {
	b = wire.AppendUint16(b, h.maxVersion)
	b = smp.AppendPublicKey(b, h.key)
	if version >= VersionPQ {
		b = appendKEM(b, h.kem)
	}
	b = wire.AppendUint32(b, h.previous)
	return wire.AppendUint32(b, h.number)
}

// parseHeader reads what append wrote. Later versions may add something behind
// it.
func parseHeader(b []byte, version uint16) (header, error) {
	p := wire.NewParser(b)
	h := header{maxVersion: p.Uint16(), key: smp.ReadPublicKey(p, smp.X448)}
	if version >= VersionPQ {
		h.kem = readKEM(p)
	}
	h.previous, h.number = p.Uint32(), p.Uint32()
	if p.Err() != nil {
		return header{}, ErrSyntax
	}
	return h, nil
}

// A sealedHeader is an encrypted header (pqdr.md: "Encrypted message header").
type sealedHeader struct {
	version uint16
	iv      iv
	tag     []byte
	body    []byte
}

// sealHeader appends the encrypted header to b.
func sealHeader(b []byte, key secret, nonce iv, ad []byte, h *header, version uint16, length int) ([]byte, error) {
	b = wire.AppendUint16(b, version)
	b = append(b, nonce[:]...)
	sealed, err := seal(nil, messageKey{key, nonce}, ad, h.append(nil, version), length)
	if err != nil {
		return nil, err
	}
	b = append(b, sealed[:tagSize]...)
	return appendPrefixed(b, sealed[tagSize:], version), nil
}

func parseSealedHeader(b []byte) (sealedHeader, error) {
	p := wire.NewParser(b)
	h := sealedHeader{version: p.Uint16()}
	copy(h.iv[:], p.Take(ivSize))
	h.tag = p.Take(tagSize)
	h.body = readPrefixed(p)
	if p.Done() != nil {
		return sealedHeader{}, ErrSyntax
	}
	return h, nil
}

// open decrypts the header; ok says whether the key is the right one.
func (h *sealedHeader) open(key secret, ad []byte) (inner header, ok bool, err error) {
	b, ok := open(messageKey{key, h.iv}, ad, h.tag, h.body)
	if !ok {
		return header{}, false, nil
	}
	inner, err = parseHeader(b, h.version)
	return inner, true, err
}

// An envelope is a message as it is sent (pqdr.md: "Encrypted ratchet message").
type envelope struct {
	header []byte // a sealedHeader
	tag    []byte
	body   []byte
}

func parseEnvelope(b []byte) (envelope, error) {
	p := wire.NewParser(b)
	e := envelope{header: readPrefixed(p), tag: p.Take(tagSize), body: p.Rest()}
	if p.Done() != nil {
		return envelope{}, ErrSyntax
	}
	return e, nil
}

// appendPrefixed appends s after its length, in two bytes from VersionPQ on, in
// one below (pqdr.md: versionedLength).
func appendPrefixed(b, s []byte, version uint16) []byte {
	if version >= VersionPQ {
		return wire.AppendLarge(b, s)
	}
	return wire.AppendShort(b, s)
}

// readPrefixed reads either length: what has one is never shorter than 32 bytes
// nor as long as 8,192, so that the first byte tells.
func readPrefixed(p *wire.Parser) []byte {
	if first := p.Peek(1); len(first) == 1 && first[0] < 32 {
		return p.Large()
	}
	return p.Short()
}
