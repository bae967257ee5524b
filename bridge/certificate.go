package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"sotto/web/certs"
)

// A certificate is that of the page's host.
type certificate interface {
	GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
}

// checkCertificate refuses flags that do not go together.
func (o *options) checkCertificate() error {
	switch {
	case (o.cert == "") != (o.key == ""):
		return errors.New("-cert and -key go together")
	case o.cert != "" && o.acme.Host != "":
		return errors.New("-cert and -acme are two ways to the same")
	}
	return nil
}

// certificate returns the certificate, nil if a proxy has one.
func (o *options) certificate(log *slog.Logger) certificate {
	switch {
	case o.cert != "":
		c := certs.NewFiles(o.cert, o.key, log)
		if _, err := c.GetCertificate(nil); err != nil {
			log.Warn("browsers are refused until there is a certificate", "error", c.Problem("", time.Now()))
		}
		return c
	case o.acme.Host != "":
		o.acme.Log = log
		return certs.NewAutomatic(o.acme)
	}
	return nil
}

// listenAndServe is Serve or ServeTLS. The authority asks at this port whether
// the host is here, so the first certificate is got while it is served.
func (p *program) listenAndServe(ctx context.Context, s *http.Server, l *limitedListener) error {
	if p.certificate == nil {
		return s.Serve(l)
	}
	s.TLSConfig = &tls.Config{
		GetCertificate: p.certificate.GetCertificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
	}
	if a, ok := p.certificate.(*certs.Automatic); ok {
		s.TLSConfig.NextProtos = append(s.TLSConfig.NextProtos, certs.Protocol)
		ctx, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		running.Go(func() { a.Run(ctx) })
		defer running.Wait()
		defer stop()
	}
	return s.ServeTLS(l, "", "")
}
