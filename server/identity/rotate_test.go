package identity

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sotto/smp/transport"
)

// made is a directory with an identity, and what it is.
func made(t *testing.T) (string, *Identity) {
	t.Helper()
	dir := t.TempDir()
	id, err := Load(dir, "relay.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return dir, id
}

// TestRotate: the relay keeps its address and gets another key, and the
// authority's key is nowhere but where the operator has it.
func TestRotate(t *testing.T) {
	dir, before := made(t)
	if AuthorityKey(dir) != filepath.Join(dir, "ca.key") {
		t.Error("the authority's key is not seen")
	}
	safe := filepath.Join(t.TempDir(), "ca.key")
	if err := os.Rename(filepath.Join(dir, "ca.key"), safe); err != nil {
		t.Fatal(err)
	}
	after, err := Rotate(dir, safe, "relay.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if after.Fingerprint != before.Fingerprint || after.Key.Public() == before.Key.Public() {
		t.Error("another address, or the same key")
	}
	read, err := Read(dir, time.Now())
	if err != nil || read.Key.Public() != after.Key.Public() {
		t.Errorf("read again: %v", err)
	}
	if AuthorityKey(dir) != "" {
		t.Error("the authority's key is copied")
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.*.*")); len(files) > 0 {
		t.Errorf("left behind: %q", files)
	}
}

func TestRotateRefused(t *testing.T) {
	dir, before := made(t)
	other, _ := made(t)
	for _, key := range []string{filepath.Join(other, "ca.key"), filepath.Join(other, "none"), filepath.Join(other, "ca.crt")} {
		if _, err := Rotate(dir, key, "relay.example", time.Now()); err == nil {
			t.Errorf("rotated with %s", key)
		}
	}
	if _, err := Rotate(t.TempDir(), filepath.Join(dir, "ca.key"), "relay.example", time.Now()); err == nil {
		t.Error("rotated where there is no identity")
	}
	if id, err := Read(dir, time.Now()); err != nil || id.Key.Public() != before.Key.Public() {
		t.Errorf("the identity changed: %v", err)
	}
	if _, err := Read(t.TempDir(), time.Now()); !errors.Is(err, ErrNone) {
		t.Errorf("an empty directory: %v", err)
	}
}

// TestRotateKilled: whenever the program ends, there is one identity, the old
// one or the new.
func TestRotateKilled(t *testing.T) {
	dir, before := made(t)
	authority := &transport.Authority{}
	key, err := read(dir, "ca.key", transport.DecodeKey)
	if err == nil {
		authority.Key = key
		authority.Certificate = before.Chain[1]
	}
	chain, leaf, issueErr := authority.Issue(nil, "relay.example", time.Now())
	if err := errors.Join(err, issueErr); err != nil {
		t.Fatal(err)
	}
	put := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(when string, want *Identity) {
		t.Helper()
		id, err := Read(dir, time.Now())
		if err != nil || id.Key.Public() != want.Key.Public() {
			t.Fatalf("killed %s: %v", when, err)
		}
	}
	after := &Identity{Key: leaf}
	put("relay.key.new", transport.EncodeKey(leaf)[:10])
	expect("while the key is written", before)
	put("relay.key.new", transport.EncodeKey(leaf))
	put("relay.crt.part", transport.EncodeChain(chain)[:10])
	expect("while the chain is written", before)
	put("relay.key.new", transport.EncodeKey(leaf))
	put("relay.crt.new", transport.EncodeChain(chain))
	expect("before the key is renamed", after)
	put("relay.crt.new", transport.EncodeChain(chain))
	expect("before the chain is renamed", after)
}
