package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sotto/server/relay/relaytest"
	"sotto/smp"
	"sotto/smp/transport"
)

// operateOn runs a command of the operator.
func operateOn(t *testing.T, dir string, command ...string) error {
	t.Helper()
	o, err := parse(append([]string{"-data", dir}, command...))
	if err != nil {
		t.Fatal(err)
	}
	return operate(t.Context(), o)
}

// TestBackupAndRestore makes a backup of a running server, and of the stopped
// one, and goes on from each.
func TestBackupAndRestore(t *testing.T) {
	dir, copies := filepath.Join(t.TempDir(), "data"), t.TempDir()
	server := startProcess(t, dir)
	c := dialProcess(t, server)
	q, err := c.Create()
	if err != nil {
		t.Fatal(err)
	}
	send := func(body string) {
		t.Helper()
		if err := c.Send(q, body); err != nil {
			t.Fatal(err)
		}
	}
	send("before")
	running := filepath.Join(copies, "running")
	if err := operateOn(t, dir, "backup", running); err != nil {
		t.Fatal(err)
	}
	send("after")
	if err := operateOn(t, dir, "backup", running); err == nil {
		t.Error("a backup is replaced")
	}
	server.kill(t)
	stopped := filepath.Join(copies, "stopped")
	if err := operateOn(t, dir, "backup", stopped); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]int{running: 1, stopped: 2} {
		if err := operateOn(t, dir, "restore", from); err == nil {
			t.Error("data that is there is replaced")
		}
		again := filepath.Join(t.TempDir(), "data")
		if err := operateOn(t, again, "restore", from); err != nil {
			t.Fatal(err)
		}
		restored := startProcess(t, again)
		if restored.fingerprint() != server.fingerprint() {
			t.Error("the restored relay is another one")
		}
		if got := count(t, dialProcess(t, restored), q); got != want {
			t.Errorf("%s: %d messages, want %d", filepath.Base(from), got, want)
		}
		restored.kill(t)
	}
}

func dialProcess(t *testing.T, p *process) *relaytest.Client {
	t.Helper()
	c, err := p.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// count takes all messages of a queue.
func count(t *testing.T, c *relaytest.Client, q *relaytest.Queue) int {
	t.Helper()
	n := 0
	for {
		r, err := c.Do(q.Recipient, q.RecipientKey, smp.GET{})
		if err != nil {
			t.Fatal(err)
		}
		msg, ok := r.(smp.MSG)
		if !ok {
			return n
		}
		n++
		if _, err := c.Acknowledge(q, msg.MsgID); err != nil {
			t.Fatal(err)
		}
	}
}

// TestImport moves a relay from the official server's files: its address, a
// queue and a message in it.
func TestImport(t *testing.T) {
	old, dir := t.TempDir(), filepath.Join(t.TempDir(), "data")
	authority, q := writeOfficial(t, old)
	if err := operateOn(t, dir, "import", "-config", old, "-state", old); err != nil {
		t.Fatal(err)
	}
	if err := operateOn(t, dir, "import", "-config", old, "-state", old); err == nil {
		t.Error("data that is there is replaced")
	}
	server := startProcess(t, dir)
	defer server.kill(t)
	if server.fingerprint() != authority.Fingerprint() {
		t.Error("the fingerprint changed")
	}
	c := dialProcess(t, server)
	if err := c.Subscribe(q); err != nil {
		t.Fatal(err)
	}
	msg, err := c.Event()
	if err != nil {
		t.Fatal(err)
	}
	if _, d, err := q.Open(msg); err != nil || string(d.Body) != "hello" {
		t.Errorf("message is %q, %v", d.Body, err)
	}
	if err := c.Send(q, "more"); err != nil {
		t.Error(err)
	}
}

// TestImportFails: nothing is left of an import that fails.
func TestImportFails(t *testing.T) {
	old, parent := t.TempDir(), t.TempDir()
	writeOfficial(t, old)
	if err := os.WriteFile(filepath.Join(old, messageLog), []byte("not a message\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := operateOn(t, filepath.Join(parent, "data"), "import", "-config", old, "-state", old)
	if err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(parent); len(left) > 0 {
		t.Errorf("%d files are left", len(left))
	}
}

// writeOfficial writes what the official relay keeps: who it is, and a secured
// queue with one message.
func writeOfficial(t *testing.T, dir string) (*transport.Authority, *relaytest.Queue) {
	t.Helper()
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	q := &relaytest.Queue{Recipient: make([]byte, 24), Sender: make([]byte, 24), Secret: make([]byte, 32)}
	for _, b := range [][]byte{q.Recipient, q.Sender, q.Secret} {
		rand.Read(b)
	}
	q.RecipientKey, q.SenderKey = newKey(t), newKey(t)
	b64 := base64.URLEncoding.EncodeToString
	for name, content := range map[string]string{
		"ca.crt":     string(transport.EncodeChain(transport.Chain{authority.Certificate})),
		"server.crt": string(transport.EncodeChain(chain[:1])),
		"server.key": string(transport.EncodeKey(key)),
		queueLog: fmt.Sprintf("CREATE rid=%s rk=%s rdh=%s sid=%s sk= queue_mode=M\nSECURE %s %s\n", b64(q.Recipient), b64(q.RecipientKey.Public().DER()),
			b64(q.Secret), b64(q.Sender), b64(q.Recipient), b64(q.SenderKey.Public().DER())),
		messageLog: fmt.Sprintf("v3 %s %s %d flags=T %s\n", b64(q.Recipient), b64(q.Secret[:24]), time.Now().Unix(), b64([]byte("hello"))),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return authority, q
}

func newKey(t *testing.T) smp.PrivateKey {
	t.Helper()
	k, err := smp.GenerateKey(rand.Reader, smp.X25519)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestStatistics: counts go on after a restart.
func TestStatistics(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		server := startProcess(t, dir)
		if _, err := dialProcess(t, server).Create(); err != nil {
			t.Fatal(err)
		}
		server.cmd.Process.Signal(syscall.SIGTERM)
		if err := server.cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	totals, err := os.ReadFile(filepath.Join(dir, "statistics.json"))
	if err != nil || !strings.Contains(string(totals), `"queues_created":2`) {
		t.Errorf("totals are %s, %v", totals, err)
	}
}
