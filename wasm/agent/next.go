package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sotto/smp"
	"sotto/smp/client"
)

// A job is one command to a relay.
type job struct {
	relay *relay
	place uint64 // of the delivery, if it is one
	// run does it, off the loop.
	run func(ctx context.Context, l line) (any, error)
	// done is the turn with its result. The error is one of the relay's own, or
	// nil: everything else is tried again.
	done func(t *Turn, result any, err error) error
}

// next returns what a connection or a deletion needs next, nil if nothing. It
// follows from the stored state, so that nothing is lost by a restart, and
// nothing said twice in different words.
func (a *Agent) next(l *lane) *job {
	if d := a.deletes[l.key]; d != nil {
		return a.deleteJob(d)
	}
	if id, ok := strings.CutSuffix(l.key, switchLane); ok {
		return a.nextOfSwitch(a.conns[ConnID(id)])
	}
	c := a.conns[l.conn()]
	switch {
	case c == nil || c.state == Over:
		return nil
	case c.state == Resolving:
		return a.resolveJob(c)
	case c.linkDue && c.receive != nil && c.state != Leaving:
		return a.linkJob(c)
	case c.state == Asked || c.state == Invited || c.send == nil:
		return nil
	case c.state == Requesting && c.receive == nil:
		return a.replyJob(c)
	case c.state == Requesting && c.outFirst < c.outNext:
		return a.sendJob(c, l)
	case c.state == Requesting:
		return nil
	case c.receive != nil && !c.receive.peer.IsZero():
		return a.keyJob(c)
	case c.send.mode.CanSecure() && !c.send.secured:
		return a.secureJob(c)
	case c.state == Joining && c.receive == nil:
		return a.replyJob(c)
	case c.outFirst < c.outNext:
		return a.sendJob(c, l)
	}
	return nil
}

// keyJob tells the relay the key of the peer, who could not do it. SMP: "Secure
// queue command".
func (a *Agent) keyJob(c *conn) *job {
	q := c.receive
	return &job{a.relay(a.partyOf(c), q.relay), 0, func(ctx context.Context, rc line) (any, error) {
		return nil, client.OK(rc.Do(ctx, q.id, q.auth.private(), smp.KEY{Key: q.peer}))
	}, func(t *Turn, _ any, err error) error {
		c := t.edit(c.id)
		if c == nil || c.receive == nil {
			return nil
		}
		c.receive.peer = smp.PublicKey{}
		if err != nil {
			return t.lost(c, c.receive, gone(err))
		}
		return nil
	}}
}

// secureJob secures the peer's queue. SMP: "Secure queue by sender command".
func (a *Agent) secureJob(c *conn) *job {
	q := c.send
	return &job{a.route(a.partyOf(c), q.relay), 0, func(ctx context.Context, rc line) (any, error) {
		return nil, client.OK(rc.Do(ctx, q.id, q.auth.private(), smp.SKEY{Key: q.auth.private().Public()}))
	}, func(t *Turn, _ any, err error) error {
		c := t.edit(c.id)
		if c == nil || c.state == Leaving {
			return nil
		}
		if err != nil {
			return t.refused(c, err)
		}
		c.send.secured = true
		return nil
	}}
}

// refused is the turn after the relay refused a step of the handshake.
func (t *Turn) refused(c *conn, err error) error {
	if !c.opening() {
		return t.end(c, gone(err))
	}
	if isRefusal(err) {
		err = fmt.Errorf("%w: %w", ErrLinkUsed, err)
	}
	return t.joinFailed(c, err)
}

// replyJob makes the queue that a joiner receives on.
func (a *Agent) replyJob(c *conn) *job {
	of := a.partyOf(c)
	home, ok := a.home(of)
	if !ok {
		return nil
	}
	v := c.send.version
	if c.asks {
		v = a.speaks.client.Max
	}
	return &job{a.relay(of, home.Address), 0, func(ctx context.Context, rc line) (any, error) {
		q, err := a.newQueue(ctx, rc, plan{home: home, version: v, mode: smp.Messaging})
		return made{user: of.user, queue: q, by: rc}, err
	}, func(t *Turn, result any, err error) error {
		c := t.edit(c.id)
		m, _ := result.(made)
		switch {
		case c == nil || c.receive != nil || c.state != Joining && c.state != Requesting:
			if err == nil {
				return t.deleteQueue(m.user, m.queue)
			}
			return nil
		case err != nil:
			return t.joinFailed(c, fmt.Errorf("agent: our relay makes no queue: %w", err))
		}
		t.After(func() { a.adoptQueue(t.ctx, m.queue, m.by) })
		if c.state == Requesting {
			return t.askWith(c, m.queue)
		}
		return t.replyWith(c, m.queue)
	}}
}

