package pebble_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sotto/server/relay"
	"sotto/server/relay/pebble"
	"sotto/server/relay/storetest"
)

// left copies the directory of a store that is in use, as SIGKILL leaves it.
func left(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "left")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// full adds messages of full size until n or an error.
func full(t *testing.T, s *pebble.Store, q *relay.Queue, n int) (added int, err error) {
	t.Helper()
	for range n {
		m := storetest.NewMessage("")
		m.Body = bytes.Repeat([]byte("m"), 16_000)
		if err := s.Append(t.Context(), q.Recipient, m, relay.Limits{Messages: 1 << 20}); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// TestDamagedLog: a log with one wrong byte before its end is refused, so that
// nothing that was answered is lost in silence. A record at the end that was not
// written as a whole is dropped: nobody was told that it is there.
//
// Damage is known from an end by later records, which say what was on the disk
// when they were written, and by the end of a log that was closed in order
// (TestDamagedTail); so there are many.
func TestDamagedLog(t *testing.T) {
	const records = 60
	dir := t.TempDir()
	s := open(t, dir)
	q := storetest.NewQueue()
	if err := s.Create(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if _, err := full(t, s, q, records); err != nil {
		t.Fatal(err)
	}
	damage := func(change func(log []byte) []byte) string {
		dir := left(t, dir)
		logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
		last := slices.Max(logs)
		b, err := os.ReadFile(last)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(last, change(bytes.TrimRight(b, "\x00")), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	wrong := damage(func(log []byte) []byte { log[len(log)/5] ^= 1; return log })
	if s, err := pebble.Open(wrong, slog.New(slog.DiscardHandler)); err == nil {
		s.Close()
		t.Error("a damaged log is read")
	} else if !strings.Contains(err.Error(), "damaged") {
		t.Errorf("the error does not say what is wrong: %v", err)
	}
	short := open(t, damage(func(log []byte) []byte { return log[:len(log)-8_000] }))
	if n, err := short.Count(t.Context(), q.Recipient); n != records-1 || err != nil {
		t.Errorf("%d messages, %v, want %d", n, err, records-1)
	}
}
