package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/server/inspect"
	"sotto/smp"
)

// TestQuickstart: what it writes is what the server reads, and the address that
// it prints is the server's.
func TestQuickstart(t *testing.T) {
	dir := t.TempDir()
	file, data := filepath.Join(dir, "server.conf"), filepath.Join(dir, "data")
	var out bytes.Buffer
	// Reserved by RFC 2606: no name server knows it.
	if err := begin(t.Context(), []string{"-config", file, "-data", data, "-proxied", "-email", "me@example.org", "chat.invalid"}, &out); err != nil {
		t.Fatal(err)
	}
	o, err := parse([]string{"-config", file})
	if err != nil {
		t.Fatal(err)
	}
	if o.host != "chat.invalid" || o.data != data || o.http != "127.0.0.1:8080" || o.https != "" || len(o.proxies) != 2 {
		t.Errorf("%+v", o)
	}
	for _, words := range []string{"█", "smp://", "@chat.invalid:5223\n", file, filepath.Join(data, "ca.key"), "not in the DNS"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("no %q in what it says:\n%s", words, &out)
		}
	}
	r := start(t, "-config", file, "-data", data, "-metrics", "none")
	if !strings.Contains(out.String(), strings.TrimSuffix(r.relay.Address.String(), ":"+r.relay.Port)) {
		t.Errorf("the server is %s", r.relay)
	}
	if err := begin(t.Context(), []string{"-config", file, "chat.invalid"}, &out); err == nil {
		t.Error("settings are replaced")
	}
}

// TestCheck finds what is wrong before the server starts.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	o, err := parse([]string{"-data", filepath.Join(dir, "data"), "-host", "chat.invalid", "-http", "127.0.0.1:0", "-https", "127.0.0.1:0", "-smp", "127.0.0.1:0", "-cert", filepath.Join(dir, "c.pem"), "-key", filepath.Join(dir, "k.pem")})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := o.checkAll(t.Context(), &out); !errors.Is(err, errCheck) {
		t.Errorf("%v", err)
	}
	for _, words := range []string{"BAD   chat.invalid is not in the DNS", "c.pem is not there", "ok    data = ", "smp = 127.0.0.1:0 is free", "identity is made"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("no %q in:\n%s", words, &out)
		}
	}
}

// TestCheckRunning: a server that runs has its ports, and its identity.
func TestCheckRunning(t *testing.T) {
	data := t.TempDir()
	r := start(t, "-data", data)
	o, err := parse([]string{"-data", data, "-http", "127.0.0.1:1", "-smp", "127.0.0.1:" + r.relay.Port})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, f := range o.findings(t.Context()) {
		text += f.String() + "\n"
		if f.Level == inspect.Bad {
			t.Errorf("%s", f)
		}
	}
	for _, words := range []string{"is served", r.relay.String(), "ca.key"} {
		if !strings.Contains(text, words) {
			t.Errorf("no %q in:\n%s", words, text)
		}
	}
}

// TestRotate: with the authority's key from elsewhere the relay gets another
// certificate and keeps its address and queues.
func TestRotate(t *testing.T) {
	data := t.TempDir()
	if err := os.Chmod(data, 0o700); err != nil {
		t.Fatal(err)
	}
	safe := filepath.Join(t.TempDir(), "usb-stick")
	var before smp.PasswordAddress
	t.Run("before", func(t *testing.T) { before = start(t, "-data", data).relay })
	if err := os.Rename(filepath.Join(data, "ca.key"), safe); err != nil {
		t.Fatal(err)
	}
	old, _ := os.ReadFile(filepath.Join(data, "relay.key"))
	if err := operate(t.Context(), &options{data: data, host: "localhost", command: []string{"rotate", safe}}); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(filepath.Join(data, "relay.key")); bytes.Equal(old, now) {
		t.Error("the key is the same")
	}
	r := start(t, "-data", data)
	if r.fingerprint() != (&running{relay: before}).fingerprint() {
		t.Error("another relay")
	}
	c, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Create(); err != nil {
		t.Error(err)
	}
}
