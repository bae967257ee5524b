package transport

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"
)

// ErrIdentity is returned for a relay that is not the one in the address.
var ErrIdentity = errors.New("transport: the relay has another identity than its address says")

// A Fingerprint is the identity of a relay: the SHA-256 of the certificate that
// its operator keeps offline. It is a part of the relay's address.
type Fingerprint [sha256.Size]byte

// ParseFingerprint returns the fingerprint in a relay's address; ErrIdentity if
// it has a wrong length.
func ParseFingerprint(b []byte) (Fingerprint, error) {
	var f Fingerprint
	if len(b) != len(f) {
		return f, ErrIdentity
	}
	copy(f[:], b)
	return f, nil
}

// A Chain is the certificates of a relay in DER, the leaf first.
//
// SMP: "Router certificate". The second one is the identity in a chain of any
// length, also where it is not the last:
//
//	2: leaf, identity
//	3: leaf, identity, operator
//	4: leaf, identity, network, operator
//
// The specification draws the longer chains with a certificate between leaf
// and identity; the reference takes the second one, and so do relays.
type Chain [][]byte

// Lengths of a chain that has an identity.
const (
	minChain = 2
	maxChain = 4
)

// Identity returns the fingerprint of the relay whose chain this is, and false
// for a chain of a wrong length. It says nothing about signatures.
func (c Chain) Identity() (Fingerprint, bool) {
	if len(c) < minChain || len(c) > maxChain {
		return Fingerprint{}, false
	}
	return sha256.Sum256(c[1]), true
}

// Verify checks that the chain belongs to the relay with the fingerprint: the
// identity, every signature, that each signer may sign, and that all are valid
// now. It returns the leaf. Errors are ErrIdentity or ErrCertificate, which is
// ErrValidity if nothing but the time is wrong.
func (c Chain) Verify(relay Fingerprint, now time.Time) (*Certificate, error) {
	id, ok := c.Identity()
	if !ok {
		return nil, fmt.Errorf("%w: chain of %d", ErrCertificate, len(c))
	}
	if subtle.ConstantTimeCompare(id[:], relay[:]) != 1 {
		return nil, ErrIdentity
	}
	return c.verifySignatures(now)
}

func (c Chain) verifySignatures(now time.Time) (*Certificate, error) {
	certs, err := c.parse()
	if err != nil {
		return nil, err
	}
	root := certs[len(certs)-1]
	for i, signer := range certs[1:] {
		// Like the reference, ask no authority of the root: it is trusted for
		// its place.
		if !certs[i].signedBy(signer) || !signer.Authority && signer != root {
			return nil, fmt.Errorf("%w: number %d of the chain is not signed by the next", ErrCertificate, i+1)
		}
	}
	if root.namesItself() && !root.signedBy(root) {
		return nil, fmt.Errorf("%w: the last of the chain is not signed by itself", ErrCertificate)
	}
	for i, cert := range certs {
		if err := cert.validAt(now); err != nil {
			return nil, fmt.Errorf("%w: number %d of the chain", err, i+1)
		}
	}
	return certs[0], nil
}

func (c Chain) parse() ([]*Certificate, error) {
	certs := make([]*Certificate, len(c))
	for i, der := range c {
		cert, err := ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: number %d of the chain", err, i+1)
		}
		certs[i] = cert
	}
	return certs, nil
}
