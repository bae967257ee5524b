package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"sotto/smp"
	"sotto/smp/client"
)

// Queues are subscribed in batches of about one block, some of them at a time: in
// a browser, where nothing else runs while commands are signed, each batch takes
// some 50 ms.
const (
	subscribeBatch   = 90
	subscribeBatches = 4
)

// A subscription is a queue to receive on.
type subscription struct {
	conn  ConnID
	at    address
	queue *receiveQueue
}

// subscriptions are the queues of c.
func (c *conn) subscriptions(yield func(subscription) bool) {
	for _, q := range []*receiveQueue{c.receive, c.fresh} {
		if q != nil && !yield(subscription{c.id, q.address(), q}) {
			return
		}
	}
}

// subscriptions are the queues whose messages come on the line of r.
func (r *relay) subscriptions(yield func(subscription) bool) {
	if r.outward {
		return
	}
	conns := r.a.conns
	if id := r.of.conn; id != "" {
		conns = map[ConnID]*conn{}
		if c := r.a.conns[id]; c != nil {
			conns[id] = c
		}
	}
	for _, c := range conns {
		if r.a.partyOf(c) != r.of {
			continue
		}
		for s := range c.subscriptions {
			if s.at.relay == r.relay && !yield(s) {
				return
			}
		}
	}
}

// receives reports whether there are any.
func (r *relay) receives() bool {
	for range r.subscriptions {
		return true
	}
	return false
}

// subscribe asks for the messages of queues. SMP: "Subscribe to queue".
func (r *relay) subscribe(ctx context.Context, c *client.Client, subs []subscription) {
	if len(subs) == 0 {
		return
	}
	batches := make(chan []subscription)
	r.a.workers.Go(func() {
		defer close(batches)
		for batch := range slices.Chunk(subs, subscribeBatch) {
			select {
			case batches <- batch:
			case <-r.a.stopped:
				return
			}
		}
	})
	for range subscribeBatches {
		r.a.workers.Go(func() {
			for batch := range batches {
				if c.Err() == nil { // else the next connection subscribes all
					r.subscribeBatch(ctx, c, batch)
				}
			}
		})
	}
}

// subscribeBatch asks, off the loop.
func (r *relay) subscribeBatch(ctx context.Context, c *client.Client, batch []subscription) {
	queues := make([]client.Queue, len(batch))
	for i, s := range batch {
		queues[i] = client.Queue{ID: s.queue.id, Key: s.queue.auth.private()}
	}
	errs := c.Subscribe(ctx, queues)
	r.a.post(func(t *Turn) error { return r.subscribed(t, c, batch, errs) })
}

// subscribed is the turn with the answers. A queue that the relay does not know
// is lost; with another error it is asked for again.
func (r *relay) subscribed(t *Turn, c *client.Client, subs []subscription, errs []error) error {
	var again []subscription
	for i, err := range errs {
		conn := t.conn(subs[i].conn)
		switch {
		case err == nil || conn == nil || conn.receiveAt(subs[i].at) == nil:
		case errors.Is(err, smp.ErrAuth):
			c := t.edit(conn.id)
			if err := t.lost(c, c.receiveAt(subs[i].at), gone(err)); err != nil {
				return err
			}
		default:
			again = append(again, subs[i])
		}
	}
	if len(again) > 0 {
		t.After(func() { r.later(t.ctx, c, again) })
	}
	return nil
}

// later subscribes again on the same connection, if it still lives then.
func (r *relay) later(ctx context.Context, c *client.Client, subs []subscription) {
	time.AfterFunc(fastRetry.limit, func() {
		r.a.post(func(t *Turn) error {
			t.After(func() {
				if r.client == c {
					r.subscribe(ctx, c, subs)
				}
			})
			return nil
		})
	})
}

// adoptQueue makes sure that a new queue is subscribed: it is on the connection
// that made it, but that may have been replaced since.
func (a *Agent) adoptQueue(ctx context.Context, q *receiveQueue, made line) {
	at := q.address()
	id, ok := a.receives[at]
	if !ok {
		return // erased in the same turn
	}
	switch r := a.relay(a.partyOf(a.conns[id]), q.relay); {
	case r.client == nil:
		r.ensure(ctx)
	case line(r.client) != made:
		r.subscribe(ctx, r.client, []subscription{{id, at, q}})
	}
}
