package ratchet

import (
	"fmt"

	"github.com/cloudflare/circl/dh/x448"

	"sotto/smp/wire"
	"sotto/wasm/sntrup761"
)

// stateFormat is the version of the stored form of a State.
const stateFormat = 1

// adSize is the length of the associated data: two public keys.
const adSize = 2 * x448.Size

// stateSize is about how long the stored form of a State is: 600 bytes, with the KEM
// up to 2,800 more.
func (s *State) stateSize() int {
	if s.kem == nil {
		return 700
	}
	return 700 + sntrup761.PrivateKeySize + sntrup761.CiphertextSize
}

// MarshalBinary returns the form in which a State is stored, without its skipped
// keys.
func (s *State) MarshalBinary() ([]byte, error) {
	b := append(make([]byte, 0, s.stateSize()), stateFormat)
	b = wire.AppendUint16(b, s.version)
	b = wire.AppendUint16(b, s.maxVersion)
	b = append(b, s.ad...)
	b = s.pair.append(b)
	b = appendPQ(b, s.pq)
	b = appendKEMState(b, s.kem)
	b = append(b, s.root[:]...)
	b = appendChain(b, s.send)
	b = appendChain(b, s.receive)
	b = append(b, s.nextSend[:]...)
	b = append(b, s.nextReceive[:]...)
	for _, n := range []uint32{s.sent, s.received, s.previous, s.chains} {
		b = wire.AppendUint32(b, n)
	}
	return b, nil
}

// ParseState reads what MarshalBinary wrote, and puts the stored skipped keys
// back, which may be in any order.
func ParseState(b []byte, keys []SkippedKey) (*State, error) {
	p := wire.NewParser(b)
	p.Literal(string([]byte{stateFormat}))
	s := State{version: p.Uint16(), maxVersion: p.Uint16()}
	s.ad = append(s.ad, p.Take(adSize)...)
	s.pair = readKeyPair(p)
	s.pq = readPQ(p)
	s.kem = readKEMState(p)
	readSecret(p, &s.root)
	s.send = readChain(p)
	s.receive = readChain(p)
	readSecret(p, &s.nextSend)
	readSecret(p, &s.nextReceive)
	for _, n := range []*uint32{&s.sent, &s.received, &s.previous, &s.chains} {
		*n = p.Uint32()
	}
	err := p.Done()
	if err == nil {
		s.skipped, err = loadSkipped(keys)
	}
	if err != nil {
		return nil, fmt.Errorf("ratchet: parse state: %w", err)
	}
	return &s, nil
}

func readSecret(p *wire.Parser, k *secret) { copy(k[:], p.Take(len(k))) }

func appendPQ(b []byte, q PQ) []byte {
	for _, on := range []bool{q.Support, q.Enabled, q.Sending, q.Receiving} {
		b = wire.AppendBool(b, on)
	}
	return b
}

func readPQ(p *wire.Parser) PQ {
	return PQ{Support: p.Bool(), Enabled: p.Bool(), Sending: p.Bool(), Receiving: p.Bool()}
}

func appendChain(b []byte, c chain) []byte {
	b = wire.AppendMaybe(b, c.open)
	if !c.open {
		return b
	}
	return append(append(b, c.key[:]...), c.header[:]...)
}

func readChain(p *wire.Parser) chain {
	var c chain
	if c.open = p.Maybe(); c.open {
		readSecret(p, &c.key)
		readSecret(p, &c.header)
	}
	return c
}

func appendKEMState(b []byte, k *kemState) []byte {
	if k == nil {
		return appendPrivateKEM(b, nil)
	}
	b = appendPrivateKEM(b, k.key)
	b = wire.AppendMaybe(b, k.ciphertext != nil)
	return append(b, k.ciphertext...)
}

func readKEMState(p *wire.Parser) *kemState {
	k := &kemState{key: readPrivateKEM(p)}
	if k.key == nil {
		return nil
	}
	if p.Maybe() {
		k.ciphertext = append(k.ciphertext, p.Take(sntrup761.CiphertextSize)...)
	}
	return k
}
