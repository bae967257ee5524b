package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sotto/web/certs"
)

// A certificate is the site's.
type certificate interface {
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Problem is what keeps browsers from the site, nil if nothing.
	Problem(host string, now time.Time) error
}

// noCertificate is of a server that was told of none.
type noCertificate struct{}

func (noCertificate) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return nil, certs.ErrNone
}

func (noCertificate) Problem(string, time.Time) error {
	return errors.New("no certificate for the site: say -acme to get one from Let's Encrypt, or -cert and -key for files of your own")
}

// certificate returns the site's certificate, nil without HTTPS.
func (o *options) certificate(log *slog.Logger) (certificate, error) {
	switch {
	case o.https == "":
		return nil, nil
	case o.acme.on:
		return o.automatic(log)
	case o.cert != "":
		return certs.NewFiles(o.cert, o.key, log), nil
	}
	return noCertificate{}, nil
}

// certificateDir is where certificates from an authority are, in the data
// directory.
const certificateDir = "certificates"

func (o *options) automatic(log *slog.Logger) (*certs.Automatic, error) {
	c := certs.Config{
		Host:      o.host,
		Dir:       filepath.Join(o.data, certificateDir),
		Email:     o.acme.email,
		Directory: o.acme.directory,
		Log:       log,
	}
	if o.acme.roots != "" {
		b, err := os.ReadFile(o.acme.roots)
		if err != nil {
			return nil, fmt.Errorf("-acme-roots: %w", err)
		}
		c.Roots = x509.NewCertPool()
		if !c.Roots.AppendCertsFromPEM(b) {
			return nil, fmt.Errorf("-acme-roots: there is no certificate in %s", o.acme.roots)
		}
	}
	return certs.NewAutomatic(c), nil
}

// siteTLS is how browsers are spoken to.
func siteTLS(c certificate) *tls.Config {
	config := &tls.Config{
		GetCertificate: c.GetCertificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
	}
	if _, ok := c.(*certs.Automatic); ok {
		config.NextProtos = append(config.NextProtos, certs.Protocol)
	}
	return config
}
