package client

import "sotto/smp"

// An Event is what the relay says unasked: a message (MSG), the end of a
// subscription (END, DELD), or an error that belongs to no request.
type Event struct {
	EntityID []byte // of the queue
	Response smp.Response
}

// emit puts an event in the handler's line. If the line is full it waits, and
// with it readLoop, so that a relay cannot fill the memory.
func (c *Client) emit(e Event) {
	select {
	case c.events <- e:
	case <-c.ctx.Done():
	}
}

// handleLoop calls the handler. What is left when the connection is over is
// dropped: the relay delivers it again.
func (c *Client) handleLoop() {
	for {
		select {
		case e := <-c.events:
			c.options.Handler(e)
		case <-c.ctx.Done():
			return
		}
	}
}
