//go:build !js

package tls13_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/smp/transport/openssltest"
	"sotto/smp/transport/tls13"
)

// Another implementation of TLS with Ed448 certificates, which sends tickets,
// and asks for another ClientHello if it takes nothing but X448.
func TestOpenSSL(t *testing.T) {
	id := openssltest.NewIdentity(t)
	for _, group := range []string{"X25519", "X448"} {
		t.Run(group, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			ours, theirs := net.Pipe()
			var server *transport.TLSConn
			served := make(chan error, 1)
			go func() {
				var err error
				server, err = id.Serve(ctx, theirs, "-groups", group)
				served <- err
			}()
			c, err := tls13.Client(ctx, ours, &tls13.Config{ALPN: []string{"smp/1"}, Verify: leafOf(id)})
			if err != nil {
				t.Fatal(err)
			}
			if err := <-served; err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			defer c.Close()
			if s := c.State(); !bytes.Equal(s.Finished, server.SessionID) || s.ALPN != "smp/1" || len(s.Chain) != 2 {
				t.Errorf("Finished %x, OpenSSL has %x; protocol %q, chain of %d", s.Finished, server.SessionID, s.ALPN, len(s.Chain))
			}
			exchange(t, c, server)
			exchange(t, server, c)
		})
	}
}

// leafOf accepts the chain of an identity and nothing else.
func leafOf(id *openssltest.Identity) func([][]byte) (smp.PublicKey, error) {
	return func(chain [][]byte) (smp.PublicKey, error) {
		relay, _ := id.Chain.Identity()
		leaf, err := transport.Chain(chain).Verify(relay, time.Now())
		if err != nil {
			return smp.PublicKey{}, err
		}
		return leaf.PublicKey, nil
	}
}

// exchange sends more than one record.
func exchange(t *testing.T, from io.Writer, to io.Reader) {
	t.Helper()
	want := bytes.Repeat([]byte("block"), 20_000)
	sent := make(chan error, 1)
	go func() {
		_, err := from.Write(want)
		sent <- err
	}()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(to, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got something else: %v", err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}
