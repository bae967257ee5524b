package file

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"sotto/wasm/store"
)

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, b *store.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return store.ErrClosed
	case s.broken != nil:
		return s.broken
	case ctx.Err() != nil:
		return ctx.Err()
	case b.Len() == 0:
		return nil
	}
	if err := s.append(appendFrame(nil, b)); err != nil {
		return fmt.Errorf("store/file: commit: %w", err)
	}
	if err := s.apply(b); err != nil {
		return err
	}
	if s.size > compactFrom && s.size > compactRatio*s.live {
		s.broken = s.compact()
	}
	return nil // the batch is durable, even if what follows will not be
}

// append writes a frame at the end of the log. If it cannot be written it is
// taken back; if that fails too, or the disk does not confirm it, nobody knows
// what the disk has, and the store is of no use before it is opened again.
func (s *Store) append(frame []byte) error {
	_, err := s.log.WriteAt(frame, s.size)
	if err != nil {
		s.broken = s.log.Truncate(s.size)
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return fmt.Errorf("%w: %w", store.ErrFull, err)
		}
		return err
	}
	if err := s.log.Sync(); err != nil {
		s.broken = err
		return err
	}
	s.size += int64(len(frame))
	return nil
}
