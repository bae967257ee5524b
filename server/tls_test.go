package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sotto/server/relay/relaytest"
	"sotto/smp/transport"
)

// webCertificate makes a certificate for the site, and the pool that trusts it.
func webCertificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert"), filepath.Join(t.TempDir(), "key")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certFile, keyFile, pool
}

// TestHTTPS: pages come by HTTP/2, and WebSockets open all the same.
func TestHTTPS(t *testing.T) {
	cert, key, pool := webCertificate(t)
	r := start(t, "-host", "127.0.0.1", "-cert", cert, "-key", key)
	config := &tls.Config{RootCAs: pool}
	pages := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer pages.CloseIdleConnections()
	response, err := (&http.Client{Transport: pages}).Get(r.site + "healthz")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.ProtoMajor != 2 || response.StatusCode != http.StatusOK {
		t.Errorf("healthz: %s, %s", response.Proto, response.Status)
	}
	sockets := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	ws, _, err := websocket.Dial(t.Context(), r.site+"smp", &websocket.DialOptions{HTTPClient: sockets})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	ws.SetReadLimit(transport.BlockSize)
	conn, err := transport.Client(t.Context(), websocket.NetConn(t.Context(), ws, websocket.MessageBinary), &transport.ClientConfig{Relay: r.fingerprint()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := relaytest.New(conn).Create(); err != nil {
		t.Error(err)
	}
}
