//go:build !js

package tls13

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
)

// meet runs a handshake of a client and a server changed by prepare.
func meet(t *testing.T, alg smp.Algorithm, prepare func(*testServer, *Config)) (*Conn, *testServer, error, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	s := newTestServer(t, unblocked(theirs), alg)
	t.Cleanup(func() { ours.Close(); s.nc.Close() })
	config := &Config{ALPN: []string{"smp/1"}, Verify: s.verify}
	if prepare != nil {
		prepare(s, config)
	}
	said := make(chan error, 1)
	go func() {
		err := s.run()
		if err != nil {
			s.nc.Close()
		}
		said <- err
	}()
	c, err := Client(t.Context(), ours, config)
	return c, s, err, <-said
}

// talk checks that data goes both ways.
func talk(t *testing.T, c *Conn, s *testServer) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- s.echo() }()
	for _, n := range []int{1, maxPlain, 3*maxPlain + 5} {
		want := make([]byte, n)
		rand.Read(want)
		go c.Write(want)
		got := make([]byte, n)
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes came back wrong: %v", n, err)
		}
	}
	c.Close()
	if err := <-ended; err != io.EOF {
		t.Errorf("the server saw %v at the end", err)
	}
}

func TestHandshake(t *testing.T) {
	own, _ := smp.GenerateKey(rand.Reader, smp.Ed25519)
	for name, prepare := range map[string]func(*testServer, *Config){
		"plain":                nil,
		"with a protocol":      func(s *testServer, _ *Config) { s.protocol = "smp/1" },
		"retry for X448":       func(s *testServer, _ *Config) { s.retry, s.group = true, groupX448 },
		"retry for a cookie":   func(s *testServer, _ *Config) { s.retry, s.cookie = true, "a cookie" },
		"retry for both":       func(s *testServer, _ *Config) { s.retry, s.group, s.cookie = true, groupX448, "c" },
		"asks for certificate": func(s *testServer, _ *Config) { s.ask = true },
		"gets a certificate": func(s *testServer, c *Config) {
			s.ask, c.Chain, c.Key = true, [][]byte{[]byte("leaf"), []byte("root")}, own
		},
	} {
		for _, alg := range []smp.Algorithm{smp.Ed25519, smp.Ed448} {
			t.Run(name+" "+alg.String(), func(t *testing.T) {
				c, s, err, said := meet(t, alg, prepare)
				if err != nil || said != nil {
					t.Fatalf("client: %v; server: %v", err, said)
				}
				if st := c.State(); !bytes.Equal(st.Finished, s.clientFinished) || len(st.Finished) != 32 || st.ALPN != s.protocol {
					t.Errorf("state %+v", st)
				}
				if s.ask && len(s.clientChain) != 0 && len(s.clientChain) != 2 {
					t.Errorf("client sent %d certificates", len(s.clientChain))
				}
				talk(t, c, s)
			})
		}
	}
}

