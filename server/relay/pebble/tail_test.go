package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sotto/server/relay"
)

// TestDamagedTail changes a byte near the end of a log, in the last record and in
// one that shares a block with others. After an orderly stop that is damage, and
// refused; after another it is damage if what follows says so.
func TestDamagedTail(t *testing.T) {
	for _, orderly := range []bool{true, false} {
		for _, size := range []int{100, 40_000} {
			dir := t.TempDir()
			log := writeSome(t, dir, size, orderly)
			whole, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			last := bytes.LastIndex(whole, []byte("LLLLLLLL"))
			for name, test := range map[string]struct {
				at      int
				refused bool
			}{
				"whole":        {-1, false},
				"last record":  {last, orderly},
				"fourth last":  {bytes.LastIndex(whole, []byte("DDDDDDDD")), true},
				"first record": {bytes.Index(whole, []byte("AAAAAAAA")), true},
			} {
				b := slices.Clone(whole)
				if test.at >= 0 {
					b[test.at] ^= 1
				}
				if err := os.WriteFile(log, b, 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := Check(t.Context(), dir, slog.New(slog.DiscardHandler))
				if (err != nil) != test.refused {
					t.Errorf("orderly %v, %d bytes, %s: %v", orderly, size, name, err)
				}
			}
		}
	}
}

// writeSome writes messages whose bodies are the letters A to L, and returns the
// log that they are in.
func writeSome(t *testing.T, dir string, size int, orderly bool) string {
	t.Helper()
	used := t.TempDir()
	s, err := Open(used, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	q := newRecord(t)
	if err := s.Create(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	for c := byte('A'); c <= 'L'; c++ {
		m := &relay.Message{ID: idOf(int(c)), Body: bytes.Repeat([]byte{c}, size)}
		if err := s.Append(t.Context(), q.Recipient, m, relay.Limits{Messages: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	if orderly {
		s.Close()
	} else {
		defer s.Close()
	}
	if err := os.CopyFS(dir, os.DirFS(used)); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("there are %d logs, %v", len(logs), err)
	}
	return slices.Max(logs)
}

// FuzzCheckLog: a log of any bytes ends.
func FuzzCheckLog(f *testing.F) {
	f.Add(trailerOf(2))
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := checkLog(bytes.NewReader(b), 2); err != nil && !errors.Is(err, errDamaged) {
			t.Error(fmt.Errorf("%x: %w", b, err))
		}
	})
}
