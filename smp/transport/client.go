package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"time"

	"sotto/smp"
)

// A ClientConfig says which relay a client wants to talk to, and how.
type ClientConfig struct {
	// Relay is the fingerprint in the relay's address.
	Relay Fingerprint

	// Versions are offered; smp.Versions if zero.
	Versions smp.Range[smp.Version]

	// SessionID and Chain are what TLS told: the hello must have the same
	// session id and leaf. They are nil where TLS ends elsewhere, in a browser
	// or a bridge; then the session key alone binds the connection to the
	// relay, and version 6, which has none, is refused.
	SessionID []byte
	Chain     Chain

	// Proxy says that this client is a relay that forwards.
	Proxy bool

	// Service makes the client a service, with relays of version 16 and above.
	Service *ServiceConfig

	// Challenge is what a WebSocket client put into the URL. If it is not nil,
	// the relay must have signed it.
	Challenge []byte

	// DialContext connects to "tcp" and host:port, in DialTLS and what uses it;
	// a net.Dialer if nil.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

	Rand io.Reader        // crypto/rand if nil
	Now  func() time.Time // time.Now if nil; for the validity of certificates
}

// Client does the client's part of the handshake over nc and returns the
// connection. If it fails or ctx ends before it is done, it closes nc.
func Client(ctx context.Context, nc net.Conn, config *ClientConfig) (*Conn, error) {
	return handshake(ctx, nc, func(c *Conn) error { return c.client(config) })
}

func (c *Conn) client(config *ClientConfig) error {
	content, err := c.ReadBlock()
	if err != nil {
		return err
	}
	hello, err := ParseServerHello(content)
	if err != nil {
		return err
	}
	session, err := config.accept(hello)
	if err != nil {
		return err
	}
	if err := config.generate(session); err != nil {
		return err
	}
	if err := c.sendHello(config, session); err != nil {
		return err
	}
	c.begin(session, true)
	return nil
}

// accept checks a hello and begins the session that it offers.
func (config *ClientConfig) accept(hello *ServerHello) (*Session, error) {
	if config.SessionID != nil && !bytes.Equal(hello.SessionID, config.SessionID) {
		return nil, ErrSession
	}
	offered := config.offered(hello.Versions)
	version, ok := offered.Agree(hello.Versions)
	if !ok {
		return nil, ErrVersion
	}
	key, err := config.verify(hello)
	if err != nil {
		return nil, err
	}
	return &Session{
		Version:  version,
		Versions: smp.Range[smp.Version]{Min: max(offered.Min, hello.Versions.Min), Max: version},
		ID:       hello.SessionID,
		PeerKey:  key,
		CertKey:  hello.Key,
		Proxy:    config.Proxy,
	}, nil
}

// offered returns the versions to agree with a relay. A proxy offers an old
// relay less, because the relay would not know that it is a proxy and would
// encrypt blocks, which leaves less room than old clients need.
func (config *ClientConfig) offered(relay smp.Range[smp.Version]) smp.Range[smp.Version] {
	offered := config.Versions
	if offered.Max == 0 {
		offered = smp.Versions
	}
	if config.Proxy && relay.Max < smp.VersionProxyFlag {
		offered.Max = max(offered.Min, smp.VersionDeleted)
	}
	return offered
}

// verify returns the relay's session key, if the hello proves that it is the
// relay's.
func (config *ClientConfig) verify(hello *ServerHello) (smp.PublicKey, error) {
	if hello.Key == nil {
		if config.Chain == nil || config.Challenge != nil {
			return smp.PublicKey{}, ErrKey
		}
		_, err := config.Chain.Verify(config.Relay, now(config.Now))
		return smp.PublicKey{}, err
	}
	leaf, err := hello.Key.Chain.Verify(config.Relay, now(config.Now))
	if err != nil {
		return smp.PublicKey{}, err
	}
	if config.Chain != nil && !sameLeaf(config.Chain, leaf) {
		return smp.PublicKey{}, fmt.Errorf("%w: TLS has another leaf than the hello", ErrIdentity)
	}
	if config.Challenge != nil && !proves(leaf.PublicKey, hello, config.Challenge) {
		return smp.PublicKey{}, fmt.Errorf("%w: the challenge is not answered", ErrIdentity)
	}
	key, err := VerifyKey(hello.Key.SignedKey, smp.X25519, leaf.PublicKey)
	if err != nil {
		return smp.PublicKey{}, ErrKey
	}
	return key, nil
}

func sameLeaf(chain Chain, leaf *Certificate) bool {
	return len(chain) > 0 && bytes.Equal(chain[0], leaf.Raw)
}

// generate makes the client's key and agrees the secret.
func (config *ClientConfig) generate(s *Session) error {
	var err error
	if s.Key, err = smp.GenerateKey(randReader(config.Rand), smp.X25519); err != nil {
		return err
	}
	return s.agree()
}

func (c *Conn) sendHello(config *ClientConfig, s *Session) error {
	hello := &ClientHello{Version: s.Version, Relay: config.Relay[:], Key: s.Key.Public(), Proxy: config.Proxy}
	if config.Service == nil || s.Version < smp.VersionServices {
		return c.WriteBlock(hello.Append(nil))
	}
	key, err := smp.GenerateKey(randReader(config.Rand), smp.Ed25519)
	if err != nil {
		return err
	}
	hello.Service = config.Service.hello(key.Public())
	if err := c.WriteBlock(hello.Append(nil)); err != nil {
		return err
	}
	s.Service, err = c.readServiceReply(config.Service, key)
	return err
}

func now(clock func() time.Time) time.Time {
	if clock == nil {
		return time.Now()
	}
	return clock()
}

func randReader(r io.Reader) io.Reader {
	if r == nil {
		return rand.Reader
	}
	return r
}

// handshake runs one side's part, and ends it when ctx ends.
func handshake(ctx context.Context, nc net.Conn, part func(*Conn) error) (*Conn, error) {
	c := NewConn(nc)
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	err := part(c)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("transport: handshake: %w", err)
	}
	return c, nil
}
