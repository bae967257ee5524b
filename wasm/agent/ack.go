package agent

import (
	"context"
	"runtime"
	"time"

	"sotto/smp"
	"sotto/smp/client"
)

// An ack tells a relay that a message is kept here. It is made while the turn is
// committed, and sent after that. SMP: "Acknowledge message delivery".
type ack struct {
	at    address
	msgID []byte
	relay *relay
	line  *client.Client
	ready chan *client.Prepared // gets one
}

// newAck has the acknowledgement of a message made, off the loop; it is nil if
// the relay cannot be told now: its next connection delivers the message again.
func (a *Agent) newAck(c *conn, at address, msgID []byte) *ack {
	q := c.receiveAt(at)
	r := a.relay(a.partyOf(c), q.relay)
	if r.client == nil {
		return nil
	}
	k := &ack{at, msgID, r, r.client, make(chan *client.Prepared, 1)}
	request := client.Request{EntityID: q.id, Key: q.auth.private(), Command: smp.ACK{MsgID: msgID}}
	a.workers.Go(func() { k.ready <- k.line.Prepare(request) })
	return k
}

// send sends the acknowledgement, unless the queue or the line is gone. In a
// browser, where nothing else runs meanwhile, it leaves before the app goes on.
func (k *ack) send(ctx context.Context, a *Agent) {
	if k == nil || k.relay.client != k.line || a.receives[k.at] == "" {
		return
	}
	a.workers.Go(func() {
		err := client.OK((<-k.ready).Send(ctx))
		if isFinal(err) || ctx.Err() != nil {
			return // with NO_MSG, it was acknowledged before
		}
		time.AfterFunc(fastRetry.first, func() { k.again(ctx, a) })
	})
	runtime.Gosched()
}

// again makes the acknowledgement anew, on the same line.
func (k *ack) again(ctx context.Context, a *Agent) {
	a.post(func(t *Turn) error {
		t.After(func() {
			if c := a.conns[a.receives[k.at]]; c != nil && k.relay.client == k.line {
				a.newAck(c, k.at, k.msgID).send(ctx, a)
			}
		})
		return nil
	})
}