// TestRefuses has the server do one thing wrong at a time, and looks for the
// alert that RFC 8446 wants.
func TestRefuses(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(m []byte) []byte { m[(at+len(m))%len(m)] ^= 1; return m }
	}
	cut := func(m []byte) []byte {
		m = m[:len(m)-1]
		n := len(m) - 4
		m[1], m[2], m[3] = byte(n>>16), byte(n>>8), byte(n)
		return m
	}
	huge := func(m []byte) []byte { m[1], m[2], m[3] = 0xff, 0xff, 0xff; return m }
	kinds := map[string]byte{
		"ServerHello": messageServerHello, "EncryptedExtensions": messageEncryptedExtensions, "Certificate": messageCertificate,
		"CertificateVerify": messageCertificateVerify, "Finished": messageFinished,
	}
	for name, kind := range kinds {
		t.Run(name+" cut", func(t *testing.T) { refused(t, change(kind, cut)) })
		t.Run(name+" too long", func(t *testing.T) { refused(t, change(kind, huge)) })
		if kind != messageServerHello && kind != messageFinished { // then a client waits
			t.Run(name+" left out", func(t *testing.T) {
				refused(t, func(s *testServer, _ *Config) { s.skip = map[byte]bool{kind: true} }, alertUnexpectedMessage)
			})
		}
	}
	for name, tt := range map[string]struct {
		prepare func(*testServer, *Config)
		alert   AlertError
	}{
		"wrong signature": {change(messageCertificateVerify, flip(-1)), alertDecryptError},
		"wrong scheme":    {change(messageCertificateVerify, flip(5)), alertIllegalParameter},
		"wrong Finished":  {change(messageFinished, flip(-1)), alertDecryptError},
		"wrong suite":     {change(messageServerHello, flip(4+2+32+1+32+1)), alertIllegalParameter},
		"wrong session":   {change(messageServerHello, flip(4+2+32+1)), alertIllegalParameter},
		"wrong version": {change(messageServerHello, func(m []byte) []byte {
			return bytes.Replace(m, []byte{0, 43, 0, 2, 3, 4}, []byte{0, 43, 0, 2, 3, 3}, 1)
		}), alertProtocolVersion},
		"low order share":      {change(messageServerHello, func(m []byte) []byte { clear(m[len(m)-32:]); return m }), alertIllegalParameter},
		"other group":          {change(messageServerHello, func(m []byte) []byte { return bytes.Replace(m, []byte{0, 29, 0, 32}, []byte{0, 30, 0, 32}, 1) }), alertIllegalParameter},
		"protocol not offered": {func(s *testServer, _ *Config) { s.protocol = "h2" }, alertIllegalParameter},
		"protocol not asked":   {func(s *testServer, c *Config) { s.protocol, c.ALPN = "smp/1", nil }, alertUnsupportedExtension},
		"retry for nothing":    {func(s *testServer, _ *Config) { s.retry = true }, alertIllegalParameter},
		"request without algorithms": {func(s *testServer, _ *Config) {
			s.ask = true
			s.change = map[byte]func([]byte) []byte{messageCertificateRequest: func(m []byte) []byte {
				return bytes.Replace(m, []byte{0, extensionSignatures}, []byte{0, 50}, 1)
			}}
		}, alertMissingExtension},
		"request with a context": {func(s *testServer, _ *Config) {
			s.ask = true
			s.change = map[byte]func([]byte) []byte{messageCertificateRequest: func(m []byte) []byte {
				m[3]++
				return append(append(m[:4:4], 1, 'x'), m[5:]...)
			}}
		}, alertDecodeError},
		"certificate not liked": {func(_ *testServer, c *Config) { c.Verify = dislike }, alertBadCertificate},
		"other certificate's key": {func(s *testServer, c *Config) {
			other, _ := smp.GenerateKey(rand.Reader, smp.Ed25519)
			c.Verify = func([][]byte) (smp.PublicKey, error) { return other.Public(), nil }
		}, alertDecryptError},
	} {
		t.Run(name, func(t *testing.T) { refused(t, tt.prepare, tt.alert) })
	}
}

var errDisliked = errors.New("not the relay")

func dislike([][]byte) (smp.PublicKey, error) { return smp.PublicKey{}, errDisliked }

func change(kind byte, f func([]byte) []byte) func(*testServer, *Config) {
	return func(s *testServer, _ *Config) { s.change = map[byte]func([]byte) []byte{kind: f} }
}

// refused wants a handshake to fail at the client, and the server to be told.
func refused(t *testing.T, prepare func(*testServer, *Config), alerts ...AlertError) {
	t.Helper()
	c, _, err, said := meet(t, smp.Ed25519, prepare)
	if c != nil || err == nil {
		t.Fatal("accepted")
	}
	var alert AlertError
	for _, want := range alerts {
		if errors.As(said, &alert) && alert != want {
			t.Errorf("alert %d, want %d (%v)", alert, want, err)
		}
	}
}

// TestCut ends the server's bytes after every length.
func TestCut(t *testing.T) {
	whole := record(t)
	for n := range whole {
		ours, theirs := net.Pipe()
		go func() {
			go io.Copy(io.Discard, theirs)
			theirs.Write(whole[:n])
			theirs.Close()
		}()
		if c, err := Client(t.Context(), ours, &Config{Verify: dislike}); c != nil || err == nil {
			t.Fatalf("%d of %d bytes made a connection", n, len(whole))
		}
	}
}

// record returns what a server sends in a handshake. The keys being other ones
// the next time, a client gets as far as the ServerHello.
func record(t testing.TB) []byte {
	ours, theirs := net.Pipe()
	var sent bytes.Buffer
	s := newTestServer(&testing.T{}, teeConn{theirs, &sent}, smp.Ed448)
	go func() { s.run(); theirs.Close() }()
	c, err := Client(t.Context(), ours, &Config{Verify: s.verify})
	if err != nil {
		t.Fatal(err)
	}
	c.Conn.Close()
	return sent.Bytes()
}

// An asyncConn never makes its writer wait for the reader, as a network would not.
type asyncConn struct {
	net.Conn
	queue chan []byte
	close sync.Once
	done  chan struct{}
}

