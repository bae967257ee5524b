package client

import (
	"sync"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
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
		for c.writeNext() {
		}
	}
}

// writeNext sends a block of what waits. It takes the calls only when it may
// write, so that none is on its way while somebody else writes.
func (c *Client) writeNext() bool {
	c.writing <- struct{}{}
	batch := c.outbox.takeBlock()
	ok := batch != nil && c.write(c.seal(batch...))
	<-c.writing
	return ok
}

// tryWriting takes the right to write, if nothing is being sent or waits for it.
func (c *Client) tryWriting() bool {
	select {
	case c.writing <- struct{}{}:
	default:
		return false
	}
	c.outbox.mu.Lock()
	free := len(c.outbox.calls) == 0
	c.outbox.mu.Unlock()
	if !free {
		<-c.writing
	}
	return free
}

// seal makes a block of transmissions, which only who may write does.
func (c *Client) seal(batch ...[]byte) (*transport.Sealed, error) {
	size := 1
	for _, encoded := range batch {
		size += 2 + len(encoded)
	}
	return c.conn.Seal(wire.AppendList(make([]byte, 0, size), batch, wire.AppendLarge[[]byte]))
}

// write sends what seal made, and reports whether the connection goes on.
func (c *Client) write(block *transport.Sealed, err error) bool {
	if err == nil {
		err = c.conn.SetWriteDeadline(time.Now().Add(c.options.WriteTimeout))
	}
	if err == nil {
		err = c.conn.WriteSealed(block)
	}
	if err != nil {
		c.fail("client: %w", err)
	}
	return err == nil
}
