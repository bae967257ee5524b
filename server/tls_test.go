package main

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/coder/websocket"

	"sotto/server/relay/relaytest"
	"sotto/smp/transport"
	"sotto/web/certs/certstest"
)

// TestHTTPS: pages come by HTTP/2, and WebSockets open all the same.
func TestHTTPS(t *testing.T) {
	cert, key, pool := certstest.Files(t, t.TempDir(), "127.0.0.1")
	r := start(t, "-host", "127.0.0.1", "-http", "none", "-https", "127.0.0.1:0", "-cert", cert, "-key", key)
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
