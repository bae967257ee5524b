package transport

import (
	"errors"

	"sotto/smp"
)

var (
	// ErrVersion is returned if the ends have no version in common.
	ErrVersion = errors.New("transport: no common version")
	// ErrSession is returned for a hello with another session id than TLS has:
	// someone ends TLS between client and relay.
	ErrSession = errors.New("transport: the session id is not that of TLS")
	// ErrKey is returned if the hello has no key and the version needs one, or
	// if the key is not signed by the relay.
	ErrKey = errors.New("transport: the session key is missing or not signed by the relay")
)

// A Session is what a handshake agreed. Nothing in it may be changed.
type Session struct {
	Version  smp.Version            // what both speak from now on
	Versions smp.Range[smp.Version] // the relay's, cut to what the client speaks
	ID       []byte                 // part of what commands authorize
	Key      smp.PrivateKey         // our X25519 key of this session
	PeerKey  smp.PublicKey          // the peer's; zero if it sent none
	Secret   []byte                 // agreed by the two keys, nil without PeerKey
	CertKey  *CertKey               // what the relay sent, in a client; nil in version 6
	Proxy    bool                   // the client is a relay that forwards
	Service  *Service               // the client is a service; nil if it is none
}

// Encrypted reports whether blocks are encrypted inside TLS. A proxy's are
// not, because what it forwards is encrypted for the relay already.
func (s *Session) Encrypted() bool {
	return s.Version >= smp.VersionEncryptedBlocks && s.Secret != nil && !s.Proxy
}

// SMP returns the session as transmissions need it.
func (s *Session) SMP() smp.Session { return smp.Session{Version: s.Version, ID: s.ID} }

// agree computes the secret with the peer's key, if it sent one.
func (s *Session) agree() error {
	if s.PeerKey.IsZero() {
		return nil
	}
	secret, err := s.Key.DH(s.PeerKey)
	if err != nil {
		return ErrKey
	}
	s.Secret = secret
	return nil
}

// begin gives the connection its session. The relay's chain comes first.
func (c *Conn) begin(s *Session, client bool) {
	c.session = *s
	if !s.Encrypted() {
		return
	}
	c.send, c.recv = newChains(s.ID, s.Secret)
	if client {
		c.send, c.recv = c.recv, c.send
	}
}
