//go:build !js

package tls13

import (
	"bytes"
	"crypto/hmac"

	"golang.org/x/crypto/cryptobyte"

	"sotto/smp"
)

// flight reads what the server sends encrypted, up to its Finished.
func (h *handshake) flight() error {
	_, body, err := h.next(messageEncryptedExtensions)
	if err == nil {
		err = h.readEncryptedExtensions(body)
	}
	if err != nil {
		return err
	}
	kind, body, err := h.next(messageCertificateRequest, messageCertificate)
	if err == nil && kind == messageCertificateRequest {
		if err = h.readRequest(body); err == nil {
			_, body, err = h.next(messageCertificate)
		}
	}
	if err == nil {
		err = h.readCertificate(body)
	}
	if err == nil {
		err = h.readProof()
	}
	if err == nil {
		err = h.readFinished()
	}
	return err
}

// readEncryptedExtensions takes the application protocol. RFC 8446 section
// 4.3.1, RFC 7301.
func (h *handshake) readEncryptedExtensions(body []byte) error {
	s := cryptobyte.String(body)
	var extensions cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&extensions) || !s.Empty() {
		return wrong(alertDecodeError, "malformed EncryptedExtensions")
	}
	return eachExtension(extensions, func(id uint16, s cryptobyte.String) error {
		switch {
		case id == extensionGroups:
			return nil // for the next time
		case id == extensionALPN && len(h.config.ALPN) > 0:
			return h.readProtocol(s)
		}
		return wrong(alertUnsupportedExtension, "extension %d in EncryptedExtensions", id)
	})
}

func (h *handshake) readProtocol(s cryptobyte.String) error {
	var list, name cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) || !s.Empty() || !list.ReadUint8LengthPrefixed(&name) || !list.Empty() {
		return wrong(alertDecodeError, "malformed application protocol")
	}
	for _, p := range h.config.ALPN {
		if p == string(name) {
			h.state.ALPN = p
			return nil
		}
	}
	return wrong(alertIllegalParameter, "application protocol that was not offered")
}

// readRequest notes that the server wants certificates, and which signatures it
// takes. RFC 8446 section 4.3.2.
func (h *handshake) readRequest(body []byte) error {
	s := cryptobyte.String(body)
	var context, extensions cryptobyte.String
	if !s.ReadUint8LengthPrefixed(&context) || !context.Empty() || !s.ReadUint16LengthPrefixed(&extensions) || !s.Empty() {
		return wrong(alertDecodeError, "malformed CertificateRequest")
	}
	h.asked = true
	if err := eachExtension(extensions, h.readRequested); err != nil {
		return err
	}
	if len(h.schemes) == 0 {
		return wrong(alertMissingExtension, "CertificateRequest without signature algorithms")
	}
	return nil
}

// readRequested takes one extension of a CertificateRequest; of those that it
// does not know the client need not take note.
func (h *handshake) readRequested(id uint16, s cryptobyte.String) error {
	if id != extensionSignatures {
		return nil
	}
	var list cryptobyte.String
	ok := s.ReadUint16LengthPrefixed(&list) && s.Empty()
	for ok && !list.Empty() {
		var scheme uint16
		ok = list.ReadUint16(&scheme)
		h.schemes = append(h.schemes, scheme)
	}
	if !ok {
		return wrong(alertDecodeError, "malformed signature algorithms")
	}
	return nil
}

// readCertificate takes the chain and asks whether it is the right one. RFC 8446
// section 4.4.2.
func (h *handshake) readCertificate(body []byte) error {
	s := cryptobyte.String(body)
	var context, list cryptobyte.String
	if !s.ReadUint8LengthPrefixed(&context) || !context.Empty() || !s.ReadUint24LengthPrefixed(&list) || !s.Empty() {
		return wrong(alertDecodeError, "malformed Certificate")
	}
	for !list.Empty() {
		var der, extensions cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&der) || !list.ReadUint16LengthPrefixed(&extensions) || !extensions.Empty() {
			return wrong(alertDecodeError, "malformed Certificate")
		}
		h.state.Chain = append(h.state.Chain, bytes.Clone(der))
	}
	if len(h.state.Chain) == 0 {
		return wrong(alertDecodeError, "no certificates")
	}
	var err error
	if h.leaf, err = h.config.Verify(h.state.Chain); err != nil {
		return &fault{alertBadCertificate, err}
	}
	return nil
}

// readProof checks that the server has the leaf's key. RFC 8446 section 4.4.3.
func (h *handshake) readProof() error {
	signed := signedText("server", h.transcript.Sum(nil))
	_, body, err := h.next(messageCertificateVerify)
	if err != nil {
		return err
	}
	s := cryptobyte.String(body)
	var scheme uint16
	var signature cryptobyte.String
	if !s.ReadUint16(&scheme) || !s.ReadUint16LengthPrefixed(&signature) || !s.Empty() {
		return wrong(alertDecodeError, "malformed CertificateVerify")
	}
	if want := schemeOf(h.leaf.Algorithm()); want == 0 || scheme != want {
		return wrong(alertIllegalParameter, "signature scheme %#x does not fit the certificate", scheme)
	}
	if !h.leaf.Verify(signed, signature) {
		return wrong(alertDecryptError, "the server does not have the key of its certificate")
	}
	return nil
}

// signedText is what a CertificateVerify signs.
func signedText(who string, transcript []byte) []byte {
	b := bytes.Repeat([]byte{' '}, 64)
	b = append(b, "TLS 1.3, "+who+" CertificateVerify\x00"...)
	return append(b, transcript...)
}

func schemeOf(a smp.Algorithm) uint16 {
	switch a {
	case smp.Ed25519:
		return signEd25519
	case smp.Ed448:
		return signEd448
	}
	return 0
}

// readFinished checks that both have seen the same. RFC 8446 section 4.4.4.
func (h *handshake) readFinished() error {
	want := finished(h.server, h.transcript.Sum(nil))
	_, body, err := h.next(messageFinished)
	if err != nil {
		return err
	}
	if !hmac.Equal(want, body) {
		return wrong(alertDecryptError, "the server's Finished is wrong")
	}
	return nil
}
