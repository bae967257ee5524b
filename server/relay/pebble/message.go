package pebble

import (
	"context"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"sotto/server/relay"
)

// Append adds a message.
func (s *Store) Append(ctx context.Context, recipient relay.ID, m *relay.Message, limits relay.Limits) error {
	return s.do(ctx, recipient, func(sh *shard) (*pebble.Batch, error) {
		c, err := s.cursor(sh, recipient)
		if err != nil {
			return nil, err
		}
		b := s.db.NewBatchWithSize(len(m.Body) + 256)
		next := *c
		if err := s.dropExpired(b, recipient, &next, limits); err != nil {
			return nil, errors.Join(err, b.Close())
		}
		admitted, refused := limits.Admit(next.backlog(), m)
		if admitted != nil {
			put(b, recipient, &next, admitted)
		}
		if b.Empty() {
			c.head = next.head
			return nil, errors.Join(refused, b.Close())
		}
		if err := s.write(b); err != nil {
			return nil, err
		}
		*c = next
		return b, refused
	})
}

// put adds m to b and to the cursor.
func put(b *pebble.Batch, recipient relay.ID, c *cursor, m *relay.Message) {
	key := messageKey(recipient, c.next)
	op := b.SetDeferred(len(key), relay.MessageSize(m))
	copy(op.Key, key)
	relay.AppendMessage(op.Value[:0], m)
	op.Finish() // never fails for a batch that is in order
	if c.next == c.first {
		c.head = headOf(m)
	}
	c.next++
	c.full = m.Quota
}

// dropExpired removes messages that are too old from the front.
func (s *Store) dropExpired(b *pebble.Batch, recipient relay.ID, c *cursor, limits relay.Limits) error {
	for !limits.Expired.IsZero() && c.first < c.next {
		if c.head.id.IsZero() {
			if _, err := s.first(recipient, c); err != nil {
				return err
			}
		}
		if !c.head.time.Before(limits.Expired) {
			return nil
		}
		b.Delete(messageKey(recipient, c.first), nil)
		c.first, c.head = c.first+1, head{}
	}
	return nil
}

// Next removes the first message if it is acknowledged, and returns the first.
func (s *Store) Next(ctx context.Context, recipient, acknowledged relay.ID) (*relay.Message, error) {
	var m *relay.Message
	err := s.do(ctx, recipient, func(sh *shard) (*pebble.Batch, error) {
		c, err := s.cursor(sh, recipient)
		if err != nil {
			return nil, err
		}
		if acknowledged.IsZero() || c.head.id != acknowledged {
			if m, err = s.first(recipient, c); err != nil || m == nil || m.ID != acknowledged {
				return nil, err
			}
		}
		b := s.db.NewBatch()
		b.Delete(messageKey(recipient, c.first), nil)
		if err := s.write(b); err != nil {
			return nil, err
		}
		c.first, c.head = c.first+1, head{}
		m, err = s.first(recipient, c)
		return b, err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Count returns how many messages a queue holds.
func (s *Store) Count(ctx context.Context, recipient relay.ID) (int, error) {
	n := 0
	err := s.do(ctx, recipient, func(sh *shard) (*pebble.Batch, error) {
		c, err := s.cursor(sh, recipient)
		if err == nil {
			n = c.backlog().Count
		}
		return nil, err
	})
	return n, err
}

// first returns the first message of a queue, nil if there is none.
func (s *Store) first(recipient relay.ID, c *cursor) (*relay.Message, error) {
	if c.first == c.next {
		return nil, nil
	}
	m, err := s.message(recipient, c.first)
	if err == nil {
		c.head = headOf(m)
	}
	return m, err
}

func (s *Store) message(recipient relay.ID, number uint64) (*relay.Message, error) {
	value, err := s.get(messageKey(recipient, number))
	if err != nil {
		return nil, err
	}
	return parseMessage(value)
}
