//go:build !js

package tls13

import (
	"errors"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

var errOwnKey = errors.New("the server takes no signatures of the client's key")

// finish sends the client's flight and takes the keys of application data.
func (h *handshake) finish() error {
	h.schedule.mix(make([]byte, hashSize))
	transcript := h.transcript.Sum(nil)
	client, server := h.schedule.traffic("c ap traffic", transcript), h.schedule.traffic("s ap traffic", transcript)
	if err := h.keys(server); err != nil {
		return err
	}
	flight, err := h.answer()
	if err != nil {
		return err
	}
	if !h.retried {
		if err := h.send(recordChange, []byte{1}); err != nil {
			return err
		}
	}
	if err := h.send(recordHandshake, flight); err != nil {
		return err
	}
	h.encrypt(client)
	return nil
}

// answer returns the client's certificates, if it was asked, and its Finished.
func (h *handshake) answer() ([]byte, error) {
	var flight []byte
	add := func(m []byte) {
		h.transcript.Write(m)
		flight = append(flight, m...)
	}
	if h.asked {
		add(h.certificate())
	}
	if h.asked && len(h.config.Chain) > 0 {
		scheme := schemeOf(h.config.Key.Algorithm())
		if !slices.Contains(h.schemes, scheme) {
			return nil, errOwnKey
		}
		signature := h.config.Key.Sign(signedText("client", h.transcript.Sum(nil)))
		add(message(messageCertificateVerify, func(b *cryptobyte.Builder) {
			b.AddUint16(scheme)
			b.AddUint16LengthPrefixed(raw(signature))
		}))
	}
	h.state.Finished = finished(h.client, h.transcript.Sum(nil))
	add(message(messageFinished, raw(h.state.Finished)))
	return flight, nil
}

// certificate is the client's chain, empty if it has none.
func (h *handshake) certificate() []byte {
	return message(messageCertificate, func(b *cryptobyte.Builder) {
		b.AddUint8(0) // the context of the request, which is empty
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, der := range h.config.Chain {
				b.AddUint24LengthPrefixed(raw(der))
				b.AddUint16(0) // no extensions
			}
		})
	})
}
