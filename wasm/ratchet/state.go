package ratchet

import (
	"crypto/sha256"

	"sotto/wasm/sntrup761"
)

// A State is one party's side of a double ratchet. It is a value: no method
// changes it, and the states before and after a message share what is equal.
//
// The names of pqdr.md: pair is DHRs, root RK, send CKs and HKs, receive CKr and
// HKr, nextSend and nextReceive NHKs and NHKr, sent Ns, received Nr, previous PN,
// skipped MKSKIPPED. What the specification keeps and nobody reads again is not
// here: DHRr, PQRr and the shared secret PQRss, which is better forgotten.
type State struct {
	version    uint16 // of the messages sent now
	maxVersion uint16 // announced to the peer
	ad         []byte // the associated data of every message
	pair       keyPair
	kem        *kemState
	pq         PQ

	root                  secret
	send, receive         chain
	nextSend, nextReceive secret // header keys of the next chains

	sent, received, previous uint32 // messages in the chains
	chains                   uint32 // receiving chains so far, to number them
	skipped                  skipped
}

// A chain is the chain key and header key of one direction.
type chain struct {
	open        bool
	key, header secret
}

// next advances the chain by a message.
func (c *chain) next() (m messageKey, headerIV iv) {
	c.key, m, headerIV = chainKDF(c.key)
	return m, headerIV
}

// A kemState is our KEM key, which the next header offers, and what was
// encapsulated to the peer's, nil if the KEM is only proposed.
type kemState struct {
	key        *sntrup761.PrivateKey
	ciphertext []byte
}

func (k *kemState) params() *KEMParams {
	if k == nil {
		return nil
	}
	return &KEMParams{Ciphertext: k.ciphertext, Key: k.key.Public()}
}

// PQ says how far the KEM is part of the encryption.
type PQ struct {
	// Support decides on the padded lengths. Once on, it stays on.
	Support bool
	// Enabled means that the KEM is used, or will be after the next steps.
	Enabled bool
	// Sending and Receiving mean that the keys of the present chain, for messages
	// sent and received, come from the KEM also.
	Sending, Receiving bool
}

// PQ returns what the present state does with the KEM.
func (s *State) PQ() PQ { return s.pq }

// Version returns the version of the messages sent now.
func (s *State) Version() uint16 { return s.version }

// CanSend reports whether Encrypt works: an initiator has to receive a message
// first.
func (s *State) CanSend() bool { return s.send.open }

// AssociatedData returns the first public keys of both, the joiner's first. It
// is the same on both sides unless somebody is between them.
func (s *State) AssociatedData() []byte { return append([]byte(nil), s.ad...) }

// SecurityCode returns the hash of the associated data, which people compare.
func (s *State) SecurityCode() [sha256.Size]byte { return sha256.Sum256(s.ad) }

// String hides the keys from logs.
func (s *State) String() string { return "(ratchet state)" }

// GoString hides the keys from logs.
func (s *State) GoString() string { return s.String() }
