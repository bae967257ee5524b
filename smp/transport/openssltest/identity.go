//go:build !js

// Package openssltest lets OpenSSL be the TLS of a relay in tests: with Ed448
// certificates and key agreement by X448, which many relays have and crypto/tls
// does not. It needs the program openssl, and skips the test without it.
package openssltest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sotto/smp"
	"sotto/smp/transport"
)

// An Identity is a relay's certificates, all Ed448, made by OpenSSL.
type Identity struct {
	Chain transport.Chain
	Key   smp.PrivateKey // of the leaf

	dir string
}

// NewIdentity makes an identity that lasts as long as the test.
func NewIdentity(t testing.TB) *Identity {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("needs the program openssl (Debian's package of that name): ", err)
	}
	dir, err := os.MkdirTemp("", "openssl") // t.TempDir is too long for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	id := &Identity{dir: dir}
	id.make(t)
	return id
}

// make runs OpenSSL for an authority and a leaf, and reads what it wrote.
func (id *Identity) make(t testing.TB) {
	t.Helper()
	for _, args := range [][]string{
		{"req", "-x509", "-newkey", "ed448", "-noenc", "-keyout", "ca.key", "-out", "ca.crt", "-days", "9", "-subj", "/CN=SMP server CA"},
		{"req", "-newkey", "ed448", "-noenc", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=relay.example", "-addext", "keyUsage=digitalSignature"},
		{"x509", "-req", "-in", "leaf.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy", "-days", "9", "-out", "leaf.crt"},
	} {
		cmd := exec.Command("openssl", args...)
		cmd.Dir = id.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
		}
	}
	var err error
	if id.Chain, err = transport.DecodeChain(append(id.read(t, "leaf.crt"), id.read(t, "ca.crt")...)); err != nil {
		t.Fatal(err)
	}
	if id.Key, err = transport.DecodeKey(id.read(t, "leaf.key")); err != nil {
		t.Fatal(err)
	}
}

func (id *Identity) path(name string) string { return filepath.Join(id.dir, name) }

func (id *Identity) read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(id.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
