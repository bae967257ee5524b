package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sotto/server/relay/relaytest"
	"sotto/smp/transport"
	"sotto/web/certs/certstest"
)

// stranger is where clients come from in TestLog, and forwarded what one of them
// says of itself.
const stranger, forwarded = "127.0.0.77", "203.0.113.9"

// TestLog lets clients do what is right and what is wrong, at every port, and
// looks through all that the server logs: nothing of who they were is in it, nor
// of which queues they used.
func TestLog(t *testing.T) {
	cert, key, pool := certstest.Files(t, t.TempDir(), domain)
	data := t.TempDir()
	server := startProcess(t, data, "-host", domain, "-https", "127.0.0.1:0", "-cert", cert, "-key", key, "-log-level", "debug", "-echo", "http://127.0.0.1:1")
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(stranger)}}
	native := net.JoinHostPort("127.0.0.1", server.relay.Port)
	config := &transport.ClientConfig{Relay: server.fingerprint(), DialContext: dialer.DialContext}

	conn, err := transport.Dial(t.Context(), native, config)
	if err != nil {
		t.Fatal(err)
	}
	c := relaytest.New(conn)
	defer c.Close()
	q, err := c.Create()
	if err != nil {
		t.Fatal(err)
	}
	c.Send(&relaytest.Queue{Sender: q.Recipient, SenderKey: q.SenderKey}, "no such queue")
	if err := c.Send(q, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := c.Subscribe(q); err != nil {
		t.Fatal(err)
	}
	if err := operate(t.Context(), &options{data: data, command: []string{"block", base64.RawURLEncoding.EncodeToString(q.Sender)}}); err != nil {
		t.Fatal(err)
	}
	for _, port := range []string{native, server.local(t)} {
		nonsense(t, dialer, port)
	}
	visits(t, dialer, server.local(t), &tls.Config{RootCAs: pool})
	server.cmd.Process.Signal(syscall.SIGTERM)
	if err := server.cmd.Wait(); err != nil {
		t.Error(err)
	}
	log := server.log.String()
	if !strings.Contains(log, "level=") {
		t.Fatalf("nothing is logged: %q", log)
	}
	for _, secret := range [][]byte{q.Recipient, q.Sender} {
		for _, form := range []string{base64.URLEncoding.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret), hex.EncodeToString(secret), string(secret)} {
			expectAbsent(t, log, strings.TrimRight(form, "="))
		}
	}
	for _, word := range []string{stranger, forwarded, "secret-fragment", "hello", "smp://", "simplex:"} {
		expectAbsent(t, log, word)
	}
}

func expectAbsent(t *testing.T, log, word string) {
	t.Helper()
	if strings.Contains(log, word) {
		t.Errorf("%q is logged:\n%s", word, log)
	}
}

// nonsense is said by clients that do not speak TLS, or stop in the middle.
func nonsense(t *testing.T, dialer *net.Dialer, port string) {
	t.Helper()
	for _, words := range []string{"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x05hello", "\x16\x03\x01\x40\x00"} {
		nc, err := dialer.DialContext(t.Context(), "tcp", port)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(nc, words)
		nc.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, nc)
		nc.Close()
	}
	// A TLS client that then says nothing of SMP.
	nc, err := tls.DialWithDialer(dialer, "tcp", port, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{transport.ALPN}})
	if err != nil {
		t.Fatal(err)
	}
	nc.Write(make([]byte, transport.BlockSize))
	nc.SetReadDeadline(time.Now().Add(time.Minute))
	io.Copy(io.Discard, nc)
	nc.Close()
}

// visits are requests for what is there and what is not.
func visits(t *testing.T, dialer *net.Dialer, site string, config *tls.Config) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: config,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, site)
		},
	}}
	for _, path := range []string{"/", "/nothing?x=secret-fragment", "/echo/secret-fragment", "/smp?challenge=secret-fragment"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+domain+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", forwarded)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	ws, _, err := websocket.Dial(t.Context(), "https://"+domain+"/smp", &websocket.DialOptions{HTTPClient: client, HTTPHeader: http.Header{"X-Forwarded-For": {forwarded}}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	ws.SetReadLimit(transport.BlockSize)
	ws.Write(t.Context(), websocket.MessageText, []byte("secret-fragment"))
	for err == nil {
		_, _, err = ws.Read(t.Context())
	}
}
