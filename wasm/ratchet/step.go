package ratchet

import "fmt"

// step is DHRatchetPQ2HE: a header with new keys came. It changes s in place,
// which is a copy for the next state. sent is how many messages the sending chain
// had.
func (s *State) step(k Keys, h *header, sent uint32) error {
	kem, err := s.stepKEM(k, h.kem)
	if err != nil {
		return err
	}
	received, err := s.pair.agree(h.key)
	if err != nil {
		return err
	}
	if s.pair, err = k.x448(); err != nil {
		return err
	}
	sending, err := s.pair.agree(h.key)
	if err != nil {
		return err
	}
	s.receive = chain{open: true, header: s.nextReceive}
	s.root, s.receive.key, s.nextReceive = rootKDF(s.root, received, kem.received)
	s.send = chain{open: true, header: s.nextSend}
	s.root, s.send.key, s.nextSend = rootKDF(s.root, sending, kem.sending)
	s.previous, s.sent, s.received = sent, 0, 0
	s.chains++
	s.kem = kem.next
	s.pq = PQ{
		Support:   s.pq.Support,
		Enabled:   kem.received != nil || kem.sending != nil || kem.next != nil,
		Sending:   kem.sending != nil,
		Receiving: kem.received != nil,
	}.supported(s.version)
	return nil
}

// A kemStep is the KEM's part in a step: the secrets for the receiving and the
// sending chain, nil without KEM, and what the next messages will offer.
type kemStep struct {
	received, sending []byte
	next              *kemState
}

// stepKEM answers the KEM parameters of a header (pqdr.md: "KEM state machine").
func (s *State) stepKEM(k Keys, peer *KEMParams) (kemStep, error) {
	use := s.pq.Enabled && s.version >= VersionPQ
	var step kemStep
	var err error
	if peer == nil {
		// The peer does not use the KEM. If the user turned it on since the last
		// step, it is proposed; a proposal that was passed over is not repeated.
		if use && s.kem == nil {
			step.next, err = newKEM(k)
		}
		return step, err
	}
	if step.received, err = s.decapsulate(peer.Ciphertext); err != nil || !use {
		return step, err
	}
	var ciphertext []byte
	if step.sending, ciphertext, err = peer.Key.Encapsulate(k.rand()); err != nil {
		return step, fmt.Errorf("ratchet: step: %w", err)
	}
	if step.next, err = newKEM(k); err != nil {
		return step, err
	}
	step.next.ciphertext = ciphertext
	return step, nil
}

// decapsulate returns the secret that the peer encapsulated to our key, nil if
// it only proposed the KEM.
func (s *State) decapsulate(ciphertext []byte) ([]byte, error) {
	if ciphertext == nil {
		return nil, nil
	}
	if s.kem == nil {
		return nil, ErrKEM
	}
	shared, err := s.kem.key.Decapsulate(ciphertext)
	if err != nil {
		return nil, fmt.Errorf("ratchet: step: %w", err)
	}
	return shared, nil
}

func newKEM(k Keys) (*kemState, error) {
	key, err := k.kem()
	if err != nil {
		return nil, fmt.Errorf("ratchet: step: %w", err)
	}
	return &kemState{key: key}, nil
}
