package rpc

import (
	"context"
	"errors"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// Ratchets of an older copy are out of step with those of the others, and what
// they sent next would be under keys that were used before. There are two ways
// to come by one:
//
//   - The browser, or a person, brought back an old database. That is certain:
//     all ratchets are begun anew.
//   - Somebody brought a copy in a file. It may be the newest; so each
//     conversation offers to begin anew, until a message can be read.

// bucketCopied has a record from when a file was put in the place of everything
// until conversations were told.
const (
	bucketCopied = "rpc/copied"
	copiedKey    = "new"
)

func markCopied(b *store.Batch) { b.Put(bucketCopied, copiedKey, nil) }

// broughtBack is what people are told.
const broughtBack = "This browser brought back an older copy of your conversations: what came after it is missing here. The encryption of all of them is being renewed."

// loadAge finds out whether there is an older copy to deal with.
func (s *Session) loadAge(ctx context.Context) error {
	if s.config.Settled != nil {
		s.storage.Problem = broughtBack
		s.start.late = true
		return nil
	}
	_, err := s.config.Store.Get(ctx, bucketCopied, copiedKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	s.start.late = err == nil
	return err
}

// settle deals with an older copy. If it is interrupted, it begins anew the next
// time.
func (s *Session) settle(ctx context.Context) error {
	switch {
	case !s.start.late:
		return nil
	case s.config.Settled == nil:
		return s.doubtAll(ctx)
	}
	if err := s.renewAll(ctx); err != nil {
		return err
	}
	return s.config.Settled(ctx)
}

// renewAll begins all ratchets anew, a turn for each: keys take time.
func (s *Session) renewAll(ctx context.Context) error {
	for _, k := range s.chat.Contacts() {
		err := s.agent.Do(ctx, func(t *agent.Turn) error {
			_, err := s.chat.Resync(t, k.ID, true)
			return err
		})
		if fatal := s.stopped(err); fatal != nil {
			return fatal
		}
	}
	ids, err := s.agent.Established(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := s.agent.Do(ctx, func(t *agent.Turn) error {
			if c, ok := t.Conn(id); !ok || c.Sync == agent.SyncStarted || c.Sync == agent.SyncAgreed {
				return nil
			}
			return t.Resync(id, true)
		})
		if fatal := s.stopped(err); fatal != nil {
			return fatal
		}
	}
	return nil
}

// stopped returns err if the agent is at its end: otherwise a conversation has
// no ratchet that could be begun anew.
func (s *Session) stopped(err error) error {
	if s.agent.Err() != nil || errors.Is(err, agent.ErrClosed) || errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// doubtAll offers to begin all ratchets anew.
func (s *Session) doubtAll(ctx context.Context) error {
	ids, err := s.agent.Established(ctx)
	if err != nil {
		return err
	}
	return s.agent.Do(ctx, func(t *agent.Turn) error {
		for _, id := range ids {
			if err := t.Doubt(id); err != nil {
				return err
			}
		}
		t.Delete(bucketCopied, copiedKey)
		return nil
	})
}
