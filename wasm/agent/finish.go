package agent

import (
	"context"
	"errors"
	"time"

	"sotto/smp"
	"sotto/smp/client"
)

// A storeError is a fault of our own storage. It stops the agent.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// finish is the turn with the result of a job.
func (a *Agent) finish(t *Turn, l *lane, j *job, c line, result any, err error) error {
	var ours *storeError
	switch {
	case errors.As(err, &ours):
		if c := a.conns[l.conn()]; c == nil || c.outFirst != j.place || c.outFirst == c.outNext {
			return a.ended(t, l) // dropped while it was read
		}
		return err
	case isQuota(result, err):
		t.After(func() { a.retry(t.ctx, l, l.fullPause()) })
		return t.delay(l, err, quotaLimit)
	case isForgotten(err):
		t.After(func() { a.resume(t.ctx, l, c) })
		return nil // whoever asks for the next session says what is wrong
	case isFinal(err):
		if err := j.done(t, result, err); err != nil {
			return err
		}
		return a.ended(t, l)
	}
	t.After(func() { a.resume(t.ctx, l, c) })
	return t.delay(l, err, offlineLimit)
}

// fullPause is how long to wait before a full queue is tried again.
func (l *lane) fullPause() time.Duration {
	pause := l.full.next(slowRetry)
	if l.eager > 0 {
		l.eager--
		return fastRetry.first
	}
	return pause
}

// ended lets the next job of a lane begin after the turn.
func (a *Agent) ended(t *Turn, l *lane) error {
	t.After(func() { a.advance(t.ctx, l) })
	return nil
}

// resume tries a job again: on the next connection, or on this one after a time.
func (a *Agent) resume(ctx context.Context, l *lane, c line) {
	select {
	case <-c.Done():
		l.busy = false
		a.kick(ctx, l.key)
	default:
		a.retry(ctx, l, l.faults.next(fastRetry))
	}
}

// isFinal reports whether the relay has answered, and will answer the same when
// it is asked again.
func isFinal(err error) bool {
	var said *smp.Error
	if err == nil {
		return true
	}
	if !errors.As(err, &said) {
		return errors.Is(err, client.ErrUnexpected) || errors.Is(err, ErrLinkData)
	}
	switch said.Code {
	case smp.CodeInternal, smp.CodeStore, smp.CodeExpired, smp.CodeSession:
		return false
	}
	return true
}

// isQuota reports whether a message has to wait until the peer has read others.
// A confirmation does not: who filled the queue was not our peer.
func isQuota(result any, err error) bool {
	d, ok := result.(*delivery)
	return ok && d.kind != kindConfirmation && errors.Is(err, smp.ErrQuota)
}

// delay is the turn in which the first delivery of a lane could not be sent. The
// app hears of it once, and when it is too late.
func (t *Turn) delay(l *lane, reason error, limit time.Duration) error {
	c := t.conn(l.conn())
	switch {
	case c == nil:
		return nil
	case (c.state == Resolving || c.state == Requesting && c.receive != nil) && isHopeless(reason):
		return t.joinFailed(t.edit(c.id), reason)
	case c.outFirst == c.outNext:
		return nil
	}
	d, err := t.a.head(t.ctx, l, c)
	if err != nil {
		return err
	}
	if t.now.Sub(d.made) >= limit {
		return t.expireOld(l, t.edit(c.id), limit)
	}
	if l.told || d.kind != kindMessage || c.state == Leaving {
		return nil
	}
	l.told = true
	return t.event(SendDelayed{c.id, d.number, reason})
}

// maxExpired is how many deliveries are given up in one turn.
const maxExpired = 64

// expireOld gives up what waited too long, for the next may be as old as the
// first.
func (t *Turn) expireOld(l *lane, c *conn, limit time.Duration) error {
	for range min(maxExpired, c.outNext-c.outFirst) {
		d, err := t.a.head(t.ctx, l, c)
		if err != nil || t.now.Sub(d.made) < limit {
			return err
		}
		l.first, l.told = nil, false
		if err := t.expire(c, d); err != nil || t.left(c) || c.state == Over {
			return err
		}
	}
	return nil
}

// expire gives up a delivery that waited too long.
func (t *Turn) expire(c *conn, d *delivery) error {
	if d.kind == kindConfirmation || d.kind == kindHello || d.kind == kindRequest {
		return t.refused(c, ErrExpired)
	}
	if err := t.giveUp(c, d, ErrExpired); err != nil {
		return err
	}
	if c.state == Leaving && c.outFirst == c.outNext {
		return t.forget(c)
	}
	return nil
}

// head returns what is known of the first delivery, without its body if it had
// to be read for this.
func (a *Agent) head(ctx context.Context, l *lane, c *conn) (*delivery, error) {
	if l.first != nil && l.place == c.outFirst {
		return l.first, nil
	}
	d, err := a.outgoing(ctx, c.id, c.outFirst)
	if err != nil {
		return nil, err
	}
	d.body = nil
	l.first, l.place = d, c.outFirst
	return d, nil
}
