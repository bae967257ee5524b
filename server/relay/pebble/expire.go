package pebble

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"sotto/server/relay"
)

// Expire removes what is too old. It reads through everything, and takes the lock
// of a queue only if there is something to remove.
func (s *Store) Expire(ctx context.Context, before relay.Expiry) error {
	limits := relay.Limits{Expired: before.Messages}
	err := s.eachOwner(ctx, messageKind, func(recipient relay.ID, value []byte) error {
		m, err := parseMessage(value)
		if err != nil || !limits.Expires(m) {
			return err
		}
		return s.expireMessages(ctx, recipient, limits)
	})
	return errors.Join(err, s.eachOwner(ctx, byte(relay.RecipientID), func(recipient relay.ID, value []byte) error {
		q, err := relay.ParseQueue(value)
		if err != nil {
			return fmt.Errorf("pebble: stored queue: %w", err)
		}
		if !before.Expires(q) {
			return nil
		}
		return s.expireQueue(ctx, recipient, before)
	}))
}

// eachOwner calls f once for every recipient id behind a key of the kind, with
// the value of the first such key, which is f's only until it returns.
func (s *Store) eachOwner(ctx context.Context, kind byte, f func(relay.ID, []byte) error) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{kind}, UpperBound: []byte{kind + 1}})
	if err != nil {
		return fmt.Errorf("pebble: iterate: %w", err)
	}
	defer it.Close()
	for ok := it.First(); ok; {
		recipient := keyOwner(it.Key())
		value, err := it.ValueAndErr()
		if err != nil {
			return fmt.Errorf("pebble: iterate: %w", err)
		}
		if err := f(recipient, value); err != nil && !errors.Is(err, relay.ErrNotFound) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if ok = it.Next(); ok && keyOwner(it.Key()) == recipient {
			ok = it.SeekGE(after(append([]byte{kind}, recipient[:]...)))
		}
	}
	return it.Error()
}

func (s *Store) expireMessages(ctx context.Context, recipient relay.ID, limits relay.Limits) error {
	return s.do(ctx, recipient, func(sh *shard) (*pebble.Batch, error) {
		c, err := s.cursor(sh, recipient)
		if err != nil {
			return nil, err
		}
		b, next := s.db.NewBatch(), *c
		if err := s.dropExpired(b, recipient, &next, limits); err != nil || b.Empty() {
			return nil, errors.Join(err, b.Close())
		}
		*c = next
		return b, s.write(b)
	})
}

func (s *Store) expireQueue(ctx context.Context, recipient relay.ID, before relay.Expiry) error {
	return s.do(ctx, recipient, func(sh *shard) (*pebble.Batch, error) {
		q, err := s.queue(recipient)
		if err != nil || !before.Expires(q) {
			return nil, err
		}
		return s.remove(sh, q)
	})
}
