package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"sotto/smp"
)

// A ServerConfig is a relay's part of a handshake.
type ServerConfig struct {
	// Chain is the relay's certificates, and Key belongs to the leaf.
	Chain Chain
	Key   smp.PrivateKey

	// Versions are offered. See VersionsFor for clients that chose no ALPN.
	Versions smp.Range[smp.Version]

	// SessionID is the client's Finished in TLS. Where TLS ends elsewhere, it
	// is random, of 32 bytes.
	SessionID []byte

	// PeerChain is the certificates that the client showed in TLS. Only
	// services show any.
	PeerChain Chain

	// Challenge is signed into the hello if it is not nil, see ParseChallenge.
	// That takes version 19.
	Challenge []byte

	// Service is asked for the id of a service that proved its identity. If it
	// is nil or fails, the service is told so and refused.
	Service func(*Service) (id []byte, err error)

	Rand io.Reader        // crypto/rand if nil
	Now  func() time.Time // time.Now if nil; for a service's certificates
}

// VersionsFor returns what a relay offers after TLS: only version 6 to clients
// that did not choose an application protocol, since they know no other hello.
// It is not for WebSockets, where ALPN says nothing of SMP.
func VersionsFor(alpn string, all smp.Range[smp.Version]) smp.Range[smp.Version] {
	if alpn == "" {
		all.Max = max(all.Min, smp.VersionSubscribeMode)
	}
	return all
}

// Server does the relay's part of the handshake over nc and returns the
// connection. If it fails or ctx ends before it is done, it closes nc.
func Server(ctx context.Context, nc net.Conn, config *ServerConfig) (*Conn, error) {
	return handshake(ctx, nc, func(c *Conn) error { return c.server(config) })
}

func (c *Conn) server(config *ServerConfig) error {
	key, err := smp.GenerateKey(randReader(config.Rand), smp.X25519)
	if err != nil {
		return err
	}
	if err := c.WriteBlock(config.hello(key.Public()).Append(nil)); err != nil {
		return err
	}
	content, err := c.ReadBlock()
	if err != nil {
		return err
	}
	hello, err := ParseClientHello(content)
	if err != nil {
		return err
	}
	session, err := config.accept(hello, key)
	if err != nil {
		return err
	}
	if hello.Service != nil {
		if session.Service, err = c.admit(config, hello.Service); err != nil {
			return err
		}
	}
	c.begin(session, false)
	return nil
}

func (config *ServerConfig) hello(key smp.PublicKey) *ServerHello {
	h := &ServerHello{
		Versions:  config.Versions,
		SessionID: config.SessionID,
		Key:       &CertKey{config.Chain, SignKey(key, config.Key)},
	}
	if config.Challenge != nil {
		h.Proof = config.Key.Sign(challenged(config.Challenge, config.SessionID))
	}
	return h
}

// accept checks the client's hello and makes the session of it.
func (config *ServerConfig) accept(hello *ClientHello, key smp.PrivateKey) (*Session, error) {
	if id, ok := config.Chain.Identity(); !ok || !bytes.Equal(hello.Relay, id[:]) {
		return nil, ErrIdentity
	}
	if !config.Versions.Contains(hello.Version) {
		return nil, fmt.Errorf("%w: the client wants %d", ErrVersion, hello.Version)
	}
	s := &Session{
		Version:  hello.Version,
		Versions: smp.Range[smp.Version]{Min: config.Versions.Min, Max: hello.Version},
		ID:       config.SessionID,
		Key:      key,
		PeerKey:  hello.Key,
		Proxy:    hello.Proxy,
	}
	return s, s.agree()
}
