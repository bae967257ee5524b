package agent

import (
	"bytes"
	"errors"
	"slices"

	"sotto/smp"
	"sotto/wasm/ratchet"
)

// receive is the turn in which a relay delivered a message. The message is
// acknowledged once the turn is committed, whatever it was: one that cannot be
// read would stand in the way of all others.
func (t *Turn) receive(id ConnID, at address, m smp.MSG) error {
	c := t.conn(id)
	if c == nil || c.receiveAt(at) == nil {
		t.a.dropEarly(id, at)
		return nil
	}
	k := t.a.newAck(c, at, m.MsgID)
	t.After(func() { k.send(t.ctx, t.a) })
	// The relay delivers again what was not acknowledged, because the
	// acknowledgement was lost or we were killed before it.
	if bytes.Equal(c.receiveAt(at).last, m.MsgID) {
		return nil
	}
	c = t.edit(id)
	q := c.receiveAt(at)
	q.last = slices.Clone(m.MsgID)
	err := t.tolerate(c, t.delivered(c, q, m))
	if errors.Is(err, errEarly) {
		t.undo()
		t.After(func() { t.a.keepEarly(t.ctx, id, at, m) })
		return nil
	}
	t.After(func() {
		t.a.dropEarly(id, at)
		t.a.tryEarly(id, at)
	})
	return err
}

// tolerate tells the app of the peer's faults, which are no error of the turn.
func (t *Turn) tolerate(c *conn, err error) error {
	var p *peerError
	switch {
	case !errors.As(err, &p):
		return err
	case errors.Is(err, ratchet.ErrDuplicate), t.left(c):
		return nil
	}
	return t.event(Unreadable{c.id, p.err})
}

// left reports whether the app erased c in this turn.
func (t *Turn) left(c *conn) bool { return t.conns[c.id] != c || c.state == Leaving }

// delivered opens the relay's layer.
func (t *Turn) delivered(c *conn, q *receiveQueue, m smp.MSG) error {
	d, err := smp.OpenDelivery(q.delivery, m)
	if err != nil {
		return unreadable(err)
	}
	if d.Quota {
		return t.drained(c, q)
	}
	e, err := smp.ParseEnvelope(d.Body)
	if err != nil {
		return unreadable(err)
	}
	if !t.a.speaks.client.Contains(e.Version) && e.Version > q.version {
		return bad(ErrVersion)
	}
	switch known, carried := q.secret != nil, !e.DHKey.IsZero(); {
	case c.state == Address && carried:
		return t.requested(c, e)
	case known && carried:
		return t.repeated(q, e)
	case carried && q == c.receive:
		return t.confirmation(c, e)
	case known:
		return t.opened(c, q, e, d)
	}
	return bad(errUnexpected)
}

// repeated accepts a confirmation that was sent twice.
func (t *Turn) repeated(q *receiveQueue, e smp.Envelope) error {
	m, err := e.Open(q.secret)
	if err != nil {
		return unreadable(err)
	}
	env, err := parseEnvelope(m.Body)
	if _, ok := env.(confirmation); err != nil || !ok {
		return bad(errUnexpected)
	}
	return nil
}

// opened reads a message of a queue whose confirmation has been here.
func (t *Turn) opened(c *conn, q *receiveQueue, e smp.Envelope, d smp.Delivery) error {
	m, err := e.Open(q.secret)
	if err != nil {
		return unreadable(err)
	}
	env, err := parseEnvelope(m.Body)
	if err != nil {
		return unreadable(err)
	}
	switch env := env.(type) {
	case sealedMessage:
		c.learn(t.a.speaks, env.version)
		return t.message(c, q, env.sealed, d)
	case ratchetKey:
		c.learn(t.a.speaks, env.version)
		return t.rekeyed(c, env)
	}
	return bad(errUnexpected)
}

// learn raises the agreed version to what the peer speaks now.
func (c *conn) learn(v versions, peer Version) {
	if peer >= v.agent.Min {
		c.version = max(c.version, min(peer, v.agent.Max))
	}
}

// message decrypts and checks a message of the peer's agent.
func (t *Turn) message(c *conn, q *receiveQueue, sealed []byte, d smp.Delivery) error {
	before, err := t.ratchet(c.id)
	if err != nil {
		return err
	}
	b, err := t.decrypt(c, sealed)
	if c.repeats(sealed, err) {
		return nil
	}
	if err != nil {
		return t.outOfStep(c, err)
	}
	if t.isEarly(c, q, b) {
		return errEarly
	}
	if q == c.fresh {
		if err := t.switched(c); err != nil || t.left(c) {
			return err
		}
	}
	if err := t.inStep(c); err != nil || t.left(c) {
		return err
	}
	p, err := parsePlain(b)
	if errors.Is(err, errTag) {
		return t.unknown(c, b)
	}
	m, ok := p.(message)
	if err != nil || !ok {
		return bad(errUnexpected)
	}
	integrity := check(c.received, c.receivedHash, m.number, m.previous)
	c.received, c.receivedHash = m.number, hash(b)
	if user, ok := m.content.(userMessage); ok {
		return t.received(c, m.number, user.body, d, integrity)
	}
	if integrity != (Integrity{}) {
		if err := t.event(Gap{c.id, integrity}); err != nil || t.left(c) {
			return err
		}
	}
	if _, ok := m.content.(ready); ok {
		if err := t.begun(c, before.CanSend()); err != nil {
			return err
		}
		return t.notePQ(c)
	}
	if err := t.act(c, m.content); err != nil || t.left(c) {
		return err
	}
	return t.notePQ(c)
}

// received gives the app a message.
func (t *Turn) received(c *conn, number uint64, body []byte, d smp.Delivery, i Integrity) error {
	if c.version >= VersionReceipts {
		if err := t.markUnread(c.id, number, c.receivedHash); err != nil {
			return err
		}
	}
	err := t.event(Received{Conn: c.id, MsgID: number, Body: body, RelayTime: d.Time, Integrity: i})
	if err != nil || t.left(c) {
		return err
	}
	return t.notePQ(c)
}

// act does what a message to the agent says.
func (t *Turn) act(c *conn, content content) error {
	switch content := content.(type) {
	case hello:
		return t.helloed(c)
	case receipts:
		return t.confirmed(c, content.list)
	case proceed:
		t.After(func() { t.a.proceed(t.ctx, c.id) })
		return nil
	}
	return t.rotate(c, content)
}

// rotate does what a message about queues says.
func (t *Turn) rotate(c *conn, content content) error {
	switch content := content.(type) {
	case addQueues:
		return t.queueOffered(c, content.list[0])
	case queueKeys:
		return t.queueKeyed(c, content.list[0])
	case useQueues:
		return t.queueSecured(c, content.list[0])
	}
	return nil // testQueues: to come is all that they have to do
}

// unknown keeps the numbers right after a message of a later version.
func (t *Turn) unknown(c *conn, b []byte) error {
	m, err := parseHeader(b)
	if err != nil {
		return unreadable(err)
	}
	c.received, c.receivedHash = m.number, hash(b)
	return t.event(Ignored{c.id, "?"})
}

// drained is the turn in which the relay says that the queue was full and that
// we have now read it all: the peer may go on. Agent protocol: "A_QCONT
// message".
func (t *Turn) drained(c *conn, q *receiveQueue) error {
	if c.state != Established || !c.canSend() {
		return nil
	}
	_, err := t.enqueue(c, kindContinue, proceed{queueID{q.relay, q.senderID}}, false)
	return err
}
