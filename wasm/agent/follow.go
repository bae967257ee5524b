package agent

import (
	"errors"

	"sotto/smp"
)

// The peer may move the queue that we send to (agent protocol: "Rotating
// messaging queue"):
//
//	peer            old queue             us
//	NEW
//	     ---- QADD: the new queue ---->
//	     <---- QKEY: our keys for it ----
//	KEY
//	     ---- QUSE ---->
//	     <---- QTEST, in the new queue ----
//	DEL, of the old queue
//
// What was queued before QUSE is sealed for the old queue, and is sent there
// first; everything after it is for the new one.

// errMove is for a peer who moves queues in another order.
var errMove = errors.New("agent: queue is not the one to be moved")

// queueOffered is the turn in which the peer made a new queue: our keys for it
// go back.
func (t *Turn) queueOffered(c *conn, offered newQueue) error {
	v, ok := offered.queue.Versions.Agree(t.a.speaks.client)
	switch {
	case c.state != Established || c.moves || c.sync >= SyncRequired || offered.replaces == nil:
		return bad(errMove)
	case !c.send.is(*offered.replaces) || c.send.is(queueID{offered.queue.Relay, offered.queue.SenderID}):
		return bad(errMove)
	case !ok:
		return bad(ErrVersion)
	}
	q := c.next
	if q == nil || !q.is(queueID{offered.queue.Relay, offered.queue.SenderID}) {
		var err error
		if q, err = t.a.newSendQueue(offered.queue.At(v)); err != nil {
			return err
		}
	}
	c.next = q
	info := offered.queue.At(v)
	info.DHKey = q.key
	_, err := t.enqueue(c, kindMove, queueKeys{[]queueKey{{info, q.auth.private().Public()}}}, false)
	return err
}

// queueSecured is the turn in which the peer secured the new queue with our key.
func (t *Turn) queueSecured(c *conn, r queueReady) error {
	if c.state != Established || c.next == nil || c.moves || c.sync >= SyncRequired || !c.next.is(r.queue) {
		return bad(errMove)
	}
	c.next.secured = true
	c.moves, c.moveAt = true, c.outNext
	c.arrive()
	_, err := t.enqueue(c, kindMove, testQueues{[]queueID{r.queue}}, false)
	if err != nil {
		return err
	}
	return t.event(Moved{c.id, r.queue.relay})
}

// arrive makes the new queue the one to send to, once all is sent that was
// sealed for the old one.
func (c *conn) arrive() {
	if !c.moves || c.outFirst < c.moveAt {
		return
	}
	if !c.initiator {
		c.link = append(c.link, " "+rawBase64(c.send.id)...) // to know the invitation again
	}
	c.send, c.next, c.moves = c.next, nil, false
}

// sealsFor returns the queue that the next message is for.
func (c *conn) sealsFor() *sendQueue {
	if c.moves {
		return c.next
	}
	return c.send
}

// is reports whether q is the queue with a name.
func (q *sendQueue) is(id queueID) bool {
	return names(smp.QueueAddress{Relay: id.relay, SenderID: id.senderID}, q.relay, q.id)
}
