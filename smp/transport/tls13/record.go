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
	next   [chacha20poly1305.NonceSize]byte // here, because what an AEAD is given would be allocated
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
	h.next = h.iv
	tail := h.next[len(h.next)-8:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^h.number)
	h.number++
	return h.next[:]
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
	if h.aead == nil || kind == recordChange { // which is never encrypted
		return append(appendHeader(to, kind, len(b)), b...)
	}
	at := len(to)
	to = appendHeader(to, recordData, len(b)+1+h.aead.Overhead())
	body := len(to)
	to = append(append(to, b...), kind)
	return h.aead.Seal(to[:body], h.nonce(), to[body:], to[at:body])
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
	if len(inner) > maxPlain+1 { // also with padding
		return 0, nil, wrong(alertRecordOverflow, "record of %d bytes", len(inner)-1)
	}
	inner = bytes.TrimRight(inner, "\x00")
	n := len(inner) - 1
	if n < 0 {
		return 0, nil, wrong(alertUnexpectedMessage, "record without a type")
	}
	return inner[n], inner[:n], nil
}

// A reader takes records from a connection, and reads ahead as far as there is
// room: under load one system call brings several records. It keeps what has
// come of a record, so that a deadline can pass in the middle of it.
type reader struct {
	from io.Reader
	in   half
	// handshaking allows change_cipher_spec records.
	handshaking bool
	messages    messages
	idle        int // records in a row that brought nothing

	first      [recordHeader]byte // waits for the next record while there is no buffer
	ahead      *ahead             // what has come, nil if there is nothing
	begin, end int                // of what is not yet used
	more       bool               // the last read found as much as it could take
}

// An ahead has room for two records of any size.
type ahead [2 * (recordHeader + maxSealed)]byte

// aheads are not in use. A connection on which nothing comes holds none.
var aheads = sync.Pool{New: func() any { return new(ahead) }}

// release gives the buffer back.
func (r *reader) release() {
	if r.ahead != nil {
		aheads.Put(r.ahead)
		r.ahead = nil
	}
	r.begin, r.end = 0, 0
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

// raw returns a whole record. It stays where it is until the next call.
func (r *reader) raw() (header, body []byte, err error) {
	if r.begin == r.end {
		r.rewind()
	}
	if err := r.need(recordHeader); err != nil {
		return nil, nil, err
	}
	n := r.length()
	if n > recordHeader+maxSealed {
		return nil, nil, wrong(alertRecordOverflow, "record of %d bytes", n-recordHeader)
	}
	if err := r.need(n); err != nil {
		return nil, nil, err
	}
	record := r.ahead[r.begin : r.begin+n]
	r.begin += n
	return record[:recordHeader], record[recordHeader:], nil
}

// length is that of the record whose header is there.
func (r *reader) length() int {
	return recordHeader + int(binary.BigEndian.Uint16(r.ahead[r.begin+3:]))
}

// ready tells whether a whole record is there.
func (r *reader) ready() bool {
	return r.end-r.begin >= recordHeader && r.end-r.begin >= r.length()
}

// rewind begins the buffer anew when all of it is used. It is kept only if more
// is sure to be there.
func (r *reader) rewind() {
	if r.more {
		r.begin, r.end = 0, 0
		return
	}
	r.release()
}

// need reads on until n bytes of the next record are there.
func (r *reader) need(n int) error {
	if r.begin+n > len(r.ahead) {
		r.begin, r.end = 0, copy(r.ahead[:], r.ahead[r.begin:r.end])
	}
	for r.end-r.begin < n {
		switch err := r.read(); {
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
	return nil
}

// read takes what there is. It waits for the first bytes without a buffer.
func (r *reader) read() error {
	to := r.first[:]
	if r.ahead != nil {
		to = r.ahead[r.end:]
	}
	n, err := r.from.Read(to)
	if n == 0 {
		return err
	}
	if r.ahead == nil {
		r.ahead = aheads.Get().(*ahead)
		copy(r.ahead[:], to[:n])
	}
	r.end += n
	r.more = n == len(to)
	return nil // what is wrong is so the next time, too
}
