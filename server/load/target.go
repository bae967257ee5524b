package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/coder/websocket"

	"sotto/smp"
	"sotto/smp/transport"
)

// A target is a relay and the way to it.
type target struct {
	relay   smp.PasswordAddress
	url     string // of its WebSocket; "" for TLS
	sources int    // addresses of this machine that connections come from

	dialed atomic.Uint32
}

// dial connects and does the handshakes.
func (t *target) dial(ctx context.Context) (*transport.Conn, error) {
	config := &transport.ClientConfig{DialContext: t.dialTCP}
	if t.url == "" {
		return transport.DialRelay(ctx, t.relay.Address, config)
	}
	var err error
	if config.Relay, err = transport.ParseFingerprint(t.relay.Fingerprint); err != nil {
		return nil, err
	}
	ws, _, err := websocket.Dial(ctx, t.url, &websocket.DialOptions{HTTPClient: t.http()})
	if err != nil {
		return nil, fmt.Errorf("websocket: %w", err)
	}
	ws.SetReadLimit(transport.BlockSize)
	nc := websocket.NetConn(context.WithoutCancel(ctx), ws, websocket.MessageBinary)
	return transport.Client(ctx, nc, config)
}

// http returns a client for one WebSocket. The certificate of the site is not
// looked at, since SMP's own says who the relay is; the official relay wants its
// protocol named in TLS.
func (t *target) http() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:       t.dialTCP,
		DisableKeepAlives: true,
		ReadBufferSize:    transport.BlockSize / 4,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, NextProtos: []string{transport.ALPN, "http/1.1"}},
	}}
}

// dialTCP connects from the next of the sources: one address has too few ports
// for a hundred thousand connections.
func (t *target) dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	if t.sources > 1 {
		n := t.dialed.Add(1) % uint32(t.sources)
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, byte(n/250), byte(1+n%250))}
	}
	return d.DialContext(ctx, network, address)
}
