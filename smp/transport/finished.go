//go:build !js

package transport

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"net"

	"golang.org/x/crypto/chacha20poly1305"
)

// SMP's session id is the verify_data of the client's Finished message, which
// RFC 5929 calls tls-unique, also in TLS 1.3, where crypto/tls does not tell it.
// So a flightRecorder below the TLS connection keeps the records in which the
// client's last flight is, takes the secret they are encrypted with from the
// key log, and opens them once the handshake is done.

// errFinished is returned if the session id cannot be found.
var errFinished = errors.New("transport: no session id in the TLS handshake")

// maxFlight bounds what is kept of a client's flight. Without a client's
// certificates it is under 100 bytes.
const maxFlight = 32 << 10

// A flightRecorder is the connection below TLS during a handshake.
type flightRecorder struct {
	net.Conn
	recording bool
	overflow  bool
	flight    []byte // from the client, from its first encrypted record on
	secret    []byte // client_handshake_traffic_secret
}

func (r *flightRecorder) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	if r.recording {
		r.record(b[:n])
	}
	return n, err
}

func (r *flightRecorder) record(b []byte) {
	if r.overflow {
		return
	}
	r.flight = skipPlain(append(r.flight, b...))
	if len(r.flight) > maxFlight {
		r.overflow, r.flight = true, nil
	}
}

// Record types of TLS, RFC 8446 section 5.1.
const (
	recordHandshake = 22
	recordEncrypted = 23
	recordHeader    = 5
)

// skipPlain removes whole records from the front of b until an encrypted one.
func skipPlain(b []byte) []byte {
	for {
		record, rest := cutRecord(b)
		if record == nil || record[0] == recordEncrypted {
			return b
		}
		b = rest
	}
}

// cutRecord returns the first record of b with its header, nil if it is not
// whole.
func cutRecord(b []byte) (record, rest []byte) {
	if len(b) < recordHeader {
		return nil, b
	}
	n := recordHeader + int(binary.BigEndian.Uint16(b[3:]))
	if len(b) < n {
		return nil, b
	}
	return b[:n], b[n:]
}

// A secretLog is the key log of one connection. Of all secrets it keeps one.
type secretLog struct{ r *flightRecorder }

const secretLabel = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"

func (l secretLog) Write(line []byte) (int, error) {
	fields := bytes.Fields(line)
	if l.r.recording && len(fields) == 3 && string(fields[0]) == secretLabel {
		secret := make([]byte, hex.DecodedLen(len(fields[2])))
		if _, err := hex.Decode(secret, fields[2]); err != nil {
			return 0, errFinished
		}
		l.r.secret = secret
	}
	return len(line), nil
}

// finished returns the verify_data of the client's Finished and forgets all
// that was recorded.
func (r *flightRecorder) finished(state tls.ConnectionState) ([]byte, error) {
	r.recording = false
	defer func() {
		clear(r.secret)
		r.secret, r.flight = nil, nil
	}()
	if r.secret == nil || r.overflow {
		return nil, errFinished
	}
	o, err := newRecordOpener(state.CipherSuite, r.secret)
	if err != nil {
		return nil, err
	}
	return o.findFinished(r.flight)
}

// A recordOpener opens the records of one direction, RFC 8446 section 5.2.
type recordOpener struct {
	aead cipher.AEAD
	iv   []byte
	seq  uint64
}

func newRecordOpener(suite uint16, secret []byte) (*recordOpener, error) {
	newHash, keySize := sha256.New, 16
	newAEAD := newGCM
	switch suite {
	case tls.TLS_AES_128_GCM_SHA256:
	case tls.TLS_AES_256_GCM_SHA384:
		newHash, keySize = sha512.New384, 32
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		keySize, newAEAD = 32, chacha20poly1305.New
	default:
		return nil, errFinished
	}
	key, err := expandLabel(newHash, secret, "key", keySize)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	iv, err := expandLabel(newHash, secret, "iv", 12)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &recordOpener{aead: aead, iv: iv}, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// expandLabel is HKDF-Expand-Label without context, RFC 8446 section 7.1.
func expandLabel(newHash func() hash.Hash, secret []byte, label string, size int) ([]byte, error) {
	label = "tls13 " + label
	info := binary.BigEndian.AppendUint16(nil, uint16(size))
	info = append(append(info, byte(len(label))), label...)
	return hkdf.Expand(newHash, secret, string(append(info, 0)), size)
}

// open returns the content of a record and its true type.
func (o *recordOpener) open(record []byte) (content []byte, recordType byte, err error) {
	nonce := bytes.Clone(o.iv)
	counter := nonce[len(nonce)-8:]
	binary.BigEndian.PutUint64(counter, binary.BigEndian.Uint64(counter)^o.seq)
	o.seq++
	plain, err := o.aead.Open(nil, nonce, record[recordHeader:], record[:recordHeader])
	if err != nil {
		return nil, 0, errFinished
	}
	plain = bytes.TrimRight(plain, "\x00")
	if len(plain) == 0 {
		return nil, 0, errFinished
	}
	return plain[:len(plain)-1], plain[len(plain)-1], nil
}

// messageFinished is the type of the Finished message, RFC 8446 section 4.
const messageFinished = 20

// findFinished looks through a flight for the Finished message. Messages may
// share a record or go over several.
func (o *recordOpener) findFinished(flight []byte) ([]byte, error) {
	var messages []byte
	for {
		record, rest := cutRecord(flight)
		if record == nil {
			return nil, errFinished
		}
		flight = rest
		if record[0] != recordEncrypted {
			continue
		}
		content, recordType, err := o.open(record)
		if err != nil {
			return nil, err
		}
		if recordType != recordHandshake {
			continue
		}
		messages = append(messages, content...)
		var verifyData []byte
		if verifyData, messages = cutFinished(messages); verifyData != nil {
			return verifyData, nil
		}
	}
}

// cutFinished drops whole handshake messages from the front of b until one is
// Finished, and returns its content.
func cutFinished(b []byte) (verifyData, rest []byte) {
	for len(b) >= 4 {
		n := 4 + int(binary.BigEndian.Uint32(b)&0xffffff)
		if len(b) < n {
			break
		}
		if b[0] == messageFinished {
			return bytes.Clone(b[4:n]), nil
		}
		b = b[n:]
	}
	return nil, b
}
