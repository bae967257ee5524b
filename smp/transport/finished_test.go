//go:build !js

package transport

import (
	"bytes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 8448 section 3, "Simple 1-RTT Handshake": the client's Finished.
func TestFinishedRFC8448(t *testing.T) {
	r := &flightRecorder{
		recording: true,
		secret:    unhex(t, "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21"),
		flight: unhex(t, `17 03 03 00 35 75 ec 4d c2 38 cc e6 0b 29 80 44 a7 1e 21 9c 56 cc 77 b0 51 7f
			e9 b9 3c 7a 4b fc 44 d8 7f 38 f8 03 38 ac 98 fc 46 de b3 84 bd 1c ae ac ab 68 67 d7 26 c4 05 46`),
	}
	secret := r.secret
	got, err := r.finished(tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256})
	if err != nil {
		t.Fatal(err)
	}
	wantBytes(t, "verify_data", got, unhex(t, "a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61"))
	wantBytes(t, "secret after use", secret, make([]byte, 32))
}

// A suite of TLS 1.3, to make flights with that crypto/tls cannot be told to.
type suite struct {
	name    string
	id      uint16
	newHash func() hash.Hash
	keySize int
	newAEAD func([]byte) (cipher.AEAD, error)
}

var suites = []suite{
	{"AES-128", tls.TLS_AES_128_GCM_SHA256, sha256.New, 16, newGCM},
	{"AES-256", tls.TLS_AES_256_GCM_SHA384, sha512.New384, 32, newGCM},
	{"ChaCha20", tls.TLS_CHACHA20_POLY1305_SHA256, sha256.New, 32, chacha20poly1305.New},
}

// seal makes the records that carry contents, each with its type at the end.
func (s suite) seal(t testing.TB, secret []byte, contents ...[]byte) []byte {
	key, _ := expandLabel(s.newHash, secret, "key", s.keySize)
	iv, _ := expandLabel(s.newHash, secret, "iv", 12)
	aead, err := s.newAEAD(key)
	if err != nil {
		t.Fatal(err)
	}
	var flight []byte
	for seq, content := range contents {
		header := binary.BigEndian.AppendUint16([]byte{recordEncrypted, 3, 3}, uint16(len(content)+aead.Overhead()))
		nonce := bytes.Clone(iv)
		nonce[11] ^= byte(seq)
		flight = append(flight, aead.Seal(bytes.Clone(header), nonce, content, header)...)
	}
	return flight
}

// message makes a handshake message.
func message(messageType byte, content []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(messageType)<<24|uint32(len(content))), content...)
}

func handshakeRecord(b []byte) []byte { return append(bytes.Clone(b), recordHandshake) }

func TestFinishedInFlight(t *testing.T) {
	const certificate = 11
	verifyData := bytes.Repeat([]byte{0xfd}, 48)
	finished := message(messageFinished, verifyData)
	big := message(certificate, bytes.Repeat([]byte{1}, 300))
	both := append(bytes.Clone(big), finished...)
	padded := append(handshakeRecord(finished), make([]byte, 50)...)
	alert := []byte{1, 0, 21}
	applicationData := []byte("GET /")
	for _, s := range suites {
		secret := bytes.Repeat([]byte{9}, s.newHash().Size())
		for _, tt := range []struct {
			name   string
			flight []byte
			found  bool
		}{
			{"alone", s.seal(t, secret, handshakeRecord(finished)), true},
			{"after a certificate", s.seal(t, secret, handshakeRecord(big), handshakeRecord(finished)), true},
			{"in one record", s.seal(t, secret, handshakeRecord(both)), true},
			{"over three records", s.seal(t, secret, handshakeRecord(both[:100]), handshakeRecord(both[100:310]), handshakeRecord(both[310:])), true},
			{"padded", s.seal(t, secret, padded), true},
			{"after an alert", s.seal(t, secret, alert, handshakeRecord(finished)), true},
			{"before application data", append(s.seal(t, secret, handshakeRecord(finished)), applicationData...), true},
			{"not there", s.seal(t, secret, handshakeRecord(big)), false},
			{"cut in the message", s.seal(t, secret, handshakeRecord(finished[:20])), false},
			{"only padding", s.seal(t, secret, make([]byte, 9)), false},
			{"other secret", s.seal(t, make([]byte, 32), handshakeRecord(finished)), false},
			{"no record", nil, false},
		} {
			r := &flightRecorder{secret: bytes.Clone(secret), flight: tt.flight}
			got, err := r.finished(tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: s.id})
			if tt.found && (err != nil || !bytes.Equal(got, verifyData)) || !tt.found && err != errFinished {
				t.Errorf("%s, %s: %x, %v", s.name, tt.name, got, err)
			}
		}
	}
}

func TestFinishedWithoutSecret(t *testing.T) {
	state := tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256}
	for name, r := range map[string]*flightRecorder{
		"no secret": {},
		"overflow":  {secret: make([]byte, 32), overflow: true},
	} {
		if _, err := r.finished(state); err != errFinished {
			t.Errorf("%s: %v", name, err)
		}
	}
	unknown := &flightRecorder{secret: make([]byte, 32)}
	if _, err := unknown.finished(tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: 0x1304}); err != errFinished {
		t.Errorf("unknown suite: %v", err)
	}
	if _, err := new(flightRecorder).finished(tls.ConnectionState{Version: tls.VersionTLS12}); err != errFinished {
		t.Errorf("TLS 1.2 without tls-unique: %v", err)
	}
}

// Whatever pieces the flight comes in, the same is kept.
func TestRecordInPieces(t *testing.T) {
	hello := []byte{recordHandshake, 3, 1, 0, 3, 'a', 'b', 'c'}
	ccs := []byte{20, 3, 3, 0, 1, 1}
	last := []byte{recordEncrypted, 3, 3, 0, 2, 'x', 'y'}
	all := bytes.Join([][]byte{hello, ccs, last}, nil)
	for size := 1; size <= len(all); size++ {
		r := &flightRecorder{recording: true}
		for rest := all; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			r.record(rest[:min(size, len(rest))])
		}
		wantBytes(t, "flight", r.flight, last)
	}
}

func TestSecretLog(t *testing.T) {
	r := &flightRecorder{recording: true}
	log := secretLog{r}
	for _, line := range []string{
		"CLIENT_TRAFFIC_SECRET_0 aa bb\n",
		"SERVER_HANDSHAKE_TRAFFIC_SECRET aa bb\n",
		secretLabel + " aa 0102\n",
		"EXPORTER_SECRET aa bb\n",
	} {
		if n, err := log.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	wantBytes(t, "secret", r.secret, []byte{1, 2})
	if _, err := log.Write([]byte(secretLabel + " aa zz\n")); !errors.Is(err, errFinished) {
		t.Errorf("not hexadecimal: %v", err)
	}
}

func FuzzFinished(f *testing.F) {
	secret := make([]byte, 32)
	for _, s := range suites {
		f.Add(s.id, s.seal(f, secret, handshakeRecord(message(messageFinished, make([]byte, 32)))))
	}
	f.Fuzz(func(t *testing.T, suite uint16, flight []byte) {
		r := &flightRecorder{recording: true}
		r.record(flight)
		r.secret = make([]byte, 32)
		r.finished(tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: suite})
	})
}
