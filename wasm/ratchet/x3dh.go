package ratchet

import (
	"fmt"

	"sotto/smp"
)

// Accept makes the initiator's state of the joiner's answer. It can send once it
// has received the joiner's first message. pqSupport says whether the connection
// supports PQ: both parties want it, and agent and ratchet versions have it.
func (o *Offer) Accept(answer Params, pqSupport bool) (*State, error) {
	if err := answer.supported(); err != nil {
		return nil, err
	}
	answer = answer.trim()
	kem, kemShared, err := o.accepted(answer.KEM)
	if err != nil {
		return nil, err
	}
	a, err := agreement{
		joiner: answer.Key1, initiator: o.key1.public,
		dh1: dh{&o.key1, answer.Key2}, dh2: dh{&o.key2, answer.Key1}, dh3: dh{&o.key2, answer.Key2},
	}.run(kemShared)
	if err != nil {
		return nil, err
	}
	return &State{
		version: answer.Version, maxVersion: MaxVersion,
		ad: a.ad, pair: o.key2, kem: kem,
		pq:          PQ{Support: pqSupport, Enabled: pqSupport},
		root:        a.root,
		nextSend:    a.receiveNextHeader,
		nextReceive: a.sendHeader,
	}, nil
}

// accepted opens what the joiner encapsulated. The initiator keeps its KEM key
// only if the joiner accepted it.
func (o *Offer) accepted(k *KEMParams) (kem *kemState, shared []byte, err error) {
	if k == nil || k.Ciphertext == nil {
		return nil, nil, nil
	}
	if o.kem == nil {
		return nil, nil, ErrKEM
	}
	shared, err = o.kem.Decapsulate(k.Ciphertext)
	if err != nil {
		return nil, nil, fmt.Errorf("ratchet: accept: %w", err)
	}
	return &kemState{o.kem, k.Ciphertext}, shared, nil
}

// Join answers an initiator's parameters. It returns the joiner's state, and the
// parameters to send with the first message: both are to be stored first, and
// the same parameters sent however often. With pq set, the KEM is accepted if the
// initiator proposes it, and else proposed; below VersionPQ it is left out.
func Join(k Keys, initiator Params, pq bool) (*State, Params, error) {
	if err := initiator.supported(); err != nil {
		return nil, Params{}, err
	}
	initiator = initiator.trim()
	o, err := NewOffer(k, pq && initiator.Version >= VersionPQ)
	if err != nil {
		return nil, Params{}, err
	}
	answer := o.Params(initiator.Version)
	var kemShared []byte
	if o.kem != nil && initiator.KEM != nil {
		kemShared, answer.KEM.Ciphertext, err = initiator.KEM.Key.Encapsulate(k.rand())
		if err != nil {
			return nil, Params{}, fmt.Errorf("ratchet: join: %w", err)
		}
	}
	s, err := o.start(k, initiator, answer.KEM, kemShared)
	return s, answer, err
}

// Start makes the state of the party that sends first when both start the
// ratchet anew: the one with the greater hash. The other one uses Accept.
func (o *Offer) Start(k Keys, peer Params) (*State, error) {
	if err := peer.supported(); err != nil {
		return nil, err
	}
	return o.start(k, peer.trim(), o.Params(peer.Version).KEM, nil)
}

// start makes a sending state. kem is what was sent to the peer.
func (o *Offer) start(k Keys, peer Params, kem *KEMParams, kemShared []byte) (*State, error) {
	if peer.KEM != nil && peer.KEM.Ciphertext != nil {
		return nil, ErrKEM
	}
	pair, err := k.x448()
	if err != nil {
		return nil, err
	}
	a, err := agreement{
		joiner: o.key1.public, initiator: peer.Key1,
		dh1: dh{&o.key2, peer.Key1}, dh2: dh{&o.key1, peer.Key2}, dh3: dh{&o.key2, peer.Key2},
	}.run(kemShared)
	if err != nil {
		return nil, err
	}
	shared, err := pair.agree(peer.Key2)
	if err != nil {
		return nil, err
	}
	s := &State{
		version: peer.Version, maxVersion: MaxVersion,
		ad: a.ad, pair: pair,
		pq:          PQ{Support: kem != nil, Enabled: kem != nil, Sending: kemShared != nil},
		send:        chain{header: a.sendHeader, open: true},
		nextReceive: a.receiveNextHeader,
	}
	if kem != nil {
		s.kem = &kemState{o.kem, kem.Ciphertext}
	}
	s.root, s.send.key, s.nextSend = rootKDF(a.root, shared, kemShared)
	return s, nil
}

// A dh is one of the three key agreements of X3DH.
type dh struct {
	own  *keyPair
	peer smp.PublicKey
}

// An agreement is X3DH: from three shared secrets, and the KEM's if there is
// one, to the first keys of the ratchet.
type agreement struct {
	joiner, initiator smp.PublicKey // the first keys of both
	dh1, dh2, dh3     dh
}

// agreed is the result of X3DH. The names are those of the joiner, who sends
// first.
type agreed struct {
	ad                                  []byte
	sendHeader, receiveNextHeader, root secret
}

func (a agreement) run(kemShared []byte) (agreed, error) {
	var material []byte
	defer func() { clear(material) }()
	for _, d := range []dh{a.dh1, a.dh2, a.dh3} {
		shared, err := d.own.agree(d.peer)
		if err != nil {
			return agreed{}, err
		}
		material = append(material, shared...)
	}
	material = append(material, kemShared...)
	r := agreed{ad: append(a.joiner.Bytes(), a.initiator.Bytes()...)}
	r.sendHeader, r.receiveNextHeader, r.root = agreementKDF(material)
	return r, nil
}
