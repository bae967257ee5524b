package client

import (
	"sync"
	"time"

	"sotto/smp"
	"sotto/smp/wire"
)

// An outbox is the calls that wait to be sent, in order. Their number is
// bounded by the slots of the client.
type outbox struct {
	mu    sync.Mutex
	calls []*call
	wake  chan struct{} // has a value when calls were put
}

func (o *outbox) put(calls []*call) {
	o.mu.Lock()
	for _, call := range calls {
		if call != nil {
			o.calls = append(o.calls, call)
		}
	}
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// maxBatch is how much the transmissions of a block may take together, each
// with its two bytes of length.
const maxBatch = smp.MaxTransmission + 2

// takeBlock removes from the front what fits a block, and returns nil if
// nothing waits. Calls that nobody waits for are dropped.
func (o *outbox) takeBlock() [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	var batch [][]byte
	size := 0
	for len(o.calls) > 0 && len(batch) < wire.MaxList {
		next := o.calls[0]
		if !next.abandoned.Load() {
			if size += 2 + len(next.encoded); size > maxBatch {
				return batch
			}
			batch = append(batch, next.encoded)
		}
		o.calls[0] = nil
		o.calls = o.calls[1:]
	}
	return batch
}

// writeLoop sends blocks as long as there are calls, then waits for more.
func (c *Client) writeLoop() {
	for {
		select {
		case <-c.outbox.wake:
		case <-c.ctx.Done():
			return
		}
		for batch := c.outbox.takeBlock(); batch != nil; batch = c.outbox.takeBlock() {
			if err := c.writeBlock(batch); err != nil {
				c.fail("client: %w", err)
				return
			}
		}
	}
}

func (c *Client) writeBlock(batch [][]byte) error {
	size := 1
	for _, encoded := range batch {
		size += 2 + len(encoded)
	}
	content := wire.AppendList(make([]byte, 0, size), batch, wire.AppendLarge[[]byte])
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.options.WriteTimeout)); err != nil {
		return err
	}
	return c.conn.WriteBlock(content)
}
