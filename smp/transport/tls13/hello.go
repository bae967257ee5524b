//go:build !js

package tls13

import (
	"bytes"
	"crypto/sha256"

	"golang.org/x/crypto/cryptobyte"

	"sotto/smp"
)

const (
	version12 = 0x0303 // what hellos say for the sake of middleboxes
	version13 = 0x0304
	suite     = 0x1303 // TLS_CHACHA20_POLY1305_SHA256

	signEd25519 = 0x0807
	signEd448   = 0x0808
)

// Extensions. RFC 8446 section 4.2.
const (
	extensionGroups     = 10
	extensionSignatures = 13
	extensionALPN       = 16
	extensionVersions   = 43
	extensionCookie     = 44
	extensionKeyShare   = 51
)

// A group is a way of key agreement. RFC 8446 section 4.2.7.
type group uint16

const (
	groupX25519 group = 0x001d
	groupX448   group = 0x001e
)

// algorithm returns the kind of a group's keys, 0 if we do not know the group.
func (g group) algorithm() smp.Algorithm {
	switch g {
	case groupX25519:
		return smp.X25519
	case groupX448:
		return smp.X448
	}
	return 0
}

type continuation = cryptobyte.BuilderContinuation

// message adds the header of a handshake message.
func message(kind byte, body continuation) []byte {
	var b cryptobyte.Builder
	b.AddUint8(kind)
	b.AddUint24LengthPrefixed(body)
	return b.BytesOrPanic()
}

// clientHello returns the hello, the first or the second. RFC 8446 section 4.1.2.
func (h *handshake) clientHello() []byte {
	return message(messageClientHello, func(b *cryptobyte.Builder) {
		b.AddUint16(version12)
		b.AddBytes(h.random[:])
		b.AddUint8LengthPrefixed(raw(h.session[:]))
		b.AddUint16LengthPrefixed(numbers(suite))
		b.AddUint8LengthPrefixed(raw([]byte{0})) // no compression
		b.AddUint16LengthPrefixed(h.extensions)
	})
}

func (h *handshake) extensions(b *cryptobyte.Builder) {
	extension(b, extensionVersions, func(b *cryptobyte.Builder) { b.AddUint8LengthPrefixed(numbers(version13)) })
	extension(b, extensionGroups, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(numbers(uint16(groupX25519), uint16(groupX448)))
	})
	extension(b, extensionSignatures, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(numbers(signEd448, signEd25519))
	})
	if len(h.config.ALPN) > 0 {
		extension(b, extensionALPN, func(b *cryptobyte.Builder) { b.AddUint16LengthPrefixed(h.protocols) })
	}
	if h.cookie != nil {
		extension(b, extensionCookie, func(b *cryptobyte.Builder) { b.AddUint16LengthPrefixed(raw(h.cookie)) })
	}
	extension(b, extensionKeyShare, func(b *cryptobyte.Builder) { b.AddUint16LengthPrefixed(h.keyShares) })
}

func (h *handshake) protocols(b *cryptobyte.Builder) {
	for _, p := range h.config.ALPN {
		b.AddUint8LengthPrefixed(raw([]byte(p)))
	}
}

func (h *handshake) keyShares(b *cryptobyte.Builder) {
	for g, k := range h.shares { // one
		b.AddUint16(uint16(g))
		b.AddUint16LengthPrefixed(raw(k.Public().Bytes()))
	}
}

func extension(b *cryptobyte.Builder, id uint16, body continuation) {
	b.AddUint16(id)
	b.AddUint16LengthPrefixed(body)
}

func raw(p []byte) continuation { return func(b *cryptobyte.Builder) { b.AddBytes(p) } }

func numbers(list ...uint16) continuation {
	return func(b *cryptobyte.Builder) {
		for _, n := range list {
			b.AddUint16(n)
		}
	}
}

// A serverHello is what a ServerHello or a HelloRetryRequest says.
type serverHello struct {
	retry  bool
	group  group
	share  []byte // nil in a retry
	cookie []byte // only in a retry
}

// retryRandom marks a HelloRetryRequest. RFC 8446 section 4.1.3.
var retryRandom = sha256.Sum256([]byte("HelloRetryRequest"))

// readServerHello reads the body of the message, and refuses everything that
// was not offered. RFC 8446 section 4.1.3.
func (h *handshake) readServerHello(body []byte) (*serverHello, error) {
	s := cryptobyte.String(body)
	var version, chosen uint16
	var random []byte
	var session, extensions cryptobyte.String
	var compression uint8
	ok := s.ReadUint16(&version) && s.ReadBytes(&random, 32) && s.ReadUint8LengthPrefixed(&session) &&
		s.ReadUint16(&chosen) && s.ReadUint8(&compression) && s.ReadUint16LengthPrefixed(&extensions) && s.Empty()
	switch {
	case !ok:
		return nil, wrong(alertDecodeError, "malformed ServerHello")
	case version != version12 || chosen != suite || compression != 0 || !bytes.Equal(session, h.session[:]):
		return nil, wrong(alertIllegalParameter, "the server chose what was not offered")
	}
	hello := &serverHello{retry: bytes.Equal(random, retryRandom[:])}
	return hello, hello.readExtensions(extensions)
}

// readExtensions reads those of a ServerHello. All but TLS 1.3 is refused.
func (hello *serverHello) readExtensions(s cryptobyte.String) error {
	var version uint16
	err := eachExtension(s, func(id uint16, s cryptobyte.String) error {
		ok := false
		switch {
		case id == extensionVersions:
			ok = s.ReadUint16(&version)
		case id == extensionKeyShare:
			ok = hello.readShare(&s)
		case id == extensionCookie && hello.retry:
			var cookie cryptobyte.String
			ok = s.ReadUint16LengthPrefixed(&cookie) && !cookie.Empty()
			hello.cookie = bytes.Clone(cookie)
		default:
			return wrong(alertUnsupportedExtension, "extension %d in ServerHello", id)
		}
		if !ok || !s.Empty() {
			return wrong(alertDecodeError, "malformed extension %d", id)
		}
		return nil
	})
	if err == nil && version != version13 {
		err = wrong(alertProtocolVersion, "the server does not speak TLS 1.3")
	}
	return err
}

func (hello *serverHello) readShare(s *cryptobyte.String) bool {
	var share cryptobyte.String
	if !s.ReadUint16((*uint16)(&hello.group)) || !hello.retry && !s.ReadUint16LengthPrefixed(&share) {
		return false
	}
	hello.share = share
	return true
}

// eachExtension calls f for each extension, of which none may come twice.
func eachExtension(s cryptobyte.String, f func(id uint16, body cryptobyte.String) error) error {
	seen := map[uint16]bool{}
	for !s.Empty() {
		var id uint16
		var body cryptobyte.String
		if !s.ReadUint16(&id) || !s.ReadUint16LengthPrefixed(&body) {
			return wrong(alertDecodeError, "malformed extensions")
		}
		if seen[id] {
			return wrong(alertIllegalParameter, "extension %d twice", id)
		}
		seen[id] = true
		if err := f(id, body); err != nil {
			return err
		}
	}
	return nil
}
