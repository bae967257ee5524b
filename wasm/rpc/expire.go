package rpc

import (
	"context"
	"time"

	"sotto/wasm/agent"
)

// expire removes items when their time has come, until the agent stops.
func (s *Session) expire(ctx context.Context) {
	for {
		var next time.Time
		err := s.agent.Do(ctx, func(t *agent.Turn) (err error) {
			next, err = s.chat.Expire(t)
			return err
		})
		if err != nil {
			return
		}
		var due <-chan time.Time
		if !next.IsZero() {
			due = time.After(time.Until(next))
		}
		select {
		case <-due:
		case <-s.timed:
		case <-ctx.Done():
			return
		}
	}
}
