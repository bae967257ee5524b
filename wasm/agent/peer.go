package agent

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"sotto/smp"
)

// A peerError is a fault of what was received. It concerns one message; every
// other error in a turn stops the agent.
type peerError struct{ err error }

func (e *peerError) Error() string { return e.err.Error() }
func (e *peerError) Unwrap() error { return e.err }

func bad(err error) error { return &peerError{err} }

// Errors of received messages.
var (
	errUnexpected = errors.New("agent: message does not fit the state of the connection")
	errMessage    = errors.New("agent: message cannot be read")
)

func unreadable(err error) error { return bad(fmt.Errorf("%w: %w", errMessage, err)) }

// connIDSize is the length of a ConnID, and of the other names of records.
const connIDSize = 16

// newConnID makes a random id.
func (a *Agent) newConnID() (ConnID, error) {
	s, err := a.randomName()
	return ConnID(s), err
}

// randomName returns connIDSize random characters for the key of a record.
func (a *Agent) randomName() (string, error) {
	var b [connIDSize * 3 / 4]byte
	if _, err := io.ReadFull(a.rand, b[:]); err != nil {
		return "", fmt.Errorf("agent: random: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// newNonce makes a random nonce.
func (a *Agent) newNonce() (n smp.Nonce, err error) {
	_, err = io.ReadFull(a.rand, n[:])
	return n, err
}

// newSendQueue makes our side of a queue of the peer: the keys are made once
// and for all, so that the relay hears the same key however often it is asked.
func (a *Agent) newSendQueue(q smp.QueueInfo) (*sendQueue, error) {
	auth, err := newSignKey(a.rand)
	if err != nil {
		return nil, err
	}
	key, err := smp.GenerateKey(a.rand, smp.X25519)
	if err != nil {
		return nil, err
	}
	secret, err := key.DH(q.DHKey)
	if err != nil {
		return nil, bad(err)
	}
	return &sendQueue{relay: q.Relay, id: q.SenderID, auth: auth, key: key.Public(), secret: secret, version: q.Version, mode: q.Mode}, nil
}

func hash(b []byte) []byte {
	h := sha256.Sum256(b)
	return h[:]
}