// sendJob sends the first delivery. SMP: "Send message".
func (a *Agent) sendJob(c *conn, l *lane) *job {
	place, known := c.outFirst, l.first
	if known != nil && (l.place != place || known.body == nil) {
		known = nil
	}
	q := c.send
	return &job{a.route(a.partyOf(c), q.relay), place, func(ctx context.Context, rc line) (any, error) {
		d := known
		if d == nil {
			var err error
			if d, err = a.outgoing(ctx, c.id, place); err != nil {
				return nil, &storeError{err}
			}
		}
		return d, q.deliver(ctx, rc, d)
	}, func(t *Turn, result any, err error) error {
		c := t.edit(c.id)
		d, _ := result.(*delivery)
		if c == nil || c.outFirst != place || c.outNext == place || d == nil {
			return nil
		}
		l.first, l.told = nil, false
		if err != nil {
			err = t.unsent(c, d, err)
		} else {
			err = t.sentFirst(c, d)
		}
		if err == nil && c.state == Leaving && c.outFirst == c.outNext {
			return t.forget(c)
		}
		return err
	}}
}

// deliver sends d to the relay. The confirmation of the older handshake is not
// signed: the queue does not know our key yet. If it did arrive before, and only
// the relay's OK was lost, the queue knows the key by now and wants it: to the
// peer, the second copy is one too many, which it drops.
func (q *sendQueue) deliver(ctx context.Context, c line, d *delivery) error {
	m := smp.SEND{Flags: smp.MsgFlags{Notify: d.notify}, Body: d.body}
	if d.kind == kindRequest {
		return client.OK(c.Do(ctx, q.id, smp.PrivateKey{}, m))
	}
	if d.kind == kindConfirmation && !q.mode.CanSecure() {
		if err := client.OK(c.Do(ctx, q.id, smp.PrivateKey{}, m)); !isRefusal(err) {
			return err
		}
	}
	return client.OK(c.Do(ctx, q.id, q.auth.private(), m))
}

// unsent is the turn after the relay refused the first delivery for good.
func (t *Turn) unsent(c *conn, d *delivery, err error) error {
	if d.kind == kindConfirmation || d.kind == kindRequest {
		return t.refused(c, err)
	}
	if errors.Is(err, smp.ErrAuth) {
		return t.end(c, gone(err))
	}
	return t.giveUp(c, d, err)
}

// outgoing reads a delivery.
func (a *Agent) outgoing(ctx context.Context, id ConnID, place uint64) (*delivery, error) {
	b, err := a.store.Get(ctx, bucketOut, numbered(id, place))
	if err != nil {
		return nil, fmt.Errorf("agent: load delivery: %w", err)
	}
	d, err := parseDelivery(b)
	if err != nil {
		return nil, fmt.Errorf("agent: load delivery: %w", err)
	}
	return d, nil
}

// deleteJob deletes a queue. SMP: "Delete queue".
func (a *Agent) deleteJob(d *deletion) *job {
	return &job{a.relay(a.party(d.user, d.key), d.relay), 0, func(ctx context.Context, rc line) (any, error) {
		return nil, client.OK(rc.Do(ctx, d.id, d.auth.private(), smp.DEL{}))
	}, func(t *Turn, _ any, _ error) error {
		// A refusal means that the queue is not there any more.
		t.batch.Delete(bucketDeletes, d.key)
		t.After(func() {
			delete(a.deletes, d.key)
			a.dismiss(t.ctx, party{d.user, ConnID(d.key)})
		})
		return nil
	}}
}

// gone adds to a relay's AUTH what it means.
func gone(err error) error {
	if isRefusal(err) {
		return fmt.Errorf("%w: %w", ErrQueueGone, err)
	}
	return err
}

// isRefusal reports whether a relay said that there is no such queue for us.
func isRefusal(err error) bool { return errors.Is(err, smp.ErrAuth) }
