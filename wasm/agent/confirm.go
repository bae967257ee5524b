package agent

import (
	"fmt"

	"sotto/smp"
	"sotto/wasm/ratchet"
)

// confirmation is the first message of a queue. What the queue layer needs comes
// in the clear: the peer's key in the header. Until everything in it has been
// found right, nothing changes: the next confirmation may be the right one.
func (t *Turn) confirmation(c *conn, e smp.Envelope) error {
	q := c.receive
	secret, err := q.key.DH(e.DHKey)
	if err != nil {
		return bad(err)
	}
	m, err := e.Open(secret)
	if err != nil {
		return unreadable(err)
	}
	env, err := parseEnvelope(m.Body)
	if err != nil {
		return unreadable(err)
	}
	conf, ok := env.(confirmation)
	if !ok || m.SenderKey.IsZero() && !q.mode.CanSecure() {
		return bad(errUnexpected)
	}
	if !t.a.speaks.agent.Contains(conf.version) && conf.version > c.version {
		return bad(ErrVersion)
	}
	q = &receiveQueue{}
	*q = *c.receive
	q.key, q.secret = smp.PrivateKey{}, secret
	q.version, q.peer = min(q.version, e.Version), m.SenderKey
	switch {
	case (c.state == Invited || c.state == Requesting) && conf.params != nil:
		return t.asked(c, q, conf)
	case c.state == Joining && conf.params == nil:
		return t.answered(c, q, conf)
	}
	return bad(errUnexpected)
}

// asked is the turn in which somebody opened our invitation: their message makes
// our ratchet.
func (t *Turn) asked(c *conn, q *receiveQueue, conf confirmation) error {
	offer, err := ratchet.ParseOffer(c.offer)
	if err != nil {
		return fmt.Errorf("agent: offer: %w", err)
	}
	pq := t.a.speaks.usesPQ(conf.version, conf.params.Version)
	state, err := offer.Accept(*conf.params, pq)
	if err != nil {
		return bad(err)
	}
	d, err := state.Decrypt(t.a.keys(), conf.sealed)
	if err != nil {
		return bad(err)
	}
	p, err := parsePlain(d.Message)
	reply, ok := p.(connInfoReply)
	if err != nil || !ok {
		return bad(errUnexpected)
	}
	if !t.a.speaks.client.Contains(reply.queues[0].Version) {
		return bad(ErrVersion)
	}
	send, err := t.a.newSendQueue(reply.queues[0])
	if err != nil {
		return err
	}
	t.dropOut(c) // the request did arrive, whatever its relay said
	t.remove(bucketLinks, string(c.id))
	c.linkDue = false
	c.state, c.version, c.pq, c.offer = Asked, min(conf.version, t.a.speaks.agent.Max), pq, nil
	c.receive, c.send = q, send
	c.received, c.receivedHash = 1, hash(d.Message)
	t.setRatchet(c.id, d.State)
	if err := t.saveSkipped(c.id, d); err != nil {
		return err
	}
	return t.event(Confirmed{c.id, reply.info})
}

// Allow lets the joiner of an invitation in: info goes back with our
// confirmation.
func (t *Turn) Allow(id ConnID, info []byte) error {
	c := t.edit(id)
	if c == nil || c.state != Asked {
		return ErrUnknownConn
	}
	if len(info) > c.infoLength()-confirmationOverhead {
		return ErrInfoTooLong
	}
	c.state = Allowed
	return t.enqueueConfirmation(c, connInfo{info}, nil)
}

// confirmationOverhead is what our confirmation has besides the info: the
// length that padding adds, and 'I'.
const confirmationOverhead = 2 + 1

// answered is the turn in which the owner of the link that we joined let us in.
func (t *Turn) answered(c *conn, q *receiveQueue, conf confirmation) error {
	b, err := t.decrypt(c, conf.sealed)
	if err != nil {
		return err
	}
	p, err := parsePlain(b)
	i, ok := p.(connInfo)
	if err != nil || !ok {
		return bad(errUnexpected)
	}
	c.receive, c.received, c.receivedHash = q, 1, hash(b)
	if err := t.event(InfoReceived{c.id, i.info}); err != nil || t.left(c) {
		return err
	}
	if q.peer.IsZero() {
		return t.connected(c)
	}
	return t.sayHello(c)
}
