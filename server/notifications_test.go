package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"sotto/smp"
)

// TestNotificationsAreKept: what waits for a notifier when the server is stopped
// is delivered when it runs again, once.
func TestNotificationsAreKept(t *testing.T) {
	dir := t.TempDir()
	server := startProcess(t, dir)
	c := dialProcess(t, server)
	q, err := c.Create()
	if err != nil {
		t.Fatal(err)
	}
	key, dh := newKey(t), newKey(t)
	answer, err := c.Do(q.Recipient, q.RecipientKey, smp.NKEY{AuthKey: key.Public(), DHKey: dh.Public()})
	nid, ok := answer.(smp.NID)
	if !ok {
		t.Fatalf("NKEY is answered %v, %v", answer, err)
	}
	if err := c.OK(q.Sender, q.SenderKey, smp.SEND{Flags: smp.MsgFlags{Notify: true}}); err != nil {
		t.Fatal(err)
	}
	server.cmd.Process.Signal(syscall.SIGTERM)
	if err := server.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	server = startProcess(t, dir)
	defer server.kill(t)
	c = dialProcess(t, server) // it serves
	if _, err := os.Stat(filepath.Join(dir, notificationsFile)); err == nil {
		t.Error("the file is still there: a server that is killed would deliver from it again")
	}
	if err := c.OK(nid.NotifierID, key, smp.NSUB{}); err != nil {
		t.Fatal(err)
	}
	event, err := c.Event()
	if _, ok := event.(smp.NMSG); !ok {
		t.Errorf("got %T, %v", event, err)
	}
}
