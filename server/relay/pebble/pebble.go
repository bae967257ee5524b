// Package pebble keeps a relay's queues on disk in one directory, with Pebble.
//
// The keys of the database are one byte, an id, and for messages a number:
//
//	r recipient           the queue
//	s sender              its recipient id
//	l link                its recipient id
//	n notifier            its recipient id
//	c certificate         the service: its id and its role
//	R service recipient   a queue of the service
//	N service notifier    a notifier of the service
//	m recipient number    a message; numbers are in order of arrival
//
// An operation decides and writes under a lock of its queue, then waits for the
// log to reach the disk without it. All operations that wait share one sync.
package pebble

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/record"

	"sotto/server/relay"
)

const (
	memTable   = 64 << 20 // most messages are acknowledged before they leave it
	blockCache = 32 << 20
	// mergedAtOnce is how many tables of the memory's size are merged at a time.
	// The later, the more messages are gone by then, and need not be written again.
	mergedAtOnce = 4
	locks        = 128
)

// A Store is a database in a directory. Close it when no operation is running.
type Store struct {
	db     *pebble.DB
	log    pebble.Logger
	shards [locks]shard
	recall recall
	naming sync.Mutex // held while ids are looked up and taken
}

var _ relay.Store = (*Store)(nil)

// Open opens the database in dir, and creates it if there is none. Errors that
// the database finds later go to log.
func Open(dir string, log *slog.Logger) (*Store, error) { return open(dir, options(log)) }

func open(dir string, o *pebble.Options) (*Store, error) {
	d := watch(o, o.Logger.(logger))
	if err := checkTail(o.FS, dir); err != nil {
		return nil, err
	}
	if err := begin(dir, o); err != nil {
		return nil, unopened(err)
	}
	db, err := pebble.Open(dir, o)
	if err != nil {
		return nil, unopened(err)
	}
	d.inUse.Store(true)
	return &Store{db: db, log: o.Logger}, nil
}

// unopened says of an error of Open if it means that something is damaged.
func unopened(err error) error {
	for _, damage := range []error{record.ErrInvalidChunk, record.ErrZeroedChunk, record.ErrUnexpectedEOF} {
		if errors.Is(err, damage) {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	return fmt.Errorf("pebble: open: %w", err)
}

// begin makes a database if there is none. Its first log is of an old format that
// does not tell damage, the log of any later opening does.
func begin(dir string, o *pebble.Options) error {
	if o.ReadOnly {
		return nil
	}
	found, err := pebble.Peek(dir, o.FS)
	if err == nil && found.Exists {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := pebble.Open(dir, o)
	if err != nil {
		return err
	}
	return db.Close()
}

func options(log *slog.Logger) *pebble.Options {
	comparer := *pebble.DefaultComparer
	comparer.FormatKey = hideKey
	o := &pebble.Options{
		Comparer:                   &comparer,
		Logger:                     logger{log, os.Exit},
		FormatMajorVersion:         pebble.FormatNewest,
		MemTableSize:               memTable,
		CacheSize:                  blockCache,
		L0CompactionThreshold:      2 * mergedAtOnce,
		LBaseMaxBytes:              mergedAtOnce * memTable,
		CompactionConcurrencyRange: func() (int, int) { return 1, 2 },
	}
	// Messages are ciphertext, which does not get smaller.
	o.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	return o
}

// Close closes the database.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("pebble: close: %w", err)
	}
	return nil
}

// get reads the value of a key: relay.ErrNotFound if there is none.
func (s *Store) get(key []byte) ([]byte, error) {
	value, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, relay.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("pebble: get: %w", err)
	}
	value = append([]byte(nil), value...)
	return value, closer.Close()
}

// write makes b visible and begins to write it to the log. Call it with the
// queue's lock, and settle without.
func (s *Store) write(b *pebble.Batch) error {
	defer s.endIfBroken()
	if err := s.db.ApplyNoSyncWait(b, pebble.Sync); err != nil {
		return fmt.Errorf("pebble: write: %w", err)
	}
	return nil
}

// settle waits until b is durable.
func (s *Store) settle(b *pebble.Batch) error {
	if err := b.SyncWait(); err != nil {
		s.log.Fatalf("sync: %v", err)
		return fmt.Errorf("pebble: sync: %w", err)
	}
	return b.Close()
}

// endIfBroken ends the program with a word of explanation where the database
// panics, because it could not write its log.
func (s *Store) endIfBroken() {
	if reason := recover(); reason != nil {
		s.log.Fatalf("write: %v", reason)
		panic(reason)
	}
}

// settleAll waits until everything that is visible is durable: for an operation
// that finds that another one, which may still wait, did what it was to do.
func (s *Store) settleAll() error {
	defer s.endIfBroken()
	if err := s.db.LogData(nil, pebble.Sync); err != nil {
		return fmt.Errorf("pebble: sync: %w", err)
	}
	return nil
}

// do runs an operation on a queue under its lock and waits until what it wrote
// is durable. The operation returns nil if it wrote nothing; its error is
// returned in both cases.
func (s *Store) do(ctx context.Context, recipient relay.ID, op func(*shard) (*pebble.Batch, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sh := s.shard(recipient)
	sh.mu.Lock()
	b, err := op(sh)
	sh.mu.Unlock()
	if b == nil {
		return err
	}
	return errors.Join(err, s.settle(b))
}
