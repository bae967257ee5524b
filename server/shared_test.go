package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sotto/server/control"
	"sotto/server/relay/relaytest"
	"sotto/smp/transport"
	"sotto/web/certs/certstest"
)

// domain is a name that no name server knows: who wants it is led to address.
const domain = "chat.example.org"

// A visitor is a browser for which the domain is at an address of this machine.
func visitor(t *testing.T, address string, pool *x509.CertPool, http2 bool) *http.Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		TLSClientConfig:   &tls.Config{RootCAs: pool},
		ForceAttemptHTTP2: http2,
		DisableKeepAlives: !http2,
	}
	t.Cleanup(transport.CloseIdleConnections)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: transport, CheckRedirect: stay}
}

// fetch returns an answer with its body.
func fetch(t *testing.T, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	response, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// socketOver is an SMP client behind a WebSocket.
func socketOver(t *testing.T, c *http.Client, url string, relay transport.Fingerprint) *relaytest.Client {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(transport.BlockSize)
	conn, err := transport.Client(t.Context(), websocket.NetConn(t.Context(), ws, websocket.MessageBinary), &transport.ClientConfig{Relay: relay})
	if err != nil {
		t.Fatal(err)
	}
	return relaytest.New(conn)
}

func (r *running) local(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(r.site)
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", u.Port())
}

// TestSharedPort: one port serves pages by HTTP/2 and by HTTP/1.1, WebSockets,
// and SMP clients of both kinds, all at once.
func TestSharedPort(t *testing.T) {
	cert, key, pool := certstest.Files(t, t.TempDir(), domain)
	r := start(t, "-host", domain, "-http", "none", "-smp", "none", "-https", "127.0.0.1:0", "-cert", cert, "-key", key)
	address := r.local(t)
	if _, port, _ := net.SplitHostPort(address); r.relay.Port != port {
		t.Errorf("the relay's address has port %s, the site's %s", r.relay.Port, port)
	}
	for _, proto := range []int{1, 2} {
		response, _ := fetch(t, visitor(t, address, pool, proto == 2), r.site+"healthz")
		if response.StatusCode != http.StatusOK || response.ProtoMajor != proto || response.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("HTTP/%d: %s, %s", proto, response.Proto, response.Status)
		}
	}
	page := socketOver(t, visitor(t, address, pool, false), r.site+"smp", r.fingerprint())
	defer page.Close()
	app, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	talk(t, app, page)
	// As official apps do that are to look like a browser.
	disguised, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer disguised.Close()
	if state := disguised.ConnectionState(); len(state.PeerCertificates) != 2 || state.Version != tls.VersionTLS13 {
		t.Errorf("without a name: %d certificates, want the relay's chain", len(state.PeerCertificates))
	}
	if _, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, ServerName: "other.example.org"}); err == nil {
		t.Error("a site of another name is there")
	}
}

// TestCertificateLater: without a certificate the relay serves its clients, and
// says what is missing; when there is one, the site is there.
func TestCertificateLater(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	cert, key := filepath.Join(dir, "fullchain.pem"), filepath.Join(dir, "privkey.pem")
	r := start(t, "-data", data, "-host", domain, "-http", "none", "-https", "127.0.0.1:0", "-cert", cert, "-key", key)
	app, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	if _, err := app.Create(); err != nil {
		t.Error(err)
	}
	if _, err := visitor(t, r.local(t), nil, true).Get(r.site); err == nil {
		t.Error("a site without a certificate")
	}
	if s, err := control.Ask(t.Context(), data, "status", ""); err != nil || !strings.Contains(s, "fullchain.pem is not there") {
		t.Errorf("status: %q, %v", s, err)
	}
	for range 2 { // the second time it is renewed
		_, _, pool := certstest.Files(t, dir, domain)
		response, _ := fetch(t, visitor(t, r.local(t), pool, true), r.site+"healthz")
		if response.StatusCode != http.StatusOK {
			t.Error(response.Status)
		}
	}
	if s, err := control.Ask(t.Context(), data, "status", ""); err != nil || !strings.Contains(s, "certificate good\n") {
		t.Errorf("status: %q, %v", s, err)
	}
}

// TestRedirect: plain HTTP leads to HTTPS, once that works.
func TestRedirect(t *testing.T) {
	dir := t.TempDir()
	plain := freePort(t)
	r := start(t, "-host", domain, "-http", plain, "-https", "127.0.0.1:0", "-cert", filepath.Join(dir, "fullchain.pem"), "-key", filepath.Join(dir, "privkey.pem"))
	client := visitor(t, plain, nil, false)
	if response, body := fetch(t, client, "http://"+domain+"/a#x"); response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "no certificate yet") {
		t.Errorf("without a certificate: %s %q", response.Status, body)
	}
	certstest.Files(t, dir, domain)
	for path, want := range map[string]string{"/": "", "/a?b=c": "a?b=c", "//evil.example/x": "evil.example/x"} {
		response, _ := fetch(t, client, "http://"+domain+path)
		if got := response.Header.Get("Location"); response.StatusCode != http.StatusMovedPermanently || got != r.site+want {
			t.Errorf("%s leads to %q by %s", path, got, response.Status)
		}
	}
}

// TestACME: the server gets its certificate from Let's Encrypt's test server,
// while SMP clients are at the same port.
func TestACME(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, and has no goroutines of ours that other tests do not have")
	}
	authority := certstest.NewAuthority(t)
	data := t.TempDir()
	r := start(t, "-data", data, "-host", domain, "-http", "none", "-https", "127.0.0.1:0", "-acme", "-acme-email", "operator@example.org",
		"-acme-directory", authority.Directory, "-acme-roots", authority.Roots)
	port, err := strconv.Atoi(strings.TrimPrefix(r.local(t), "127.0.0.1:"))
	if err != nil {
		t.Fatal(err)
	}
	authority.Start(t, port, port)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		s, err := control.Ask(t.Context(), data, "status", "")
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("status: %s, %v", s, err)
		}
		if strings.Contains(s, "certificate good\n") {
			break
		}
	}
	conn, err := tls.Dial("tcp", r.local(t), &tls.Config{ServerName: domain, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if leaf := conn.ConnectionState().PeerCertificates[0]; leaf.VerifyHostname(domain) != nil || !strings.Contains(leaf.Issuer.CommonName, "Pebble") {
		t.Errorf("the certificate is for %q, of %s", leaf.DNSNames, leaf.Issuer)
	}
	if info, err := os.Stat(filepath.Join(data, certificateDir)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the certificates' directory: %v, %v", info, err)
	}
}

// TestUnixSocket: a proxy reaches the site by a socket in the file system.
func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "http")
	r := start(t, "-http", "unix:"+path)
	if r.site != "unix:"+path {
		t.Errorf("site is %s", r.site)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	if response, body := fetch(t, client, "http://"+domain+"/healthz"); response.StatusCode != http.StatusOK || body != "ok\n" {
		t.Errorf("%s %q", response.Status, body)
	}
	socketOver(t, client, "http://"+domain+"/smp", r.fingerprint()).Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket: %v, %v", info, err)
	}
}
