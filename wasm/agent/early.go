package agent

import (
	"context"
	"errors"
	"time"

	"sotto/smp"
)

// Before the first message in the queue that we move to, the peer may have sent
// others to the old one; and the reference sends those after it to both. If the
// other relay is quicker, a message waits for those before it: it is not
// acknowledged, and the turn in which it was read is undone.

// earlyPause is how long it waits for them while the other relay is there, and
// earlyLimit how often that long, if it is not.
const (
	earlyPause = 30 * time.Second
	earlyLimit = 120
)

// errEarly is for a message that has to wait.
var errEarly = errors.New("agent: message came before others")

// An early message waits. It is not stored: the relay has it.
type early struct {
	at    address
	msg   smp.MSG
	waits int
	over  bool // the others will not come
	timer *time.Timer
}

// isEarly reports whether a message that was read from q has to wait.
func (t *Turn) isEarly(c *conn, q *receiveQueue, b []byte) bool {
	m, err := parseHeader(b)
	between := q == c.fresh || c.switching == SwitchSecured
	if err != nil || !between || m.number <= c.received+1 {
		return false
	}
	e := t.a.early[c.id]
	return e == nil || !e.over
}

// undo makes the turn one that has done nothing yet.
func (t *Turn) undo() { *t = Turn{a: t.a, ctx: t.ctx, now: t.now} }

// keepEarly has a message wait.
func (a *Agent) keepEarly(ctx context.Context, id ConnID, at address, m smp.MSG) {
	e := a.early[id]
	if e == nil {
		e = &early{}
		a.early[id] = e
	}
	e.at, e.msg = at, m
	e.rest()
	e.timer = time.AfterFunc(earlyPause, func() {
		a.post(func(t *Turn) error { return t.waited(ctx, id, e) })
	})
}

// waited is the turn after a pause.
func (t *Turn) waited(ctx context.Context, id ConnID, e *early) error {
	c := t.conn(id)
	if c == nil || t.a.early[id] != e {
		return nil
	}
	e.waits++
	e.over = e.waits >= earlyLimit || t.others(c, e.at)
	return t.receive(id, e.at, e.msg)
}

// others reports whether the relays of the other queues of c have been there for
// long enough to deliver what they have.
func (t *Turn) others(c *conn, at address) bool {
	for s := range c.subscriptions {
		r := t.a.relay(t.a.partyOf(c), s.queue.relay)
		if s.at != at && (r.client == nil || t.now.Sub(r.since) < earlyPause) {
			return false
		}
	}
	return true
}

// tryEarly looks at the message that waits again: one came in the other queue.
func (a *Agent) tryEarly(id ConnID, at address) {
	e := a.early[id]
	if e == nil || e.at == at {
		return
	}
	a.workers.Go(func() {
		a.post(func(t *Turn) error {
			if a.early[id] != e {
				return nil
			}
			return t.receive(id, e.at, e.msg)
		})
	})
}

// dropEarly forgets the message that waits in a queue, if there is one.
func (a *Agent) dropEarly(id ConnID, at address) {
	if e := a.early[id]; e != nil && e.at == at {
		e.rest()
		delete(a.early, id)
	}
}

func (e *early) rest() {
	if e.timer != nil {
		e.timer.Stop()
	}
}
