package backup

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"sotto/server/relay"
	"sotto/server/relay/pebble"
	"sotto/server/relay/storetest"
)

// TestMain lets Pebble's watch over the disk be, which stays when a store cannot
// be opened.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/cockroachdb/pebble/v2/vfs.(*diskHealthCheckingFS).startTickerLocked.func1"))
}

var quiet = slog.New(slog.DiscardHandler)

// data is a data directory with one queue of n messages, and its open store.
func data(t *testing.T, n int) (dir string, s *pebble.Store, q *relay.Queue) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"relay.crt", "relay.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := pebble.Open(filepath.Join(dir, Queues), quiet)
	if err != nil {
		t.Fatal(err)
	}
	q = storetest.NewQueue()
	if err := s.Create(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	add(t, s, q, n)
	return dir, s, q
}

func add(t *testing.T, s *pebble.Store, q *relay.Queue, n int) {
	t.Helper()
	for i := range n {
		if err := s.Append(t.Context(), q.Recipient, storetest.NewMessage(fmt.Sprint(i)), relay.Limits{Messages: 1000}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBackup: what was there at the moment of the backup is there after it was
// restored, and what came later is not.
func TestBackup(t *testing.T) {
	dir, s, q := data(t, 3)
	to, back := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "data")
	if err := Write(dir, s, to); err != nil {
		t.Fatal(err)
	}
	add(t, s, q, 2)
	if err := Write(dir, s, to); !errors.Is(err, ErrExists) {
		t.Errorf("over another backup: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	os.Mkdir(back, 0o700) // an empty one is in nobody's way
	sum, err := Restore(t.Context(), to, back, quiet)
	if err != nil || sum.Queues != 1 || sum.Messages != 3 {
		t.Errorf("restored %+v, %v", sum, err)
	}
	if _, err := Restore(t.Context(), to, back, quiet); !errors.Is(err, ErrExists) {
		t.Errorf("over data: %v", err)
	}
	if b, err := os.ReadFile(filepath.Join(back, "relay.key")); string(b) != "relay.key" {
		t.Errorf("relay.key is %q, %v", b, err)
	}
	restored, err := pebble.Open(filepath.Join(back, Queues), quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	if n, err := restored.Count(t.Context(), q.Recipient); n != 3 || err != nil {
		t.Errorf("%d messages, %v", n, err)
	}
}

// TestOffline makes a backup without a server, and not beside one.
func TestOffline(t *testing.T) {
	dir, s, _ := data(t, 1)
	to := filepath.Join(t.TempDir(), "backup")
	if err := WriteOffline(dir, to, quiet); err == nil {
		t.Error("a store that is in use is opened twice")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := WriteOffline(dir, to, quiet); err != nil {
		t.Error(err)
	}
	if sum, err := pebble.Check(t.Context(), filepath.Join(to, Queues), quiet); err != nil || sum.Messages != 1 {
		t.Errorf("backup has %+v, %v", sum, err)
	}
	if err := WriteOffline(t.TempDir(), to+"2", quiet); err == nil {
		t.Error("a directory without data has a backup")
	}
}

// TestDamaged: a backup with one wrong byte is not restored.
func TestDamaged(t *testing.T) {
	dir, s, _ := data(t, 50)
	to, back := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "data")
	if err := errors.Join(Write(dir, s, to), s.Close()); err != nil {
		t.Fatal(err)
	}
	tables, _ := filepath.Glob(filepath.Join(to, Queues, "*.sst"))
	if len(tables) != 1 {
		t.Fatalf("there are %d tables", len(tables))
	}
	b, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 1
	if err := errors.Join(os.Remove(tables[0]), os.WriteFile(tables[0], b, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), to, back, quiet); err == nil {
		t.Error("a damaged backup is restored")
	}
	if _, err := os.Stat(back); err == nil {
		t.Error("something was left behind")
	}
}
