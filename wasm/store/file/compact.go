package file

import (
	"context"
	"fmt"
	"os"
	"strings"

	"sotto/wasm/store"
)

// compact writes the records into a new log, which then takes the place of the
// old one. Until it does, the old one is valid. An error leaves the store
// without a log it can trust.
func (s *Store) compact() error {
	f, size, err := s.writeNew(s.path + ".new")
	if err != nil {
		return fmt.Errorf("store/file: compact: %w", err)
	}
	if err := os.Rename(f.Name(), s.path); err != nil {
		f.Close()
		return fmt.Errorf("store/file: compact: %w", err)
	}
	s.log.Close()
	s.log, s.size = f, size
	return syncFolder(s.path)
}

// writeNew writes a log of all records, durably.
func (s *Store) writeNew(path string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, 0, err
	}
	size, err := s.writeRecords(f)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = lock(f)
	}
	if err != nil {
		f.Close()
		os.Remove(path)
		return nil, 0, err
	}
	return f, size, nil
}

// writeRecords writes a header and one frame for each bucket.
func (s *Store) writeRecords(f *os.File) (int64, error) {
	size, err := f.WriteString(magic)
	if err != nil {
		return 0, err
	}
	buckets := map[string]bool{}
	for k := range s.sizes {
		bucket, _, _ := strings.Cut(k, "\x00")
		buckets[bucket] = true
	}
	for bucket := range buckets {
		records, err := s.mem.Scan(context.Background(), bucket, store.Query{})
		if err != nil {
			return 0, err
		}
		var b store.Batch
		for _, r := range records {
			b.Put(bucket, r.Key, r.Value)
		}
		n, err := f.Write(appendFrame(nil, &b))
		if err != nil {
			return 0, err
		}
		size += n
	}
	return int64(size), nil
}