func unblocked(nc net.Conn) net.Conn {
	c := &asyncConn{Conn: nc, queue: make(chan []byte, 100), done: make(chan struct{})}
	go c.send()
	return c
}

// send writes until Close, and what was written before.
func (c *asyncConn) send() {
	defer c.Conn.Close()
	for {
		select {
		case b := <-c.queue:
			c.Conn.Write(b)
			continue
		default:
		}
		select {
		case b := <-c.queue:
			c.Conn.Write(b)
		case <-c.done:
			if len(c.queue) == 0 {
				return
			}
		}
	}
}

func (c *asyncConn) Write(b []byte) (int, error) {
	select {
	case <-c.done:
		return 0, net.ErrClosed
	case c.queue <- bytes.Clone(b):
		return len(b), nil
	}
}

// Close closes once everything was read.
func (c *asyncConn) Close() error {
	c.close.Do(func() { close(c.done) })
	return nil
}

type teeConn struct {
	net.Conn
	sent *bytes.Buffer
}

func (c teeConn) Write(b []byte) (int, error) {
	c.sent.Write(b)
	return c.Conn.Write(b)
}

// TestCryptoTLS meets the standard library's server, with a retry and without.
func TestCryptoTLS(t *testing.T) {
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := smp.NewPublicKey(smp.Ed25519, public)
	if err != nil {
		t.Fatal(err)
	}
	for _, ask := range []tls.ClientAuthType{tls.NoClientCert, tls.RequestClientCert} {
		ours, theirs := net.Pipe()
		server := tls.Server(theirs, &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}},
			NextProtos:   []string{"smp/1"}, ClientAuth: ask,
		})
		go io.Copy(server, server)
		c, err := Client(t.Context(), ours, &Config{ALPN: []string{"smp/1"}, Verify: func([][]byte) (smp.PublicKey, error) { return key, nil }})
		if err != nil {
			t.Fatal(err)
		}
		go c.Write([]byte("hello"))
		got := make([]byte, 5)
		if _, err := io.ReadFull(c, got); err != nil || string(got) != "hello" || c.State().ALPN != "smp/1" {
			t.Errorf("%q, %v, %q", got, err, c.State().ALPN)
		}
		c.Close()
	}
}

