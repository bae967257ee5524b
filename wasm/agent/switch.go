package agent

import (
	"context"
	"errors"

	"sotto/smp"
	"sotto/smp/client"
)

// We may move the queue that we receive on (agent protocol: "Rotating messaging
// queue"); follow.go is the other side of it:
//
//	us                old queue           peer
//	NEW                                            SwitchStarted
//	     ---- QADD: the new queue ---->
//	     <---- QKEY: the peer's keys for it ----   SwitchConfirmed
//	KEY                                            SwitchSecured
//	     ---- QUSE ---->
//	     <---- a message in the new queue ----     SwitchCompleted
//	DEL, of the old queue
//
// The steps at relays are jobs of a lane of their own, so that messages do not
// wait for them.

// A SwitchPhase is how far a queue of ours has been moved.
type SwitchPhase uint8

// The phases.
const (
	SwitchNone      SwitchPhase = iota
	SwitchStarted               // the peer is told of the new queue, once it is made
	SwitchConfirmed             // the peer's keys for it are here
	SwitchSecured               // the peer is told to use it
	SwitchCompleted             // it is used; only in events
)

// switchLane is behind the id of a connection in the key of the lane that moves
// its queue.
const switchLane = "/switch"

// Errors of Switch and AbortSwitch.
var (
	// ErrSwitching means that the queue is being moved already.
	ErrSwitching = errors.New("agent: queue is being moved already")
	// ErrNotSwitching means that the queue is not being moved, or that the peer may
	// be using the new one already.
	ErrNotSwitching = errors.New("agent: nothing to abort")
)

// Switch moves the queue that we receive on to another relay of the user's, if
// there is one, else to a new queue on the same. Events say how it goes on. Until
// the end of it the old relay must be there.
func (t *Turn) Switch(id ConnID) error {
	c := t.edit(id)
	switch {
	case c == nil || c.state == Leaving:
		return ErrUnknownConn
	case c.state != Established || !c.canSend():
		return ErrNotConnected
	case c.switching != SwitchNone:
		return ErrSwitching
	case len(t.a.policy(c.user).Relays) == 0:
		return ErrNoRelay
	}
	c.switching = SwitchStarted
	return nil
}

// AbortSwitch stays with the old queue, as long as the peer has not answered.
func (t *Turn) AbortSwitch(id ConnID) error {
	c := t.edit(id)
	switch {
	case c == nil || c.state == Leaving:
		return ErrUnknownConn
	case c.switching != SwitchStarted:
		return ErrNotSwitching
	}
	return t.abandon(c)
}

// abandon drops the new queue.
func (t *Turn) abandon(c *conn) error {
	q := c.fresh
	c.switching, c.fresh = SwitchNone, nil
	if q == nil {
		return nil
	}
	return t.deleteQueue(c.user, q)
}

// stay is the turn in which it turned out that there is no new queue.
func (t *Turn) stay(c *conn, err error) error {
	c.switching, c.fresh = SwitchNone, nil
	return t.event(Switching{Conn: c.id, Err: err})
}

// nextOfSwitch returns what moving the queue of c needs next, nil if that is up
// to the peer.
func (a *Agent) nextOfSwitch(c *conn) *job {
	switch {
	case c == nil || c.state != Established:
		return nil
	case c.switching == SwitchStarted && c.fresh == nil:
		return a.freshJob(c)
	case c.switching == SwitchConfirmed && c.sync < SyncRequired:
		return a.freshKeyJob(c)
	}
	return nil
}

