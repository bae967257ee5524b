package main

import (
	"crypto/tls"
	"io"
	"net"
	"syscall"
	"testing"

	"sotto/smp"
	"sotto/smp/transport"
)

// TestStop: the program ends orderly on both signals, with clients there, and
// what it had is there again.
func TestStop(t *testing.T) {
	dir := t.TempDir()
	server := startProcess(t, dir)
	first := server.relay
	c, err := server.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q, err := c.Create()
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		if err := c.Send(q, signal.String()); err != nil {
			t.Fatal(err)
		}
		server.cmd.Process.Signal(signal)
		if err := server.cmd.Wait(); err != nil {
			t.Errorf("%v: %v", signal, err)
		}
		if _, err := c.Do(nil, smp.PrivateKey{}, smp.PING{}); err == nil {
			t.Errorf("%v: the connection goes on", signal)
		}
		server = startProcess(t, dir)
		if string(server.relay.Fingerprint) != string(first.Fingerprint) {
			t.Error("the fingerprint changed")
		}
		if c, err = server.dialTLS(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	defer server.kill(t)
	if err := c.Subscribe(q); err != nil {
		t.Fatal(err)
	}
	msg, err := c.Event()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		if err != nil {
			t.Fatal(err)
		}
		id, d, openErr := q.Open(msg)
		if openErr != nil || string(d.Body) != signal.String() {
			t.Errorf("got %q, %v, want %q", d.Body, openErr, signal)
		}
		msg, err = c.Acknowledge(q, id)
	}
	c.Close()
}

// TestALPN: clients that choose no application protocol know only version 6.
func TestALPN(t *testing.T) {
	r := start(t)
	for alpn, want := range map[string]smp.Version{"": 6, transport.ALPN: smp.MaxVersion, "http/1.1": smp.MaxVersion} {
		config := &tls.Config{InsecureSkipVerify: true}
		if alpn != "" {
			config.NextProtos = []string{alpn}
		}
		c, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", r.relay.Port), config)
		if err != nil {
			t.Fatal(err)
		}
		block := make([]byte, transport.BlockSize)
		if _, err := io.ReadFull(c, block); err != nil {
			t.Fatal(err)
		}
		hello, err := transport.ParseServerHello(block[2:])
		if err != nil || hello.Versions.Min != 6 || hello.Versions.Max != want {
			t.Errorf("ALPN %q: versions %v, %v, want 6 to %d", alpn, hello.Versions, err, want)
		}
		if v := c.ConnectionState().Version; v != tls.VersionTLS13 {
			t.Errorf("TLS version is %x", v)
		}
		c.Close()
	}
}
