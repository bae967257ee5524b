package agent

import (
	"context"
	"errors"
	"fmt"

	"sotto/smp"
	"sotto/smp/client"
)

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
