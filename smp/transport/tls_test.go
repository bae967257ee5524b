//go:build !js

package transport

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/wire"
)

// newRelay returns a relay's configs and fingerprint.
func newRelay(t testing.TB) (*Authority, Chain, smp.PrivateKey) {
	t.Helper()
	authority, err := NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "relay.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return authority, chain, key
}

// tlsOver runs TLS between two ends of a TCP connection on this machine.
func tlsOver(t *testing.T, client *ClientConfig, server *tls.Config) (c, s *TLSConn, clientErr, serverErr error) {
	t.Helper()
	near, far := tcpPair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s, serverErr = ServerTLS(t.Context(), far, server)
	}()
	c, clientErr = ClientTLS(t.Context(), near, client)
	<-done
	return c, s, clientErr, serverErr
}

func tcpPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- nc
	}()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestTLSSessionID(t *testing.T) {
	authority, chain, key := newRelay(t)
	service := &ServiceConfig{Role: RoleMessaging, Chain: chain, Key: key}
	for _, tt := range []struct {
		name    string
		change  func(*tls.Config)
		service *ServiceConfig
	}{
		{"plain", func(*tls.Config) {}, nil},
		{"client certificate asked for", func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert }, nil},
		{"client certificate", func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, service},
		{"config chosen by hello", func(c *tls.Config) {
			chosen := c.Clone()
			c.Certificates = nil
			c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return chosen, nil }
		}, nil},
		{"config not chosen", func(c *tls.Config) {
			c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, nil }
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := ServerTLSConfig(chain, key)
			tt.change(config)
			c, s, err, serverErr := tlsOver(t, &ClientConfig{Relay: authority.Fingerprint(), Service: tt.service}, config)
			if err != nil || serverErr != nil {
				t.Fatal(err, serverErr)
			}
			if !bytes.Equal(c.SessionID, s.SessionID) || len(c.SessionID) != 32 {
				t.Errorf("session ids %x and %x, want the same 32 bytes", c.SessionID, s.SessionID)
			}
			if c.ALPN != ALPN || s.ALPN != ALPN || s.ServerName != "" {
				t.Errorf("ALPN %q and %q, name %q", c.ALPN, s.ALPN, s.ServerName)
			}
			if len(c.Chain) != 2 || !bytes.Equal(c.Chain[0], chain[0]) || (tt.service != nil) != (len(s.Chain) == 2) {
				t.Errorf("chains of %d and %d", len(c.Chain), len(s.Chain))
			}
			forgotten(t, s.Conn.(*tls.Conn).NetConn().(*flightRecorder))
		})
	}
}

func forgotten(t *testing.T, r *flightRecorder) {
	t.Helper()
	if r.secret != nil || r.flight != nil || r.recording {
		t.Error("the recorder has not forgotten the handshake")
	}
}

// A clientEnd records a client of crypto/tls, whose flight is what it writes.
type clientEnd struct {
	net.Conn
	recorder *flightRecorder
}

func (c clientEnd) Write(b []byte) (int, error) {
	c.recorder.record(b)
	return c.Conn.Write(b)
}

// TestServerSessionID has clients of another implementation, with the suites and
// groups that ours does not have.
func TestServerSessionID(t *testing.T) {
	_, chain, key := newRelay(t)
	for name, groups := range map[string][]tls.CurveID{
		"hybrid key exchange": {tls.X25519MLKEM768, tls.X25519},
		"hello retry request": {tls.X25519, tls.CurveP384},
	} {
		t.Run(name, func(t *testing.T) {
			near, far := tcpPair(t)
			config := ServerTLSConfig(chain, key)
			config.CurvePreferences = groups[len(groups)-1:]
			served := make(chan *TLSConn, 1)
			go func() {
				s, err := ServerTLS(t.Context(), far, config)
				if err != nil {
					t.Error(err)
				}
				served <- s
			}()
			recorder := &flightRecorder{recording: true}
			client := tls.Client(clientEnd{near, recorder}, &tls.Config{
				InsecureSkipVerify: true, NextProtos: []string{ALPN}, CurvePreferences: groups, KeyLogWriter: secretLog{recorder},
			})
			if err := client.Handshake(); err != nil {
				t.Fatal(err)
			}
			id, err := recorder.finished(client.ConnectionState())
			if s := <-served; err != nil || s == nil || !bytes.Equal(id, s.SessionID) {
				t.Errorf("%x, %v; the server has another one", id, err)
			}
			forgotten(t, recorder)
		})
	}
}

