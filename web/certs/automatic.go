package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

const (
	// tryAgain is how long to wait when no certificate was given. Authorities
	// allow few failures an hour.
	tryAgain = 15 * time.Minute
	// acmeTimeout bounds one request to the authority.
	acmeTimeout = 30 * time.Second
)

// A Config says from whom to get certificates.
type Config struct {
	Host      string         // that they are for
	Dir       string         // where they and the account's key are kept
	Email     string         // that the authority may write to; may be empty
	Directory string         // URL of the authority; Let's Encrypt if empty
	Roots     *x509.CertPool // that sign the authority's own site; nil: the system's
	Log       *slog.Logger
}

// Automatic is a certificate from an authority that speaks ACME (RFC 8555). It
// is renewed when a third of its life is left.
type Automatic struct {
	host    string
	log     *slog.Logger
	manager *autocert.Manager
	client  *http.Client
	stopped chan struct{}

	current atomic.Pointer[tls.Certificate] // that was shown last; nil before the first
	failure atomic.Pointer[error]           // of the last attempt to get the first
}

// NewAutomatic returns a certificate that Run gets.
func NewAutomatic(c Config) *Automatic {
	stopped := make(chan struct{})
	client := &http.Client{Timeout: acmeTimeout, Transport: until{stopped, &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{RootCAs: c.Roots},
		IdleConnTimeout: time.Minute,
	}}}
	return &Automatic{
		host:    c.Host,
		log:     c.Log,
		client:  client,
		stopped: stopped,
		manager: &autocert.Manager{
			Prompt:     autocert.AcceptTOS,
			Cache:      autocert.DirCache(c.Dir),
			HostPolicy: only(c.Host),
			Email:      c.Email,
			Client:     &acme.Client{DirectoryURL: c.Directory, HTTPClient: client, UserAgent: "sotto"},
		},
	}
}

// only allows one host, also with the port that requests name if it is not 80.
func only(host string) autocert.HostPolicy {
	allow := autocert.HostWhitelist(host)
	return func(ctx context.Context, asked string) error {
		if name, _, err := net.SplitHostPort(asked); err == nil {
			asked = name
		}
		return allow(ctx, asked)
	}
}

// Protocol is what the authority asks for in TLS to see that the host is ours.
const Protocol = acme.ALPNProto

// GetCertificate is for tls.Config, with Protocol among its protocols. It never
// asks the authority for the first certificate: visitors who come before it
// would use up the attempts that are allowed.
func (a *Automatic) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	challenge := len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == Protocol
	if challenge {
		return a.manager.GetCertificate(hello)
	}
	if a.current.Load() == nil {
		return nil, ErrNone
	}
	c, err := a.manager.GetCertificate(hello)
	if err == nil {
		a.current.Store(c)
	}
	return c, err
}

// Challenges answers the authority's questions on port 80, and gives all other
// requests to h.
func (a *Automatic) Challenges(h http.Handler) http.Handler { return a.manager.HTTPHandler(h) }

// Run gets the first certificate, and returns when it is there or ctx ends. The
// ports on which the authority asks must be served meanwhile. After ctx nothing
// is renewed any more.
func (a *Automatic) Run(ctx context.Context) {
	context.AfterFunc(ctx, func() {
		close(a.stopped)
		a.client.CloseIdleConnections()
	})
	for {
		err := a.obtain(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		a.log.Error("there is no certificate for the site yet", "error", err, "next", tryAgain.String())
		select {
		case <-ctx.Done():
			return
		case <-time.After(tryAgain):
		}
	}
}

// obtain asks for the certificate as a visitor of today would.
func (a *Automatic) obtain(ctx context.Context) error {
	got := make(chan error, 1)
	go func() {
		c, err := a.manager.GetCertificate(&tls.ClientHelloInfo{
			ServerName:       a.host,
			SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
			CipherSuites:     []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
			SupportedCurves:  []tls.CurveID{tls.CurveP256},
		})
		a.took(c, err)
		got <- err
	}()
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Automatic) took(c *tls.Certificate, err error) {
	if err != nil {
		a.failure.Store(&err)
		return
	}
	a.current.Store(c)
	if leaf, err := leafOf(c); err == nil {
		a.log.Info("the site has a certificate", "until", day(leaf.NotAfter))
	}
}

// Problem returns what keeps browsers from a site of this host, nil if nothing.
func (a *Automatic) Problem(host string, now time.Time) error {
	if c := a.current.Load(); c != nil {
		return examine(c, host, now)
	}
	if err := a.failure.Load(); err != nil {
		return fmt.Errorf("certs: the authority gives no certificate for %s: %w (the name must lead to this machine, and ports 443 and 80 must be open to the world)", a.host, *err)
	}
	return ErrNone
}

// until is a RoundTripper that refuses when done is: autocert has no other way
// to be stopped.
type until struct {
	done <-chan struct{}
	*http.Transport
}

func (u until) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-u.done:
		return nil, context.Canceled
	default:
		return u.Transport.RoundTrip(r)
	}
}
