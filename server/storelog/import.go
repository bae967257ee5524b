package storelog

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"sotto/server/relay"
)

// writers is how many queues are written at the same time. They share syncs of
// the store.
const writers = 128

// A Report counts what was put into a store.
type Report struct {
	Queues, Services, Messages int64

	Expired int64 // messages that were too old
	Orphans int64 // messages of queues that do not exist
}

// Store puts the queues and services into an empty store.
func (l *Log) Store(ctx context.Context, to relay.Store) (*Report, error) {
	for _, s := range l.Services {
		id, err := to.CreateService(ctx, s)
		if err == nil && id != s.ID {
			err = relay.ErrDuplicate
		}
		if err != nil {
			return nil, fmt.Errorf("storelog: service: %w", err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for _, q := range l.Queues {
		group.Go(func() error { return to.Create(ctx, q) })
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("storelog: queue: %w", err)
	}
	return &Report{Queues: int64(len(l.Queues)), Services: int64(len(l.Services))}, nil
}

// StoreMessages puts messages that read finds, for instance [Messages], into a
// store that has their queues, without those from before expired. It adds to r.
func (r *Report) StoreMessages(ctx context.Context, to relay.Store, expired time.Time, read func(func(relay.ID, *relay.Message) error) error) error {
	group, ctx := errgroup.WithContext(ctx)
	lanes := make([]chan stored, writers)
	for i := range lanes {
		lanes[i] = make(chan stored, 16)
		group.Go(func() error { return r.storeLane(ctx, to, lanes[i]) })
	}
	limits := relay.Limits{Expired: expired}
	err := read(func(recipient relay.ID, m *relay.Message) error {
		if limits.Expires(m) {
			r.Expired++
			return nil
		}
		select {
		case lanes[int(recipient[0])%writers] <- stored{recipient, m}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	for _, lane := range lanes {
		close(lane)
	}
	if failed := group.Wait(); failed != nil {
		return failed
	}
	return err
}

type stored struct {
	recipient relay.ID
	message   *relay.Message
}

// storeLane writes messages in their order. The messages of a queue are all in
// one lane. A queue takes whatever it had, also if that is more than new messages
// may be.
func (r *Report) storeLane(ctx context.Context, to relay.Store, lane <-chan stored) error {
	for s := range lane {
		err := to.Append(ctx, s.recipient, s.message, relay.Limits{Messages: math.MaxInt})
		switch {
		case errors.Is(err, relay.ErrNotFound):
			atomic.AddInt64(&r.Orphans, 1)
		case err != nil:
			return fmt.Errorf("storelog: message: %w", err)
		default:
			atomic.AddInt64(&r.Messages, 1)
		}
	}
	return nil
}
