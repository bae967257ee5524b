//go:build !js

package tls13

import (
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"io"
	"net"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"sotto/smp"
)

// A testServer is the other half of the handshake, built of the same parts, so
// that it can be made to do each thing wrong.
type testServer struct {
	*testing.T
	nc         net.Conn
	out        half
	records    reader
	transcript hash.Hash
	hello      []byte // the last ClientHello, body

	key      smp.PrivateKey // of the certificate
	group    group
	protocol string
	ask      bool // for a client's certificate
	retry    bool
	cookie   string

	// change replaces a message, by its kind, before it is sent.
	change map[byte]func([]byte) []byte
	// skip leaves a message out.
	skip map[byte]bool

	clientFinished []byte
	clientChain    [][]byte
}

func newTestServer(t *testing.T, nc net.Conn, alg smp.Algorithm) *testServer {
	key, err := smp.GenerateKey(rand.Reader, alg)
	if err != nil {
		t.Fatal(err)
	}
	s := &testServer{T: t, nc: nc, key: key, group: groupX25519, transcript: sha256.New()}
	s.records = reader{from: nc, handshaking: true}
	return s
}

// verify is what a client uses to know this server.
func (s *testServer) verify([][]byte) (smp.PublicKey, error) { return s.key.Public(), nil }

func (s *testServer) send(m []byte) error {
	kind := m[0]
	if s.skip[kind] {
		return nil
	}
	s.transcript.Write(m)
	if f := s.change[kind]; f != nil {
		m = f(append([]byte(nil), m...))
	}
	_, err := s.nc.Write(s.out.seal(nil, recordHandshake, m))
	return err
}

func (s *testServer) read() ([]byte, error) {
	for {
		m, err := s.records.messages.take()
		if m != nil || err != nil {
			s.transcript.Write(m)
			return m, err
		}
		kind, b, err := s.records.next()
		if err != nil {
			return nil, err
		}
		if kind == recordAlert {
			return nil, alertError(b)
		}
		s.records.messages.add(b)
	}
}

// run does the handshake and returns what ended it early.
func (s *testServer) run() error {
	m, err := s.read()
	if err != nil {
		return err
	}
	s.hello = m[4:]
	if s.retry {
		if err := s.again(m); err != nil {
			return err
		}
	}
	return s.afterHello()
}

func (s *testServer) again(first []byte) error {
	sum := sha256.Sum256(first)
	s.transcript.Reset()
	s.transcript.Write([]byte{messageHash, 0, 0, 32})
	s.transcript.Write(sum[:])
	if err := s.send(s.serverHello(retryRandom[:], func(b *cryptobyte.Builder) {
		extension(b, extensionVersions, numbers(version13))
		if s.cookie != "" {
			extension(b, extensionCookie, func(b *cryptobyte.Builder) { b.AddUint16LengthPrefixed(raw([]byte(s.cookie))) })
		}
		if s.group != groupX25519 {
			extension(b, extensionKeyShare, numbers(uint16(s.group)))
		}
	})); err != nil {
		return err
	}
	m, err := s.read()
	if err == nil {
		s.hello = m[4:]
	}
	return err
}

// offered returns session id, share and cookie of the client's last hello.
func (s *testServer) offered() (session, share []byte, cookie string) {
	in := cryptobyte.String(s.hello)
	var id, suites, compression, extensions cryptobyte.String
	in.Skip(34)
	in.ReadUint8LengthPrefixed(&id)
	in.ReadUint16LengthPrefixed(&suites)
	in.ReadUint8LengthPrefixed(&compression)
	in.ReadUint16LengthPrefixed(&extensions)
	eachExtension(extensions, func(kind uint16, b cryptobyte.String) error {
		var list cryptobyte.String
		switch kind {
		case extensionKeyShare:
			var g uint16
			var key cryptobyte.String
			if b.ReadUint16LengthPrefixed(&list) && list.ReadUint16(&g) && list.ReadUint16LengthPrefixed(&key) && group(g) == s.group {
				share = key
			}
		case extensionCookie:
			if b.ReadUint16LengthPrefixed(&list) {
				cookie = string(list)
			}
		}
		return nil
	})
	return id, share, cookie
}

func (s *testServer) serverHello(random []byte, extensions continuation) []byte {
	session, _, _ := s.offered()
	return message(messageServerHello, func(b *cryptobyte.Builder) {
		b.AddUint16(version12)
		b.AddBytes(random)
		b.AddUint8LengthPrefixed(raw(session))
		b.AddUint16(suite)
		b.AddUint8(0)
		b.AddUint16LengthPrefixed(extensions)
	})
}

