package relay

import (
	"context"
	"errors"

	"sotto/smp"
)

// deliverService wakes the subscription to each queue of the service that has a
// message, and says ALLS behind them. It is a task of its own.
func (c *conn) deliverService() {
	c.tasks.start(func(ctx context.Context) {
		err := c.relay.eachServiceQueue(ctx, RecipientID, c.serving.service, func(id ID) error {
			return c.wakeService(ctx, id)
		})
		if err != nil {
			c.relay.config.Log.Error("service", "error", err)
			c.fail()
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.outbox.failed {
			c.outbox.ready = append(c.outbox.ready, &subscription{conn: c, marker: smp.ALLS{}})
			c.write()
		}
	})
}

// wakeService subscribes to a queue of the service if it has a message.
func (c *conn) wakeService(ctx context.Context, queue ID) error {
	m, err := c.relay.next(ctx, queue, ID{})
	if m == nil || errors.Is(err, ErrNotFound) {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	q, err := c.relay.config.Store.Queue(ctx, RecipientID, queue)
	if err == nil {
		c.relay.wake(q)
	}
	if errors.Is(err, ErrNotFound) {
		return ctx.Err()
	}
	return err
}

// wake tells who is subscribed to the queue, or to all of its service, that
// there is a message.
func (r *Relay) wake(q *Queue) {
	s := r.subs.get(q.Recipient)
	if s == nil {
		if s = r.serviceSubscription(q); s == nil {
			return
		}
	}
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	s.conn.wake(s)
}

// serviceSubscription makes the subscription to a queue for the connection of
// its service, nil if there is none.
func (r *Relay) serviceSubscription(q *Queue) *subscription {
	c := r.services.conn(q.Service)
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subs[q.Recipient] != nil || c.left || c.outbox.failed {
		return c.subs[q.Recipient]
	}
	s := c.addSubscription(q)
	s.service = true
	if !r.subs.add(s) {
		c.drop(s)
		return r.subs.get(q.Recipient)
	}
	return s
}
