//go:build !js

package tls13

import (
	"crypto/sha256"

	"sotto/smp"
)

// agree reads ServerHello, after a HelloRetryRequest if there is one, and
// begins to encrypt.
func (h *handshake) agree() error {
	hello, err := h.serverHello()
	if err == nil && hello.retry {
		hello, err = h.retry(hello)
	}
	if err != nil {
		return err
	}
	secret, err := h.secret(hello)
	if err != nil {
		return err
	}
	h.schedule.mix(secret)
	clear(secret)
	transcript := h.transcript.Sum(nil)
	h.client = h.schedule.traffic("c hs traffic", transcript)
	h.server = h.schedule.traffic("s hs traffic", transcript)
	h.encrypt(h.client) // also alerts
	return h.keys(h.server)
}

// serverHello reads the message. A HelloRetryRequest replaces the ClientHello in
// the transcript by its hash. RFC 8446 section 4.4.1.
func (h *handshake) serverHello() (*serverHello, error) {
	m, err := h.peek(messageServerHello)
	if err != nil {
		return nil, err
	}
	hello, err := h.readServerHello(m[4:])
	if err != nil {
		return nil, err
	}
	if hello.retry {
		first := h.transcript.Sum(nil)
		h.transcript.Reset()
		h.transcript.Write([]byte{messageHash, 0, 0, sha256.Size})
		h.transcript.Write(first)
	}
	h.transcript.Write(m)
	return hello, nil
}

// retry answers a HelloRetryRequest, once, if it asks for something else than
// we have sent. RFC 8446 section 4.1.4.
func (h *handshake) retry(asked *serverHello) (*serverHello, error) {
	if asked.group == 0 && asked.cookie == nil {
		return nil, wrong(alertIllegalParameter, "HelloRetryRequest asks for nothing")
	}
	if asked.group != 0 {
		if _, sent := h.shares[asked.group]; sent || asked.group.algorithm() == 0 {
			return nil, wrong(alertIllegalParameter, "HelloRetryRequest for group %d", asked.group)
		}
		if err := h.share(asked.group); err != nil {
			return nil, err
		}
	}
	h.cookie = asked.cookie
	if err := h.send(recordChange, []byte{1}); err != nil {
		return nil, err
	}
	h.retried = true
	if err := h.sendHello(); err != nil {
		return nil, err
	}
	hello, err := h.serverHello()
	switch {
	case err != nil:
		return nil, err
	case hello.retry:
		return nil, wrong(alertUnexpectedMessage, "second HelloRetryRequest")
	}
	return hello, nil
}

// secret is the result of the key agreement. RFC 8446 section 7.4.2.
func (h *handshake) secret(hello *serverHello) ([]byte, error) {
	ours, ok := h.shares[hello.group]
	if !ok {
		return nil, wrong(alertIllegalParameter, "key share for group %d", hello.group)
	}
	theirs, err := smp.NewPublicKey(hello.group.algorithm(), hello.share)
	if err != nil {
		return nil, wrong(alertIllegalParameter, "key share of %d bytes", len(hello.share))
	}
	secret, err := ours.DH(theirs)
	if err != nil {
		return nil, wrong(alertIllegalParameter, "key share of low order")
	}
	return secret, nil
}