func (s *testServer) afterHello() error {
	_, share, cookie := s.offered()
	if cookie != s.cookie {
		s.Errorf("the client returned cookie %q", cookie)
	}
	theirs, err := smp.NewPublicKey(s.group.algorithm(), share)
	if err != nil {
		return err
	}
	ours, _ := smp.GenerateKey(rand.Reader, s.group.algorithm())
	secret, err := ours.DH(theirs)
	if err != nil {
		return err
	}
	random := make([]byte, 32)
	rand.Read(random)
	if err := s.send(s.serverHello(random, func(b *cryptobyte.Builder) {
		extension(b, extensionVersions, numbers(version13))
		extension(b, extensionKeyShare, func(b *cryptobyte.Builder) {
			b.AddUint16(uint16(s.group))
			b.AddUint16LengthPrefixed(raw(ours.Public().Bytes()))
		})
	})); err != nil {
		return err
	}
	keys := newSchedule()
	keys.mix(secret)
	th := s.transcript.Sum(nil)
	clientSecret, serverSecret := keys.traffic("c hs traffic", th), keys.traffic("s hs traffic", th)
	s.out.start(serverSecret)
	s.records.in.start(clientSecret)
	if err := s.flight(serverSecret); err != nil {
		return err
	}
	keys.mix(make([]byte, hashSize))
	th = s.transcript.Sum(nil)
	clientData, serverData := keys.traffic("c ap traffic", th), keys.traffic("s ap traffic", th)
	if err := s.clientFlight(clientSecret); err != nil {
		return err
	}
	s.records.in.start(clientData)
	s.out.start(serverData)
	s.records.handshaking = false
	return nil
}

func (s *testServer) flight(secret []byte) error {
	messages := []func() []byte{
		func() []byte {
			return message(messageEncryptedExtensions, func(b *cryptobyte.Builder) {
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
					if s.protocol != "" {
						extension(b, extensionALPN, func(b *cryptobyte.Builder) {
							b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddUint8LengthPrefixed(raw([]byte(s.protocol))) })
						})
					}
				})
			})
		},
		func() []byte {
			return message(messageCertificate, func(b *cryptobyte.Builder) {
				b.AddUint8(0)
				b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
					b.AddUint24LengthPrefixed(raw([]byte("a certificate")))
					b.AddUint16(0)
				})
			})
		},
		func() []byte {
			signature := s.key.Sign(signedText("server", s.transcript.Sum(nil)))
			return message(messageCertificateVerify, func(b *cryptobyte.Builder) {
				b.AddUint16(schemeOf(s.key.Algorithm()))
				b.AddUint16LengthPrefixed(raw(signature))
			})
		},
		func() []byte { return message(messageFinished, raw(finished(secret, s.transcript.Sum(nil)))) },
	}
	if s.ask {
		request := func() []byte {
			return message(messageCertificateRequest, func(b *cryptobyte.Builder) {
				b.AddUint8(0)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
					extension(b, 27, func(b *cryptobyte.Builder) { b.AddBytes([]byte("something")) })
					extension(b, extensionSignatures, func(b *cryptobyte.Builder) { b.AddUint16LengthPrefixed(numbers(signEd25519)) })
				})
			})
		}
		messages = append(messages[:1], append([]func() []byte{request}, messages[1:]...)...)
	}
	for _, m := range messages {
		if err := s.send(m()); err != nil {
			return err
		}
	}
	return nil
}

// clientFlight reads up to the client's Finished.
func (s *testServer) clientFlight(secret []byte) error {
	for {
		want := finished(secret, s.transcript.Sum(nil))
		m, err := s.read()
		if err != nil {
			return err
		}
		switch m[0] {
		case messageCertificate:
			body := cryptobyte.String(m[4:])
			var context, list, der cryptobyte.String
			body.ReadUint8LengthPrefixed(&context)
			body.ReadUint24LengthPrefixed(&list)
			for list.ReadUint24LengthPrefixed(&der) && list.Skip(2) {
				s.clientChain = append(s.clientChain, der)
			}
		case messageFinished:
			s.clientFinished = m[4:]
			if string(want) != string(m[4:]) {
				s.Error("the client's Finished is wrong")
			}
			return nil
		}
	}
}

// echo sends back what comes until the client closes.
func (s *testServer) echo() error {
	for {
		kind, b, err := s.records.next()
		if err != nil {
			return err
		}
		switch kind {
		case recordAlert:
			return alertError(b)
		case recordData:
			if _, err := s.nc.Write(s.out.seal(nil, recordData, b)); err != nil {
				return err
			}
		case recordHandshake:
			s.records.in.advance() // the client's KeyUpdate
		}
	}
}

var _ io.Reader = (*Conn)(nil)
