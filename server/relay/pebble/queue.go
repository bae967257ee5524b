package pebble

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"sotto/server/relay"
	"sotto/smp"
)

// Create adds a queue.
func (s *Store) Create(ctx context.Context, q *relay.Queue) error {
	return s.do(ctx, q.Recipient, func(*shard) (*pebble.Batch, error) {
		s.naming.Lock()
		defer s.naming.Unlock()
		keys := append(indexes(q), queueKey(relay.RecipientID, q.Recipient))
		for _, key := range keys {
			if err := s.free(key); err != nil {
				return nil, err
			}
		}
		b := s.db.NewBatch()
		putQueue(b, q)
		return b, s.write(b)
	})
}

// Queue returns the queue with an id.
func (s *Store) Queue(ctx context.Context, kind relay.IDKind, id relay.ID) (*relay.Queue, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if q := s.recall.queue(kind, id); q != nil {
		return q, nil
	}
	q, err := s.find(kind, id)
	if errors.Is(err, relay.ErrNotFound) {
		s.pretend(kind, id)
	}
	return q, err
}

func (s *Store) find(kind relay.IDKind, id relay.ID) (*relay.Queue, error) {
	if kind == relay.RecipientID {
		return s.queue(id)
	}
	owner, err := s.get(queueKey(kind, id))
	if err != nil {
		return nil, err
	}
	return s.queue(relay.ID(owner))
}

// decoy is the record of a queue like any other.
var decoy = relay.AppendQueue(nil, &relay.Queue{
	RecipientKeys: []smp.PublicKey{decoyKey(smp.Ed25519)}, SenderKey: decoyKey(smp.X25519),
})

func decoyKey(alg smp.Algorithm) smp.PublicKey {
	k, err := smp.NewPublicKey(alg, make([]byte, alg.KeySize()))
	if err != nil {
		panic(err) // the size is right
	}
	return k
}

// pretend does for a queue that is not there what takes the time with one that
// is, so that the refusal of a wrong key and of a wrong id take the same.
func (s *Store) pretend(kind relay.IDKind, id relay.ID) {
	s.recall.queue(kind, id)
	if kind != relay.RecipientID {
		s.get(queueKey(relay.RecipientID, id))
	}
	relay.ParseQueue(bytes.Clone(decoy))
}

// Update applies a change to a queue.
func (s *Store) Update(ctx context.Context, recipient relay.ID, change relay.Change) error {
	unchanged := false
	err := s.do(ctx, recipient, func(sh *shard) (*pebble.Batch, error) {
		q, err := s.queue(recipient)
		if err != nil {
			return nil, err
		}
		next, err := relay.Apply(q, change)
		if err != nil || next == nil {
			unchanged = err == nil
			return nil, err
		}
		if c := sh.cursors[recipient]; c != nil {
			c.large = false // perhaps not any more
		}
		return s.replace(q, next)
	})
	if unchanged {
		return s.settleAll()
	}
	return err
}

// replace writes a changed queue, and the keys that may have come or gone with
// its link, its notifier or its service.
func (s *Store) replace(q, next *relay.Queue) (*pebble.Batch, error) {
	s.naming.Lock()
	defer s.naming.Unlock()
	b := s.db.NewBatch()
	held := indexes(q)
	for _, key := range indexes(next) {
		if slices.ContainsFunc(held, func(k []byte) bool { return bytes.Equal(k, key) }) {
			continue
		}
		if err := s.free(key); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	dropIndexes(b, q)
	putQueue(b, next)
	s.recall.forget(q)
	return b, s.write(b)
}

// Delete removes a queue and its messages.
func (s *Store) Delete(ctx context.Context, recipient relay.ID) error {
	return s.do(ctx, recipient, func(sh *shard) (*pebble.Batch, error) {
		q, err := s.queue(recipient)
		if err != nil {
			return nil, err
		}
		return s.remove(sh, q)
	})
}

func (s *Store) remove(sh *shard, q *relay.Queue) (*pebble.Batch, error) {
	c, err := s.cursor(sh, q.Recipient)
	if err != nil {
		return nil, err
	}
	b := s.db.NewBatch()
	dropIndexes(b, q)
	b.Delete(queueKey(relay.RecipientID, q.Recipient), nil)
	for n := c.first; n < c.next; n++ {
		b.Delete(messageKey(q.Recipient, n), nil)
	}
	delete(sh.cursors, q.Recipient)
	s.recall.forget(q)
	return b, s.write(b)
}

func (s *Store) queue(recipient relay.ID) (*relay.Queue, error) {
	b, err := s.get(queueKey(relay.RecipientID, recipient))
	if err != nil {
		return nil, err
	}
	q, err := relay.ParseQueue(b)
	if err != nil {
		return nil, fmt.Errorf("pebble: stored queue: %w", err)
	}
	return q, nil
}

// free returns relay.ErrDuplicate if there is something under key.
func (s *Store) free(key []byte) error {
	_, err := s.get(key)
	if errors.Is(err, relay.ErrNotFound) {
		return nil
	}
	if err == nil {
		return relay.ErrDuplicate
	}
	return err
}

// indexes returns the keys that lead to q.
func indexes(q *relay.Queue) [][]byte {
	keys := [][]byte{queueKey(relay.SenderID, q.Sender)}
	if q.Link != nil {
		keys = append(keys, queueKey(relay.LinkID, q.Link.ID))
	}
	if q.Notifier != nil {
		keys = append(keys, queueKey(relay.NotifierID, q.Notifier.ID))
	}
	return keys
}

// Writing to a batch does not fail; the batch is what is written.

func putQueue(b *pebble.Batch, q *relay.Queue) {
	b.Set(queueKey(relay.RecipientID, q.Recipient), relay.AppendQueue(nil, q), nil)
	for _, key := range indexes(q) {
		b.Set(key, q.Recipient[:], nil)
	}
	for _, key := range memberships(q) {
		b.Set(key, nil, nil)
	}
}

func dropIndexes(b *pebble.Batch, q *relay.Queue) {
	for _, key := range indexes(q) {
		b.Delete(key, nil)
	}
	for _, key := range memberships(q) {
		b.Delete(key, nil)
	}
}