// freshJob makes the new queue.
func (a *Agent) freshJob(c *conn) *job {
	of := a.partyOf(c)
	home, ok := a.home(of, c.receive.relay, c.send.relay)
	if !ok {
		return nil
	}
	return &job{a.relay(of, home.Address), 0, func(ctx context.Context, rc line) (any, error) {
		q, err := a.newQueue(ctx, rc, plan{home: home, version: a.speaks.client.Max, mode: smp.Messaging})
		return made{user: of.user, queue: q, by: rc}, err
	}, func(t *Turn, result any, err error) error {
		c := t.edit(c.id)
		m, _ := result.(made)
		switch {
		case err != nil && c != nil && c.fresh == nil && c.switching == SwitchStarted:
			return t.stay(c, err)
		case err != nil:
			return nil
		case c == nil || c.state != Established || c.switching != SwitchStarted || c.fresh != nil:
			return t.deleteQueue(m.user, m.queue)
		}
		t.After(func() { a.adoptQueue(t.ctx, m.queue, m.by) })
		c.fresh = m.queue
		return t.offer(c)
	}}
}

// offer tells the peer of the new queue.
func (t *Turn) offer(c *conn) error {
	uri := smp.QueueURI{Versions: t.a.speaks.client, QueueAddress: c.fresh.public()}
	if _, err := t.enqueue(c, kindMove, addQueues{[]newQueue{{uri, &queueID{c.receive.relay, c.receive.senderID}}}}, false); err != nil {
		return err
	}
	return t.switchTold(c)
}

func (t *Turn) switchTold(c *conn) error {
	return t.event(Switching{Conn: c.id, Phase: c.switching, Relay: c.fresh.relay})
}

// queueKeyed is the turn in which the peer's keys for the new queue came.
func (t *Turn) queueKeyed(c *conn, k queueKey) error {
	if c.state != Established || c.fresh == nil || !c.fresh.is(k.queue.QueueAddress) {
		return nil // it was given up
	}
	if c.switching != SwitchStarted || c.sync >= SyncRequired {
		return bad(errMove)
	}
	q := c.fresh
	secret, err := q.key.DH(k.queue.DHKey)
	if err != nil {
		return bad(err)
	}
	q.secret, q.key, q.peer, q.version = secret, smp.PrivateKey{}, k.key, min(q.version, k.queue.Version)
	c.switching = SwitchConfirmed
	return t.switchTold(c)
}

// freshKeyJob secures the new queue with the peer's key.
func (a *Agent) freshKeyJob(c *conn) *job {
	q := c.fresh
	return &job{a.relay(a.partyOf(c), q.relay), 0, func(ctx context.Context, rc line) (any, error) {
		return nil, client.OK(rc.Do(ctx, q.id, q.auth.private(), smp.KEY{Key: q.peer}))
	}, func(t *Turn, _ any, err error) error {
		c := t.edit(c.id)
		switch {
		case c == nil || c.state != Established || c.switching != SwitchConfirmed:
			return nil
		case err != nil:
			return t.stay(c, gone(err))
		}
		c.switching, c.fresh.peer = SwitchSecured, smp.PublicKey{}
		return t.use(c)
	}}
}

// use tells the peer to use the new queue.
func (t *Turn) use(c *conn) error {
	id := queueID{c.fresh.relay, c.fresh.senderID}
	if _, err := t.enqueue(c, kindMove, useQueues{[]queueReady{{id, true}}}, false); err != nil {
		return err
	}
	return t.switchTold(c)
}

// resumeSwitch says again what the peer may not have heard when the ratchets
// were out of step.
func (t *Turn) resumeSwitch(c *conn) error {
	switch {
	case c.switching == SwitchStarted && c.fresh != nil:
		return t.offer(c)
	case c.switching == SwitchSecured:
		return t.use(c)
	}
	return nil
}

// switched is the turn in which the new queue takes the place of the old one.
func (t *Turn) switched(c *conn) error {
	old := c.receive
	c.receive, c.fresh, c.switching = c.fresh, nil, SwitchNone
	if err := t.deleteQueue(c.user, old); err != nil {
		return err
	}
	return t.event(Switching{Conn: c.id, Phase: SwitchCompleted, Relay: c.receive.relay})
}

// is reports whether q is the queue with a name.
func (q *receiveQueue) is(name smp.QueueAddress) bool { return names(name, q.relay, q.senderID) }
