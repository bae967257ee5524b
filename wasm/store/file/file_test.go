package file

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"sotto/wasm/store"
	"sotto/wasm/store/storetest"
)

func mustOpen(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), "log") }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return mustOpen(t, newPath(t)) })
}

func TestReopen(t *testing.T) {
	path := newPath(t)
	storetest.Reopen(t, func(t *testing.T) store.Store { return mustOpen(t, path) })
}

func TestLocked(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Errorf("second Open: %v", err)
	}
	s.Close()
	mustOpen(t, path)
}

// content returns all records, as text.
func content(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, bucket := range []string{"a", "b"} {
		records, err := s.Scan(t.Context(), bucket, store.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			all[bucket+"/"+r.Key] = string(r.Value)
		}
	}
	return all
}

// write commits a few batches and returns the file's length and content after
// each one, the empty store first.
func write(t *testing.T, path string) (sizes []int64, contents []map[string]string) {
	t.Helper()
	s := mustOpen(t, path)
	note := func() {
		sizes, contents = append(sizes, s.size), append(contents, content(t, s))
	}
	note()
	for i := range 5 {
		var b store.Batch
		b.Put("a", fmt.Sprint(i%3), bytes.Repeat([]byte{byte(i)}, 2*i))
		b.Put("b", "same", fmt.Append(nil, i))
		if i == 3 {
			b.Delete("a", "0")
		}
		if err := s.Commit(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		note()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return sizes, contents
}

// TestTorn cuts the log at every length, as a crash would, with and without
// zeros where the file system had made room already.
func TestTorn(t *testing.T) {
	path := newPath(t)
	sizes, contents := write(t, path)
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range log {
		whole := 0
		for whole+1 < len(sizes) && sizes[whole+1] <= int64(n) {
			whole++
		}
		for _, tail := range [][]byte{nil, make([]byte, 100)} {
			cut := newPath(t)
			if err := os.WriteFile(cut, append(log[:n:n], tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(cut)
			if err != nil {
				t.Fatalf("cut at %d: %v", n, err)
			}
			if got := content(t, s); !maps.Equal(got, contents[whole]) {
				t.Errorf("cut at %d: %v, want %v", n, got, contents[whole])
			}
			var b store.Batch
			b.Put("a", "after", []byte("v"))
			if err := s.Commit(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			s.Close()
			s = mustOpen(t, cut)
			if v, err := s.Get(t.Context(), "a", "after"); err != nil || string(v) != "v" {
				t.Errorf("cut at %d, written again: %q, %v", n, v, err)
			}
			s.Close()
		}
	}
}

// TestDamaged bends every byte. In the last frame that looks torn; anywhere
// else it is refused.
func TestDamaged(t *testing.T) {
	path := newPath(t)
	sizes, contents := write(t, path)
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := len(sizes) - 1
	for i := range log {
		bent := bytes.Clone(log)
		bent[i] ^= 0x40
		if err := os.WriteFile(path, bent, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path)
		if int64(i) < sizes[last-1] {
			if !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("byte %d bent: %v", i, err)
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(after, bent) {
				t.Errorf("byte %d bent: Open changed the file", i)
			}
			continue
		}
		if err != nil {
			t.Fatalf("byte %d of the last frame bent: %v", i, err)
		}
		if got := content(t, s); !maps.Equal(got, contents[last-1]) {
			t.Errorf("byte %d of the last frame bent: %v", i, got)
		}
		s.Close()
	}
}

// TestCompact overwrites two records until the log was written anew, and
// checks that it is smaller, whole, and still in use.
func TestCompact(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	value := bytes.Repeat([]byte("x"), 100_000)
	largest, compacted := int64(0), 0
	for i := range 40 {
		var b store.Batch
		b.Put("a", "k", append(fmt.Append(nil, i), value...))
		b.Put("b", fmt.Sprint(i%2), value)
		b.Delete("b", fmt.Sprint((i+1)%2))
		before := s.size
		if err := s.Commit(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		largest = max(largest, s.size)
		if s.size < before {
			compacted++
		}
	}
	if largest > 2*compactFrom || compacted == 0 {
		t.Errorf("the log grew to %d bytes and was written anew %d times", largest, compacted)
	}
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Errorf("the new log is not locked: %v", err)
	}
	want := content(t, s)
	s.Close()
	if got := content(t, mustOpen(t, path)); !maps.Equal(got, want) || len(got) != 2 || got["a/k"][:2] != "39" {
		t.Error("reopened: other records")
	}
}

// TestLeftover opens a log beside one that a crash left half written anew.
func TestLeftover(t *testing.T) {
	path := newPath(t)
	_, contents := write(t, path)
	if err := os.WriteFile(path+".new", []byte(magic+"half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, path)
	if got := content(t, s); !maps.Equal(got, contents[len(contents)-1]) {
		t.Errorf("%v", got)
	}
	if err := s.compact(); err != nil {
		t.Fatal(err)
	}
}

// TestWriteFails closes the log under the store.
func TestWriteFails(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	s.log.Close()
	var b store.Batch
	b.Put("a", "k", []byte("v"))
	for range 2 {
		if err := s.Commit(t.Context(), &b); err == nil {
			t.Fatal("Commit: no error")
		}
	}
	if _, err := s.Get(t.Context(), "a", "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the record is there: %v", err)
	}
}

func FuzzReplay(f *testing.F) {
	var b store.Batch
	b.Put("bucket", "key", []byte("value"))
	b.Delete("bucket", "other")
	frame := appendFrame([]byte(magic), &b)
	f.Add(frame)
	f.Add(append(bytes.Clone(frame), frame[len(magic):]...))
	f.Add(frame[:len(frame)-1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, log []byte) {
		again := []byte(magic)
		whole, err := replay(log, func(b *store.Batch) error {
			again = appendFrame(again, b)
			return nil
		})
		if err != nil || whole == 0 {
			return
		}
		if !bytes.Equal(again, log[:whole]) && len(again) == whole {
			t.Errorf("%q became %q", log[:whole], again)
		}
	})
}
