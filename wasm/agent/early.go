package agent

import (
	"context"
	"errors"
	"time"

	"sotto/smp"
)

// Before the first message in the queue that we move to, the peer may have sent
// others to the old one. If the new relay is quicker, that message waits for
// them: it is not acknowledged, and the turn in which it was read is undone.

// earlyPause is how long it waits for them while the old relay is connected, and
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
	if err != nil || q != c.fresh || m.number <= c.received+1 {
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
	if c == nil || c.receive == nil || t.a.early[id] != e {
		t.a.dropEarly(id, e.at)
		return nil
	}
	r := t.a.relay(t.a.partyOf(c), c.receive.relay)
	e.waits++
	e.over = r.client != nil && t.now.Sub(r.since) >= earlyPause || e.waits >= earlyLimit
	return t.receive(id, e.at, e.msg)
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
