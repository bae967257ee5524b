package relay

import (
	"context"
	"time"

	"sotto/smp"
)

// subscribe answers SUB. The first message follows the answer. SMP: "Subscribe
// to queue".
func (r *request) subscribe(ctx context.Context) (smp.Response, error) {
	if r.conn.polls(r.queue.Recipient) {
		return nil, smp.ErrCmdProhibited
	}
	service, before := r.serviceID(), r.queue.Service
	if before != service {
		if err := r.relay.config.Store.Update(ctx, r.queue.Recipient, SetService{service}); err != nil {
			return nil, err
		}
		r.leave(before, r.queue.Recipient, smp.END{})
	}
	if !service.IsZero() {
		r.attendTo(r.queue.Recipient, before != service)
	}
	var err error
	if r.held, err = r.conn.subscribe(r.queue); err != nil {
		return nil, err
	}
	return smp.SOK{ServiceID: r.serviceAnswer()}, nil
}

// get answers GET with the first message or, if there is none, OK. SMP: "Get
// message command".
func (r *request) get(ctx context.Context) (smp.Response, error) {
	var err error
	if r.held, _, err = r.conn.hold(r.queue, true); err != nil {
		return nil, err
	}
	return r.deliverNext(ctx, ID{})
}

// acknowledge answers ACK with the next message or, if there is none, OK. After
// GET it is always OK. SMP: "Acknowledge message delivery".
func (r *request) acknowledge(ctx context.Context, c smp.ACK) (smp.Response, error) {
	delivered := r.conn.acknowledge(r, c.MsgID)
	if delivered.IsZero() {
		return nil, smp.ErrNoMsg
	}
	r.relay.config.Active(r.queue.Recipient, false)
	// The reference takes an empty id for any message, but removes none then.
	id, _ := ParseID(c.MsgID)
	if !r.held.polls {
		return r.deliverNext(ctx, id)
	}
	if _, err := r.relay.next(ctx, r.queue.Recipient, id); err != nil {
		return nil, err
	}
	return smp.OK{}, nil
}

// acknowledge holds the subscription that a message was delivered to and not
// yet acknowledged, and returns the message's id: zero if there is none, or
// another.
func (c *conn) acknowledge(r *request, msgID []byte) ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.subs[r.queue.Recipient]
	if s == nil || s.delivered.IsZero() || len(msgID) > 0 && string(msgID) != string(s.delivered[:]) {
		return ID{}
	}
	delivered := s.delivered
	s.delivered, s.held, r.held = ID{}, true, s
	return delivered
}

// deliverNext answers with the queue's first message after one was removed.
func (r *request) deliverNext(ctx context.Context, acknowledged ID) (smp.Response, error) {
	m, err := r.relay.next(ctx, r.queue.Recipient, acknowledged)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return smp.OK{}, nil
	}
	r.conn.delivered(r.held, m.ID)
	return m.seal(r.queue.Secret[:])
}

func (c *conn) delivered(s *subscription, m ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.delivered = m
}

// next removes an acknowledged message and all that waited too long, and returns
// the first one then, nil if there is none.
func (r *Relay) next(ctx context.Context, recipient, acknowledged ID) (*Message, error) {
	limits := r.limits(time.Now())
	for {
		m, err := r.config.Store.Next(ctx, recipient, acknowledged)
		if err != nil || m == nil || !limits.Expires(m) {
			return m, err
		}
		acknowledged = m.ID
	}
}
