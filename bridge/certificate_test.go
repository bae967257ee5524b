package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sotto/bridge/tunnel"
	"sotto/web/certs/certstest"
)

// With a certificate of its own it serves the page by HTTP/2 and WebSockets by
// TLS, without a proxy.
func TestOwnFiles(t *testing.T) {
	cert, key, pool := certstest.Files(t, t.TempDir(), "127.0.0.1")
	p := start(t, "-web", "-widget", "https://shop.example", "-cert", cert, "-key", key)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	response, err := client.Get(p.url + "/config.json")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if !strings.HasPrefix(p.url, "https://") || response.ProtoMajor != 2 || response.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s: %s, %v", p.url, response.Proto, response.Header)
	}
	ws, _, err := websocket.Dial(t.Context(), p.url+"/relay/"+strings.Repeat("A", 43), &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != tunnel.StatusRelayUnreachable {
		t.Errorf("without a relay: %v", err)
	}
	client.CloseIdleConnections()
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// Without the files it starts all the same, and takes them up when they are there.
func TestFilesThatComeLater(t *testing.T) {
	dir := t.TempDir()
	p := start(t, "-cert", dir+"/fullchain.pem", "-key", dir+"/privkey.pem")
	address := strings.TrimPrefix(p.url, "https://")
	if _, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("there is TLS without a certificate")
	}
	_, _, pool := certstest.Files(t, dir, "127.0.0.1")
	conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// The certificate comes from Let's Encrypt's test server.
func TestACME(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, and has no goroutines of ours that other tests do not have")
	}
	const host = "chat.example.org"
	authority := certstest.NewAuthority(t)
	roots, err := os.ReadFile(authority.Roots)
	if err != nil {
		t.Fatal(err)
	}
	p := startWith(t, func(o *options) {
		o.acme.Roots = x509.NewCertPool()
		o.acme.Roots.AppendCertsFromPEM(roots)
	}, "-acme", host, "-acme-dir", t.TempDir(), "-acme-directory", authority.Directory)
	address := strings.TrimPrefix(p.url, "https://")
	_, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	authority.Start(t, n, n)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := tls.Dial("tcp", address, &tls.Config{ServerName: host, InsecureSkipVerify: true})
		if err == nil {
			leaf := conn.ConnectionState().PeerCertificates[0]
			if leaf.VerifyHostname(host) != nil || !strings.Contains(leaf.Issuer.CommonName, "Pebble") {
				t.Errorf("the certificate is for %q, of %s", leaf.DNSNames, leaf.Issuer)
			}
			conn.Close()
			break
		}
		select {
		case <-ctx.Done():
			t.Fatal("no certificate: ", err)
		case <-again.C:
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// startWith is start, with options that have no flag.
func startWith(t *testing.T, change func(*options), args ...string) *running {
	t.Helper()
	o, err := parse(append([]string{"-listen", "127.0.0.1:0", "-relay", relayAddress}, args...), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	change(o)
	return started(t, args, o.run)
}
