//go:build !js

package tls13

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"io"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// Record types. RFC 8446 section 5.1.
const (
	recordChange    = 20 // change_cipher_spec: means nothing, for old middleboxes
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
)

const (
	recordHeader = 5
	maxPlain     = 1 << 14
	maxSealed    = maxPlain + 256
	// maxIdle is how many records in a row may bring nothing.
	maxIdle = 32
)

// A half is one direction of a connection. The zero value does not encrypt.
type half struct {
	aead   cipher.AEAD
	iv     [chacha20poly1305.NonceSize]byte
	number uint64
	secret []byte // of the traffic
}

// start begins with the keys of a traffic secret. RFC 8446 section 7.3.
func (h *half) start(secret []byte) {
	aead, err := chacha20poly1305.New(expandLabel(secret, "key", nil, chacha20poly1305.KeySize))
	if err != nil {
		panic(err) // the length of the key is right
	}
	h.aead, h.secret, h.number = aead, secret, 0
	copy(h.iv[:], expandLabel(secret, "iv", nil, len(h.iv)))
}

// advance takes the keys of the next generation. RFC 8446 section 7.2.
func (h *half) advance() {
	old := h.secret
	h.start(expandLabel(old, "traffic upd", nil, hashSize))
	clear(old)
}

// nonce returns the next nonce. RFC 8446 section 5.3.
func (h *half) nonce() []byte {
	nonce := h.iv
	tail := nonce[len(nonce)-8:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^h.number)
	h.number++
	return nonce[:]
}

// seal appends the records that carry b. RFC 8446 section 5.2.
func (h *half) seal(to []byte, kind byte, b []byte) []byte {
	for first := true; first || len(b) > 0; first = false {
		n := min(len(b), maxPlain)
		to = h.sealOne(to, kind, b[:n])
		b = b[n:]
	}
	return to
}

func (h *half) sealOne(to []byte, kind byte, b []byte) []byte {
	if h.aead == nil {
		return append(appendHeader(to, kind, len(b)), b...)
	}
	at := len(to)
	to = appendHeader(to, recordData, len(b)+1+h.aead.Overhead())
	header := bytes.Clone(to[at:])
	body := len(to)
	to = append(append(to, b...), kind)
	return h.aead.Seal(to[:body], h.nonce(), to[body:], header)
}

func appendHeader(to []byte, kind byte, n int) []byte {
	return binary.BigEndian.AppendUint16(append(to, kind, 3, 3), uint16(n))
}

// open returns type and content of a record.
func (h *half) open(header, body []byte) (kind byte, content []byte, err error) {
	if h.aead == nil {
		if len(body) > maxPlain {
			return 0, nil, wrong(alertRecordOverflow, "record of %d bytes", len(body))
		}
		return header[0], body, nil
	}
	if header[0] != recordData {
		return 0, nil, wrong(alertUnexpectedMessage, "record of type %d in the clear", header[0])
	}
	inner, err := h.aead.Open(body[:0], h.nonce(), body, header)
	if err != nil {
		return 0, nil, wrong(alertBadRecordMAC, "record does not decrypt")
	}
	inner = bytes.TrimRight(inner, "\x00")
	switch n := len(inner) - 1; {
	case n < 0:
		return 0, nil, wrong(alertUnexpectedMessage, "record without a type")
	case n > maxPlain:
		return 0, nil, wrong(alertRecordOverflow, "record of %d bytes", n)
	default:
		return inner[n], inner[:n], nil
	}
}

// A reader takes records from a connection. It keeps what has come of a record,
// so that a deadline can pass in the middle of it.
type reader struct {
	from io.Reader
	in   half
	// handshaking allows change_cipher_spec records.
	handshaking bool
	messages    messages

	header [recordHeader]byte
	body   *body // of the record that is read or used, nil between records
	have   int   // bytes of the next record, header and body
	idle   int   // records in a row that brought nothing
}

// A body has room for that of any record.
type body [maxSealed]byte

// bodies are not in use. A connection on which nothing comes holds none.
var bodies = sync.Pool{New: func() any { return new(body) }}

// release gives the last body back.
func (r *reader) release() {
	if r.body != nil {
		clear(r.body[:])
		bodies.Put(r.body)
		r.body = nil
	}
}

// next returns the next record. What it returns is valid until the next call.
func (r *reader) next() (kind byte, content []byte, err error) {
	for {
		header, body, err := r.raw()
		if err != nil {
			return 0, nil, err
		}
		if header[0] == recordChange && r.handshaking && len(body) == 1 && body[0] == 1 {
			if err := r.count(true); err != nil {
				return 0, nil, err
			}
			continue
		}
		kind, content, err = r.in.open(header, body)
		if err == nil {
			err = r.check(kind, content)
		}
		return kind, content, err
	}
}

// check allows what may come now, and bounds what brings nothing.
func (r *reader) check(kind byte, content []byte) error {
	switch {
	case kind == recordHandshake && len(content) == 0:
		return wrong(alertUnexpectedMessage, "empty handshake record")
	case kind == recordHandshake, kind == recordAlert:
	case kind == recordData && !r.handshaking:
	default:
		return wrong(alertUnexpectedMessage, "record of type %d", kind)
	}
	if kind != recordHandshake && !r.messages.empty() {
		return wrong(alertUnexpectedMessage, "record inside a handshake message")
	}
	return r.count(kind != recordData && !r.handshaking || kind == recordData && len(content) == 0)
}

func (r *reader) count(idle bool) error {
	if !idle {
		r.idle = 0
		return nil
	}
	if r.idle++; r.idle > maxIdle {
		return wrong(alertUnexpectedMessage, "too many records without data")
	}
	return nil
}

// raw reads a whole record.
func (r *reader) raw() (header, content []byte, err error) {
	if r.have == 0 {
		r.release()
	}
	if err := r.fill(r.header[:], 0); err != nil {
		return nil, nil, err
	}
	n := int(binary.BigEndian.Uint16(r.header[3:]))
	if n > maxSealed {
		return nil, nil, wrong(alertRecordOverflow, "record of %d bytes", n)
	}
	if r.body == nil {
		r.body = bodies.Get().(*body)
	}
	if err := r.fill(r.body[:n], recordHeader); err != nil {
		return nil, nil, err
	}
	r.have = 0
	return r.header[:], r.body[:n], nil
}

// fill reads b, the part of the record that begins after so many bytes, as far
// as it is not there yet. It never reads on into the next record.
func (r *reader) fill(b []byte, after int) error {
	for r.have < after+len(b) {
		m, err := r.from.Read(b[r.have-after:])
		r.have += m
		switch {
		case err == io.EOF && r.have < after+len(b):
			return io.ErrUnexpectedEOF
		case err != nil && err != io.EOF:
			return err
		}
	}
	return nil
}
