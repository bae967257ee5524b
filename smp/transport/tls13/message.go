//go:build !js

package tls13

import "bytes"

// Handshake messages. RFC 8446 section 4.
const (
	messageClientHello         = 1
	messageServerHello         = 2
	messageTicket              = 4
	messageEncryptedExtensions = 8
	messageCertificate         = 11
	messageCertificateRequest  = 13
	messageCertificateVerify   = 15
	messageFinished            = 20
	messageKeyUpdate           = 24
	messageHash                = 254
)

// maxMessage bounds a handshake message. Four certificates take about 3,000 bytes.
const maxMessage = 64 << 10

// messages puts handshake messages together, which may be spread over records,
// and of which several may be in one.
type messages struct{ b []byte }

func (m *messages) empty() bool { return len(m.b) == 0 }

func (m *messages) add(b []byte) error {
	if len(m.b)+len(b) > maxMessage {
		return wrong(alertDecodeError, "handshake message is too long")
	}
	m.b = append(m.b, b...)
	return nil
}

// take returns the next whole message with its header, nil if it is not there yet.
func (m *messages) take() ([]byte, error) {
	if len(m.b) < 4 {
		return nil, nil
	}
	n := 4 + int(m.b[1])<<16 + int(m.b[2])<<8 + int(m.b[3])
	if n > maxMessage {
		return nil, wrong(alertDecodeError, "handshake message of %d bytes", n)
	}
	if len(m.b) < n {
		return nil, nil
	}
	message := bytes.Clone(m.b[:n])
	m.b = m.b[n:]
	if len(m.b) == 0 {
		m.b = nil
	}
	return message, nil
}
