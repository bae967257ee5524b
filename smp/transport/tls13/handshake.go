//go:build !js

package tls13

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"sotto/smp"
)

// A handshake is what is known until it is over.
type handshake struct {
	*Conn
	config *Config

	random, session [32]byte // of the ClientHello
	shares          map[group]smp.PrivateKey
	cookie          []byte
	retried         bool

	transcript hash.Hash
	schedule   *schedule
	client     []byte // client_handshake_traffic_secret
	server     []byte // server_handshake_traffic_secret

	leaf    smp.PublicKey
	asked   bool     // there was a CertificateRequest
	schemes []uint16 // of signatures that it takes
}

func newHandshake(c *Conn, config *Config) *handshake {
	c.records.handshaking = true
	return &handshake{Conn: c, config: config, shares: map[group]smp.PrivateKey{}, transcript: sha256.New(), schedule: newSchedule()}
}

// run is the whole handshake.
func (h *handshake) run() error {
	defer h.wipe()
	for _, step := range []func() error{h.hello, h.agree, h.flight, h.finish} {
		if err := step(); err != nil {
			return err
		}
	}
	h.records.handshaking = false
	return nil
}

// wipe forgets what is of no use after the handshake.
func (h *handshake) wipe() {
	clear(h.client)
	clear(h.server)
	clear(h.schedule.secret)
	clear(h.shares)
}

// hello sends the first ClientHello, with a share for X25519, which nearly every
// relay takes. One that wants X448 asks for it.
func (h *handshake) hello() error {
	for _, b := range [][]byte{h.random[:], h.session[:]} {
		if _, err := io.ReadFull(h.config.rand(), b); err != nil {
			return fmt.Errorf("randomness: %w", err)
		}
	}
	if err := h.share(groupX25519); err != nil {
		return err
	}
	return h.sendHello()
}

// share makes the key for a group, and drops those for others.
func (h *handshake) share(g group) error {
	k, err := smp.GenerateKey(h.config.rand(), g.algorithm())
	if err != nil {
		return fmt.Errorf("key share: %w", err)
	}
	clear(h.shares)
	h.shares[g] = k
	return nil
}

// sendHello sends a ClientHello. A hello has no alternatives: what it says is
// the transcript's.
func (h *handshake) sendHello() error {
	m := h.clientHello()
	h.transcript.Write(m)
	return h.send(recordHandshake, m)
}

func (h *handshake) send(kind byte, b []byte) error {
	h.writing.Lock()
	defer h.writing.Unlock()
	return h.write(kind, b)
}

// next returns the body of the next handshake message, which must be of one of
// the kinds, and adds it to the transcript.
func (h *handshake) next(kinds ...byte) (kind byte, body []byte, err error) {
	m, err := h.peek(kinds...)
	if err != nil {
		return 0, nil, err
	}
	h.transcript.Write(m)
	return m[0], m[4:], nil
}

// peek is next without the transcript, with the message's header.
func (h *handshake) peek(kinds ...byte) ([]byte, error) {
	for {
		m, err := h.records.messages.take()
		if err != nil {
			return nil, err
		}
		if m != nil {
			return m, expected(m[0], kinds)
		}
		kind, b, err := h.records.next()
		switch {
		case err != nil:
			return nil, err
		case kind == recordAlert:
			return nil, early(alertError(b))
		}
		if err := h.records.messages.add(b); err != nil {
			return nil, err
		}
	}
}

func expected(kind byte, kinds []byte) error {
	for _, k := range kinds {
		if kind == k {
			return nil
		}
	}
	return wrong(alertUnexpectedMessage, "handshake message %d instead of %d", kind, kinds)
}

// early turns a proper end of the connection into an improper one.
func early(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// encrypt changes the keys to write with.
func (h *handshake) encrypt(secret []byte) {
	h.writing.Lock()
	defer h.writing.Unlock()
	h.out.start(secret)
}

// keys changes the keys to read with. No message may be half there: it would be
// under both keys.
func (h *handshake) keys(secret []byte) error {
	if !h.records.messages.empty() {
		return wrong(alertUnexpectedMessage, "handshake message across a change of keys")
	}
	h.records.in.start(secret)
	return nil
}
