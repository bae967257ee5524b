// Package certs has the web site's certificate: from two files that somebody
// else renews, or from an authority that speaks ACME, as Let's Encrypt does.
//
// A server starts without one, too. Until there is one, browsers are refused,
// and Problem says in a sentence what the operator can do; nothing has to be
// started again then.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// ErrNone is returned while there is no certificate.
var ErrNone = errors.New("certs: there is no certificate yet")

// examine says what browsers would not like about a certificate.
func examine(c *tls.Certificate, host string, now time.Time) error {
	leaf, err := leafOf(c)
	if err != nil {
		return err
	}
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Errorf("certs: the certificate expired on %s: browsers refuse the site until it is renewed", day(leaf.NotAfter))
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("certs: the certificate is not valid before %s: is the clock of this machine right?", day(leaf.NotBefore))
	case leaf.VerifyHostname(host) != nil:
		return fmt.Errorf("certs: the certificate is not for %s but for %q", host, leaf.DNSNames)
	}
	return nil
}

func leafOf(c *tls.Certificate) (*x509.Certificate, error) {
	if c.Leaf != nil {
		return c.Leaf, nil
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	return leaf, nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
