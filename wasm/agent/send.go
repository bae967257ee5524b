package agent

import (
	"fmt"
	"time"

	"sotto/smp"
	"sotto/wasm/ratchet"
)

// SendOptions are how a message is sent.
type SendOptions struct {
	// Notify asks the relay to wake the peer's device.
	Notify bool
}

// How long a message may wait (reference: messageTimeout, quotaExceededTimeout).
const (
	offlineLimit = 2 * 24 * time.Hour
	quotaLimit   = 7 * 24 * time.Hour
)

// sentWindow is how many messages wait for their receipts; of older ones it is
// no longer told that they were delivered.
const sentWindow = 4096

// messageOverhead is what a message is longer than its body when the ratchet
// gets it: the length that padding adds, 'M', number, hash with length, 'M'.
const messageOverhead = 2 + 1 + 8 + 33 + 1

// Room returns the length of the longest body that Send takes, 0 if there is no
// such connection.
func (t *Turn) Room(id ConnID) int {
	c := t.conn(id)
	if c == nil {
		return 0
	}
	return c.messageLength() - messageOverhead
}

// Send numbers and encrypts a message and queues it: it leaves when the turn is
// committed, and is sent again until the relay says OK. The number is what
// SentToRelay and Delivered will name.
func (t *Turn) Send(id ConnID, body []byte, o SendOptions) (uint64, error) {
	c := t.edit(id)
	switch {
	case c == nil || c.state == Leaving:
		return 0, ErrUnknownConn
	case !c.canSend():
		return 0, ErrNotConnected
	case len(body) > t.Room(id):
		return 0, ErrTooLong
	}
	n, err := t.enqueue(c, kindMessage, userMessage{body}, o.Notify)
	if err != nil {
		return 0, err
	}
	t.put(bucketSent, numbered(id, n), c.sentHash)
	if n > sentWindow {
		t.remove(bucketSent, numbered(id, n-sentWindow))
	}
	return n, nil
}

// enqueue makes the next message of c and queues it.
func (t *Turn) enqueue(c *conn, k kind, content content, notify bool) (uint64, error) {
	m := message{c.sent + 1, c.sentHash, content}.append(nil)
	sealed, err := t.encrypt(c, m, c.messageLength())
	if err != nil {
		return 0, err
	}
	// Agent protocol: the envelope of a message carries our highest version, so
	// that the peer learns of an upgrade.
	body, err := t.seal(c.sealsFor(), smp.PublicKey{}, smp.ClientMessage{Body: sealedMessage{t.a.speaks.agent.Max, sealed}.append(nil)})
	if err != nil {
		return 0, err
	}
	c.sent, c.sentHash = c.sent+1, hash(m)
	t.queue(c, &delivery{kind: k, notify: notify, number: c.sent, made: t.now, body: body})
	return c.sent, nil
}

// enqueueConfirmation makes the confirmation of c's send queue, which counts as
// message 1, and queues it.
func (t *Turn) enqueueConfirmation(c *conn, p plain, params *ratchet.Params) error {
	m := p.append(nil)
	sealed, err := t.encrypt(c, m, c.infoLength())
	if err != nil {
		return err
	}
	cm := smp.ClientMessage{Body: confirmation{c.version, params, sealed}.append(nil)}
	if !c.send.mode.CanSecure() {
		cm.SenderKey = c.send.auth.private().Public()
	}
	body, err := t.seal(c.send, c.send.key, cm)
	if err != nil {
		return err
	}
	c.sent, c.sentHash = 1, hash(m)
	t.queue(c, &delivery{kind: kindConfirmation, notify: true, number: 1, made: t.now, body: body})
	return nil
}

// seal adds the queue layer.
func (t *Turn) seal(q *sendQueue, header smp.PublicKey, m smp.ClientMessage) ([]byte, error) {
	nonce, err := t.a.newNonce()
	if err != nil {
		return nil, err
	}
	body, err := smp.SealEnvelope(q.secret, nonce, q.version, header, m)
	if err != nil {
		return nil, fmt.Errorf("agent: seal: %w", err)
	}
	return body, nil
}

// queue puts d at the end of what c has to send.
func (t *Turn) queue(c *conn, d *delivery) {
	place := c.outNext
	t.put(bucketOut, numbered(c.id, place), d.marshal())
	c.outNext++
	t.After(func() { t.a.remember(c.id, place, d) })
}

// remember keeps the first delivery of a connection in memory, where it is
// needed at once; the others are read when their turn comes.
func (a *Agent) remember(id ConnID, place uint64, d *delivery) {
	if c := a.conns[id]; c != nil && c.outFirst == place {
		l := a.lane(string(id))
		l.first, l.place = d, place
	}
}

// sent is the turn after the relay took the first delivery of c.
func (t *Turn) sentFirst(c *conn, d *delivery) error {
	t.dequeue(c)
	if err := t.sentKind(c, d); err != nil || t.left(c) {
		return err
	}
	return t.settle(c)
}

// sentKind does what follows from a delivery that the relay took.
func (t *Turn) sentKind(c *conn, d *delivery) error {
	switch d.kind {
	case kindConfirmation:
		// In the fast handshake the joiner can be sent to from now on. Agent
		// protocol: "Fast duplex connection procedure".
		if c.initiator && c.send.mode.CanSecure() {
			return t.connected(c)
		}
	case kindRequest: // it has no number; the confirmation is the answer
		if c.state != Leaving {
			return t.event(SentToRelay{Conn: c.id})
		}
	case kindHello:
		c.helloSent = true
		return t.afterHello(c)
	case kindMessage:
		if c.state != Leaving {
			return t.event(SentToRelay{c.id, d.number})
		}
	}
	return nil
}

// dequeue forgets the first delivery.
func (t *Turn) dequeue(c *conn) {
	t.remove(bucketOut, numbered(c.id, c.outFirst))
	c.outFirst++
	c.arrive()
}

// giveUp drops the first delivery.
func (t *Turn) giveUp(c *conn, d *delivery, err error) error {
	t.dequeue(c)
	if d.kind == kindMessage && c.state != Leaving {
		if err := t.event(SendFailed{c.id, d.number, err}); err != nil || t.left(c) {
			return err
		}
	}
	return t.settle(c)
}

// settle sends what waited until there is nothing to be sent.
func (t *Turn) settle(c *conn) error {
	if c.outFirst < c.outNext {
		return nil
	}
	return t.payReceipts(c)
}

// connected ends the handshake.
func (t *Turn) connected(c *conn) error {
	if c.state == Established || c.state == Leaving {
		return nil
	}
	if err := t.notePQ(c); err != nil {
		return err
	}
	c.state = Established
	if err := t.payReceipts(c); err != nil {
		return err
	}
	return t.event(Connected{c.id, c.pqOn})
}
