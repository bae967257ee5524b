package agent

import (
	"context"
	"time"

	"sotto/smp"
	"sotto/smp/client"
)

// acknowledge tells the relay that a message is kept here. If the connection is
// gone, the next one will deliver the message again. SMP: "Acknowledge message
// delivery".
func (a *Agent) acknowledge(ctx context.Context, at address, msgID []byte) {
	c := a.conns[a.receives[at]]
	if c == nil {
		return
	}
	q := c.receiveAt(at)
	r := a.relay(a.partyOf(c), q.relay)
	rc := r.client
	if rc == nil {
		return
	}
	a.workers.Go(func() {
		err := client.OK(rc.Do(ctx, q.id, q.auth.private(), smp.ACK{MsgID: msgID}))
		if isFinal(err) || ctx.Err() != nil {
			return // with NO_MSG, it was acknowledged before
		}
		time.AfterFunc(fastRetry.first, func() {
			a.post(func(t *Turn) error {
				t.After(func() {
					if r.client == rc {
						a.acknowledge(ctx, at, msgID)
					}
				})
				return nil
			})
		})
	})
}