func TestAfterwards(t *testing.T) {
	c, s, err, said := meet(t, smp.Ed448, nil)
	if err != nil || said != nil {
		t.Fatal(err, said)
	}
	write := func(kind byte, b ...byte) {
		if _, err := s.nc.Write(s.out.seal(nil, kind, b)); err != nil {
			t.Error(err)
		}
	}
	replied := make(chan byte, 1)
	go func() {
		write(recordHandshake, messageTicket, 0, 0, 2, 1, 1) // ignored
		write(recordHandshake, messageKeyUpdate, 0, 0, 1, 1)
		kind, _, _ := s.records.next() // the client's KeyUpdate
		s.records.in.advance()
		s.out.advance()
		write(recordData, []byte("new keys")...)
		_, b, _ := s.records.next()
		write(recordData, b...)
		write(recordAlert, alertWarning, alertCloseNotify)
		replied <- kind
	}()
	got := make([]byte, 8)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "new keys" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := c.Write([]byte("and mine")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "and mine" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := c.Read(got); err != io.EOF {
		t.Errorf("after close_notify: %v", err)
	}
	if kind := <-replied; kind != recordHandshake {
		t.Errorf("the answer to KeyUpdate was a record of type %d", kind)
	}
	c.Close()
}

// TestBadRecords is what a peer must not send after the handshake.
func TestBadRecords(t *testing.T) {
	for name, send := range map[string]func(*testServer){
		"wrong MAC":       func(s *testServer) { b := s.out.seal(nil, recordData, []byte("x")); b[7] ^= 1; s.nc.Write(b) },
		"in the clear":    func(s *testServer) { s.nc.Write([]byte{recordAlert, 3, 3, 0, 2, 1, 0}) },
		"change of specs": func(s *testServer) { s.nc.Write([]byte{recordChange, 3, 3, 0, 1, 1}) },
		"too long":        func(s *testServer) { s.nc.Write([]byte{recordData, 3, 3, 0xff, 0xff}) },
		"hello":           func(s *testServer) { s.nc.Write(s.out.seal(nil, recordHandshake, []byte{messageServerHello, 0, 0, 0})) },
		"nothing, often": func(s *testServer) {
			for range maxIdle + 2 {
				s.nc.Write(s.out.sealOne(nil, recordData, nil))
			}
		},
		"tickets, often": func(s *testServer) {
			for range maxIdle + 2 {
				s.nc.Write(s.out.seal(nil, recordHandshake, []byte{messageTicket, 0, 0, 0}))
			}
		},
		"padded too long": func(s *testServer) {
			inner := append(make([]byte, maxPlain+2), recordData)
			header := appendHeader(nil, recordData, len(inner)+s.out.aead.Overhead())
			s.nc.Write(s.out.aead.Seal(header, s.out.nonce(), inner, header))
		},
		"only padding": func(s *testServer) {
			inner := make([]byte, 20)
			header := appendHeader(nil, recordData, len(inner)+s.out.aead.Overhead())
			s.nc.Write(s.out.aead.Seal(header, s.out.nonce(), inner, header))
		},
		"no alert": func(s *testServer) { s.nc.Write(s.out.sealOne(nil, recordAlert, nil)) },
		"keys changed inside a record": func(s *testServer) {
			s.nc.Write(s.out.seal(nil, recordHandshake, []byte{messageKeyUpdate, 0, 0, 1, 0, messageTicket, 0, 0, 0}))
		},
		"data inside a message": func(s *testServer) {
			s.nc.Write(s.out.seal(nil, recordHandshake, []byte{messageTicket, 0}))
			s.nc.Write(s.out.seal(nil, recordData, []byte("x")))
		},
		"large ticket": func(s *testServer) {
			s.nc.Write(s.out.seal(nil, recordHandshake, []byte{messageTicket, 1, 0, 0}))
		},
		"request for certificates": func(s *testServer) {
			s.nc.Write(s.out.seal(nil, recordHandshake, []byte{messageCertificateRequest, 0, 0, 0}))
		},
		"cut": func(s *testServer) {},
	} {
		t.Run(name, func(t *testing.T) {
			c, s, err, said := meet(t, smp.Ed25519, nil)
			if err != nil || said != nil {
				t.Fatal(err, said)
			}
			go func() {
				go io.Copy(io.Discard, s.nc) // the client's alert
				send(s)
				s.nc.Close()
			}()
			if n, err := c.Read(make([]byte, 10)); err == nil || err == io.EOF {
				t.Errorf("read %d bytes, %v", n, err)
			}
			if _, err := c.Read(make([]byte, 10)); err == nil {
				t.Error("reading went on")
			}
		})
	}
}

// TestDeadlineInsideARecord reads on after a deadline that passed in the middle.
func TestDeadlineInsideARecord(t *testing.T) {
	c, s, err, said := meet(t, smp.Ed25519, nil)
	if err != nil || said != nil {
		t.Fatal(err, said)
	}
	sealed := s.out.seal(nil, recordData, []byte("hello"))
	s.nc.Write(sealed[:9])
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := c.Read(make([]byte, 5)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("deadline: %v", err)
	}
	c.SetReadDeadline(time.Time{})
	s.nc.Write(sealed[9:])
	got := make([]byte, 5)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	c.Conn.Close()
}

func TestContextEndsTheHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go io.Copy(io.Discard, theirs) // a server that says nothing
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := Client(ctx, ours, &Config{Verify: dislike}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		theirs.Close()
	})
}

// FuzzClient gives a client a server's bytes.
func FuzzClient(f *testing.F) {
	whole := record(f)
	f.Add(whole)
	f.Add(whole[:100])
	f.Add([]byte{recordAlert, 3, 3, 0, 2, 2, 40})
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, theirs := net.Pipe()
		go func() {
			go io.Copy(io.Discard, theirs)
			theirs.Write(b)
			theirs.Close()
		}()
		if c, err := Client(t.Context(), ours, &Config{Verify: dislike}); err == nil {
			c.Close()
			t.Fatal("a server without a key was accepted")
		}
	})
}

// FuzzFlight gives a client a message of the encrypted flight.
func FuzzFlight(f *testing.F) {
	f.Add(byte(messageEncryptedExtensions), []byte{0, 0})
	f.Add(byte(messageCertificate), []byte{0, 0, 0, 5, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		h := newHandshake(&Conn{}, &Config{ALPN: []string{"smp/1"}, Verify: dislike})
		switch kind {
		case messageServerHello:
			h.readServerHello(body)
		case messageEncryptedExtensions:
			h.readEncryptedExtensions(body)
		case messageCertificateRequest:
			h.readRequest(body)
		case messageCertificate:
			if h.readCertificate(body) == nil {
				t.Fatal("a disliked chain was accepted")
			}
		}
	})
}
