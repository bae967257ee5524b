// Package file keeps records in a file, for native programs.
//
// The file is a log: a header, then one frame for each committed batch. Open
// reads it into memory, from where Get and Scan are answered. Commit appends a
// frame and waits until the disk has it. When most of the log is history, it
// is written anew beside the old one and takes its place.
//
// A crash can leave the last frame torn. It was never answered, so Open cuts
// it off. Damage anywhere else is ErrCorrupt, and the file is left as it is.
package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"sotto/wasm/store"
)

// ErrLocked means that another process has the file open.
var ErrLocked = errors.New("store/file: open in another process")

const (
	// compactFrom is the size of a log that is worth writing anew, in bytes.
	compactFrom = 1 << 20
	// compactRatio is how many times larger than its records it is then.
	compactRatio = 4
)

// A Store is one open file.
type Store struct {
	path string

	mu     sync.Mutex // guards the rest; held while writing
	mem    store.Mem  // what the log says
	sizes  map[string]int64
	live   int64 // bytes of a log with nothing but the records
	log    *os.File
	size   int64 // of log
	broken error // why nothing more can be committed
	closed bool
}

var _ store.Store = (*Store)(nil)

// Open opens the file at path, and makes it if there is none. Only one process
// can have it open: the others get ErrLocked.
func Open(path string) (*Store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store/file: open: %w", err)
	}
	s := &Store{path: path, log: f, sizes: map[string]int64{}}
	if err := s.load(); err != nil {
		f.Close()
		return nil, fmt.Errorf("store/file: open: %w", err)
	}
	return s, nil
}

func (s *Store) load() error {
	if err := lock(s.log); err != nil {
		return err
	}
	text, err := os.ReadFile(s.path)
	if err != nil {
		return err
	}
	whole, err := replay(text, func(b *store.Batch) error { return s.apply(b) })
	if err != nil {
		return err
	}
	s.size = int64(whole)
	if whole == 0 {
		return s.begin()
	}
	if whole == len(text) {
		return nil
	}
	if err := s.log.Truncate(s.size); err != nil {
		return err
	}
	return s.log.Sync()
}

// begin writes the header of an empty log.
func (s *Store) begin() error {
	if err := s.log.Truncate(0); err != nil {
		return err
	}
	if _, err := s.log.WriteAt([]byte(magic), 0); err != nil {
		return err
	}
	s.size = int64(len(magic))
	return errors.Join(s.log.Sync(), syncFolder(s.path))
}

// apply brings a batch that is in the log into memory.
func (s *Store) apply(b *store.Batch) error {
	for _, op := range b.Ops() {
		k := op.Bucket + "\x00" + op.Key
		s.live -= s.sizes[k]
		delete(s.sizes, k)
		if !op.Delete {
			s.sizes[k] = opSize(op)
			s.live += s.sizes[k]
		}
	}
	return s.mem.Commit(context.Background(), b)
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, bucket, key string) ([]byte, error) {
	return s.mem.Get(ctx, bucket, key)
}

// Scan implements store.Store.
func (s *Store) Scan(ctx context.Context, bucket string, q store.Query) ([]store.Record, error) {
	return s.mem.Scan(ctx, bucket, q)
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.mem.Close(), s.log.Close())
}

// syncFolder makes the name of a new file durable.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
