package relay

import (
	"sync"

	"sotto/smp"
)

// A subscription is the right of one connection to the messages of a queue, or
// with GET to ask for them. See the states in the package documentation. It is
// guarded by the mutex of its connection.
type subscription struct {
	conn   *conn
	queue  ID // recipient id
	secret [32]byte
	polls  bool // made by GET: nothing is delivered unasked

	service bool         // made because the queue belongs to the connection's service
	marker  smp.Response // this is no subscription, but what is said behind those before it

	delivered ID           // what was delivered and not acknowledged
	held      bool         // a command is being answered
	woken     bool         // while it was held
	ready     bool         // in the outbox
	ended     bool         // it is not the connection's any more
	why       smp.Response // END or DELD, if the connection is to be told
}

// A registry knows the subscription to each queue.
type registry struct {
	mu   sync.Mutex
	subs map[ID]*subscription
}

// swap makes s the queue's subscription and returns the one before.
func (r *registry) swap(s *subscription) *subscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.subs == nil {
		r.subs = make(map[ID]*subscription)
	}
	old := r.subs[s.queue]
	r.subs[s.queue] = s
	return old
}

// take removes the queue's subscription and returns it, nil if there is none.
func (r *registry) take(queue ID) *subscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.subs[queue]
	delete(r.subs, queue)
	return s
}

// drop removes s if it is still the queue's subscription.
func (r *registry) drop(s *subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.subs[s.queue] == s {
		delete(r.subs, s.queue)
	}
}

// get returns the queue's subscription, nil if there is none.
func (r *registry) get(queue ID) *subscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.subs[queue]
}

// add makes s the queue's subscription if there is none.
func (r *registry) add(s *subscription) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.subs == nil {
		r.subs = make(map[ID]*subscription)
	}
	if r.subs[s.queue] != nil {
		return false
	}
	r.subs[s.queue] = s
	return true
}

// subscribe returns the connection's subscription to q, held and woken, and
// takes it from any other connection. An error is what the client is told.
func (c *conn) subscribe(q *Queue) (*subscription, error) {
	s, isNew, err := c.hold(q, false)
	if err != nil || !isNew {
		return s, err
	}
	if old := c.relay.subs.swap(s); old != nil {
		old.conn.end(old, smp.END{})
	}
	return s, nil
}

// hold returns the connection's subscription to q, a new one if it has none.
func (c *conn) hold(q *Queue, polls bool) (s *subscription, isNew bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.subs[q.Recipient]; s != nil {
		if s.polls != polls {
			return nil, false, smp.ErrCmdProhibited
		}
		s.held, s.woken, s.delivered = true, true, ID{}
		return s, false, nil
	}
	if c.serving == nil && len(c.subs)+len(c.watched) >= c.relay.config.MaxSubscriptions {
		c.relay.config.Metrics.SubscriptionsRefused.Add(1)
		return nil, false, smp.ErrCmdProhibited
	}
	s = c.addSubscription(q)
	s.polls, s.held, s.woken, s.service = polls, true, true, c.serving != nil && !polls
	return s, true, nil
}

// addSubscription makes a subscription of the connection. c.mu is held.
func (c *conn) addSubscription(q *Queue) *subscription {
	if c.subs == nil {
		c.subs = make(map[ID]*subscription)
	}
	s := &subscription{conn: c, queue: q.Recipient, secret: q.Secret}
	c.subs[q.Recipient] = s
	c.relay.config.Metrics.Subscriptions.Add(1)
	return s
}

// drop takes s from the connection. c.mu is held.
func (c *conn) drop(s *subscription) {
	s.ended = true
	delete(c.subs, s.queue)
	c.relay.config.Metrics.Subscriptions.Add(-1)
}

// full reports whether the connection has as many subscriptions as it may.
func (c *conn) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.serving == nil && len(c.subs)+len(c.watched) >= c.relay.config.MaxSubscriptions
}

// letGo ends the hold on s, now that the answer is in the outbox, and makes up
// for what happened meanwhile. c.mu is held.
func (c *conn) letGo(s *subscription) {
	s.held = false
	switch {
	case s.why != nil:
		c.event(s.queue, s.why)
		s.why = nil
	case s.woken:
		s.woken = false
		c.wake(s)
	}
}

// wake puts s into the outbox, unless it waits for an acknowledgement. c.mu is
// held.
func (c *conn) wake(s *subscription) {
	switch {
	case s.held:
		s.woken = true
	case s.ready || s.polls || s.ended || !s.delivered.IsZero() || c.outbox.failed:
	default:
		s.ready = true
		c.outbox.ready = append(c.outbox.ready, s)
		c.write()
	}
}

// end takes s from the connection, which is told why.
func (c *conn) end(s *subscription, why smp.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subs[s.queue] != s || c.outbox.failed {
		return
	}
	c.drop(s)
	if s.held {
		s.why = why // after the answer
		return
	}
	c.event(s.queue, why)
}

// forget removes the connection's own subscription to a queue that is deleted.
func (c *conn) forget(queue ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.subs[queue]; s != nil {
		c.drop(s)
	}
}

// polls reports whether the connection asks for the queue's messages by GET.
func (c *conn) polls(queue ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.subs[queue]
	return s != nil && s.polls
}

// unsubscribe ends all subscriptions of a connection that is at its end.
func (c *conn) unsubscribe() {
	c.mu.Lock()
	subs, watched := c.subs, c.watched
	c.subs, c.watched, c.left = nil, nil, true
	c.outbox.ready, c.outbox.notifiers, c.outbox.notified = nil, nil, nil
	c.mu.Unlock()
	c.relay.config.Metrics.Subscriptions.Add(-int64(len(subs)))
	for _, s := range subs {
		c.relay.subs.drop(s)
	}
	for notifier := range watched {
		c.relay.notifications.drop(notifier, c)
	}
	if c.serving != nil {
		c.relay.services.drop(c.serving.service, c)
	}
}