func TestSessionIDsDiffer(t *testing.T) {
	authority, chain, key := newRelay(t)
	var last []byte
	for range 2 {
		c, _, err, _ := tlsOver(t, &ClientConfig{Relay: authority.Fingerprint()}, ServerTLSConfig(chain, key))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(c.SessionID, last) {
			t.Error("two sessions have the same id")
		}
		last = c.SessionID
	}
}

func TestTLSRefuses(t *testing.T) {
	authority, chain, key := newRelay(t)
	_, otherChain, otherKey := newRelay(t)
	for _, tt := range []struct {
		name   string
		server *tls.Config
		now    time.Time
		want   error
	}{
		{"another relay", ServerTLSConfig(otherChain, otherKey), time.Now(), ErrIdentity},
		{"expired", ServerTLSConfig(chain, key), time.Now().AddDate(5000, 0, 0), ErrValidity},
		{"leaf of another relay under its certificate", ServerTLSConfig(Chain{otherChain[0], chain[1]}, otherKey), time.Now(), ErrCertificate},
		{"leaf alone", ServerTLSConfig(chain[:1], key), time.Now(), ErrCertificate},
		{"TLS 1.2", withTLS12(ServerTLSConfig(chain, key)), time.Now(), nil},
		{"no protocol in common", withProtocols(ServerTLSConfig(chain, key), "h2"), time.Now(), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := &ClientConfig{Relay: authority.Fingerprint(), Now: func() time.Time { return tt.now }}
			_, _, err, _ := tlsOver(t, client, tt.server)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func withTLS12(c *tls.Config) *tls.Config {
	c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	return c
}

func withProtocols(c *tls.Config, protocols ...string) *tls.Config {
	c.NextProtos = protocols
	return c
}

// A client with a huge certificate cannot make the server record it.
func TestFlightIsBounded(t *testing.T) {
	_, chain, key := newRelay(t)
	config := ServerTLSConfig(chain, key)
	config.ClientAuth = tls.RequireAnyClientCert
	near, far := tcpPair(t)
	served := make(chan error, 1)
	go func() {
		_, err := ServerTLS(t.Context(), far, config)
		served <- err
	}()
	client := tls.Client(near, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{hugeCertificate(t)}})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; !errors.Is(err, errFinished) {
		t.Errorf("error %v, want errFinished", err)
	}
}

func hugeCertificate(t *testing.T) tls.Certificate {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{string(bytes.Repeat([]byte("a"), 50000))}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

func TestServerTLSEndsWithContext(t *testing.T) {
	_, chain, key := newRelay(t)
	near, far := net.Pipe()
	defer near.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := ServerTLS(ctx, far, ServerTLSConfig(chain, key)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// The whole way of a native program: TCP, TLS, hello, blocks both ways.
func TestDial(t *testing.T) {
	authority, chain, key := newRelay(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan error, 1)
	go func() { served <- echoBlock(t.Context(), l, chain, key) }()
	conn, err := Dial(t.Context(), l.Addr().String(), &ClientConfig{Relay: authority.Fingerprint()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.WriteBlock([]byte("over TLS")); err != nil {
		t.Fatal(err)
	}
	content, err := conn.ReadBlock()
	if err != nil || string(content) != "over TLS" {
		t.Errorf("%q, %v", content, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if s := conn.Session(); s.Version != smp.MaxVersion || !s.Encrypted() {
		t.Errorf("version %d, encrypted %t", s.Version, s.Encrypted())
	}
}

func echoBlock(ctx context.Context, l net.Listener, chain Chain, key smp.PrivateKey) error {
	nc, err := l.Accept()
	if err != nil {
		return err
	}
	defer nc.Close()
	secure, err := ServerTLS(ctx, nc, ServerTLSConfig(chain, key))
	if err != nil {
		return err
	}
	conn, err := Server(ctx, secure, &ServerConfig{
		Chain: chain, Key: key, SessionID: secure.SessionID, Versions: VersionsFor(secure.ALPN, smp.Versions),
	})
	if err != nil {
		return err
	}
	content, err := conn.ReadBlock()
	if err != nil {
		return err
	}
	return conn.WriteBlock(content)
}

func TestDialNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := Dial(t.Context(), l.Addr().String(), &ClientConfig{}); err == nil {
		t.Error("connected to nobody")
	}
}

func TestDialRelay(t *testing.T) {
	authority, chain, key := newRelay(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan error, 1)
	go func() { served <- echoBlock(t.Context(), l, chain, key) }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	id := authority.Fingerprint()
	// Nobody listens at the first host.
	address := smp.Address{Fingerprint: id[:], Hosts: []string{"127.0.0.2", "127.0.0.1"}, Port: port}
	conn, err := DialRelay(t.Context(), address, &ClientConfig{})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := <-served; err == nil {
		t.Error("the relay read a block that was not sent")
	}
	l.Close()
	if _, err := DialRelay(t.Context(), address, &ClientConfig{}); err == nil {
		t.Error("connected to nobody")
	}
	address.Fingerprint = nil
	if _, err := DialRelay(t.Context(), address, &ClientConfig{}); err != ErrIdentity {
		t.Errorf("address without fingerprint: %v", err)
	}
}

func TestEndpoints(t *testing.T) {
	relay := smp.Address{Hosts: []string{"relay.example", "2001:db8::1"}, Port: "5000"}
	if got := fmt.Sprint(endpoints(relay)); got != "[relay.example:5000 [2001:db8::1]:5000]" {
		t.Error(got)
	}
	relay = smp.Address{Hosts: []string{"a", "b"}}
	if got := fmt.Sprint(endpoints(relay)); got != "[a:5223 b:5223 a:443 b:443]" {
		t.Error(got)
	}
}

func TestCheckHello(t *testing.T) {
	config, server := vectorConfigs(t)
	secure := &TLSConn{SessionID: config.SessionID, Chain: config.Chain}
	config.SessionID, config.Chain = nil, nil
	hello := func(s ServerConfig) *[BlockSize]byte {
		content := s.hello(newKey(t, smp.X25519).Public()).Append(nil)
		block, err := wire.Pad(content, BlockSize)
		if err != nil {
			t.Fatal(err)
		}
		return (*[BlockSize]byte)(block)
	}
	if err := secure.CheckHello(hello(*server), config); err != nil {
		t.Error(err)
	}
	other := *server
	other.SessionID = make([]byte, 32)
	if err := secure.CheckHello(hello(other), config); err != ErrSession {
		t.Errorf("other session: %v", err)
	}
	other = *server
	other.Key = newKey(t, smp.Ed25519)
	if err := secure.CheckHello(hello(other), config); err != ErrKey {
		t.Errorf("key not signed by the relay: %v", err)
	}
	full := [BlockSize]byte{0xff, 0xff}
	if err := secure.CheckHello(&full, config); err != ErrBlock {
		t.Errorf("no block: %v", err)
	}
	if err := secure.CheckHello(new([BlockSize]byte), config); !errors.Is(err, ErrHello) {
		t.Errorf("no hello: %v", err)
	}
}
