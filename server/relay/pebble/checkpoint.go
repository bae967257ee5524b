package pebble

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"

	"sotto/server/relay"
)

// Checkpoint writes the store as it is at one moment to a new directory. The
// store stays in use meanwhile. Files that do not change any more are linked if
// the directory is on the same file system, and copied if not. Almost everything
// is in tables, whose damage is always found, and not in the log: the end of a
// log that is damaged looks like one that was never written.
func (s *Store) Checkpoint(dir string) error {
	if err := s.db.Flush(); err != nil {
		return fmt.Errorf("pebble: checkpoint: %w", err)
	}
	if err := s.db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return fmt.Errorf("pebble: checkpoint: %w", err)
	}
	return nil
}

// A Summary says what is in a store.
type Summary struct{ Queues, Messages int }

// Check reads everything in the store of a directory, without changing it, and
// says what there is. It is an error if something cannot be read.
func Check(ctx context.Context, dir string, log *slog.Logger) (Summary, error) {
	o := options(log)
	o.ReadOnly = true
	s, err := open(dir, o)
	if err != nil {
		return Summary{}, err
	}
	sum, err := s.summary(ctx)
	return sum, errors.Join(err, s.Close())
}

func (s *Store) summary(ctx context.Context) (Summary, error) {
	var sum Summary
	it, err := s.db.NewIter(nil)
	if err != nil {
		return sum, fmt.Errorf("pebble: iterate: %w", err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		switch it.Key()[0] {
		case byte(relay.RecipientID):
			sum.Queues++
			_, err = parseQueueAt(it)
		case messageKind:
			sum.Messages++
			_, err = readMessage(it)
		}
		if err == nil {
			err = ctx.Err()
		}
	}
	return sum, errors.Join(err, it.Error(), it.Close())
}

func parseQueueAt(it *pebble.Iterator) (*relay.Queue, error) {
	value, err := it.ValueAndErr()
	if err != nil {
		return nil, fmt.Errorf("pebble: iterate: %w", err)
	}
	q, err := relay.ParseQueue(append([]byte(nil), value...))
	if err != nil {
		return nil, fmt.Errorf("pebble: stored queue: %w", err)
	}
	return q, nil
}
