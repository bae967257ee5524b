package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

// ErrNeedsAuthority is returned by Adopt for a relay whose leaf has an Ed448 key,
// without the key that could sign another leaf: Go's TLS server cannot use such a
// leaf, and nobody else can replace it.
var ErrNeedsAuthority = errors.New("identity: server.key is an Ed448 key, with which this server cannot do TLS; put ca.key beside it, and a new leaf is signed")

// Adopt makes the identity of the official relay's files that are in from, so
// that the relay keeps its address:
//
//	ca.crt ca.key          the identity, Ed25519 or Ed448; the key may be missing
//	server.crt server.key  the leaf that clients see
//
// A leaf with an Ed25519 key is kept, under either kind of authority. One with an
// Ed448 key is replaced by a new one for host, signed with ca.key; clients see
// the same relay. It reports whether it was.
func Adopt(from, to, host string, now time.Time) (reissued bool, err error) {
	root, err := read(from, "ca.crt", transport.DecodeChain)
	if err != nil {
		return false, err
	}
	leaf, err := read(from, "server.crt", transport.DecodeChain)
	if err != nil {
		return false, err
	}
	key, err := read(from, "server.key", transport.DecodeKey)
	if err != nil {
		return false, err
	}
	authority, err := readAuthority(from, root)
	if err != nil {
		return false, err
	}
	chain := append(leaf[:1:1], root...)
	if key.Algorithm() == smp.Ed448 {
		if authority == nil {
			return false, ErrNeedsAuthority
		}
		if chain, key, err = issue(authority, host, now); err != nil {
			return false, err
		}
		reissued = true
	}
	if _, err := check(chain, key, now); err != nil {
		return false, err
	}
	return reissued, writeAll(to, authority, root, chain, key)
}

// readAuthority returns the authority with its key, nil if the key is elsewhere.
func readAuthority(from string, root transport.Chain) (*transport.Authority, error) {
	key, err := read(from, "ca.key", transport.DecodeKey)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	certificate, err := transport.ParseCertificate(root[0])
	if err != nil {
		return nil, fmt.Errorf("identity: ca.crt: %w", err)
	}
	if certificate.PublicKey != key.Public() {
		return nil, errors.New("identity: ca.key is not the key of ca.crt")
	}
	return &transport.Authority{Certificate: root[0], Key: key}, nil
}

// writeAll writes a new identity. The chain comes last: with it, everything is
// there.
func writeAll(to string, authority *transport.Authority, root, chain transport.Chain, key smp.PrivateKey) error {
	files := []file{{"ca.crt", transport.EncodeChain(root)}, {"relay.key", transport.EncodeKey(key)}, {"relay.crt", transport.EncodeChain(chain)}}
	if authority != nil {
		files = append([]file{{"ca.key", transport.EncodeKey(authority.Key)}}, files...)
	}
	for _, f := range files {
		if err := write(filepath.Join(to, f.name), f.content); err != nil {
			return fmt.Errorf("identity: %w", err)
		}
	}
	return nil
}

type file struct {
	name    string
	content []byte
}
