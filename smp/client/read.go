package client

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"sotto/smp"
)

// pending is the calls whose answers have not come.
type pending struct {
	mu    sync.Mutex
	calls map[corrID]*call
}

func (p *pending) add(calls []*call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, call := range calls {
		if call != nil {
			p.calls[call.corrID] = call
		}
	}
}

// remove forgets a call and reports whether its answer had not come.
func (p *pending) remove(c *call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[c.corrID] != c {
		return false
	}
	delete(p.calls, c.corrID)
	return true
}

// take returns the call with an id and forgets it; nil if there is none.
func (p *pending) take(id []byte) *call {
	if len(id) != smp.NonceSize {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	call := p.calls[smp.NonceOf(id)]
	delete(p.calls, smp.NonceOf(id))
	return call
}

// readLoop reads blocks until the connection is over. A block that cannot be
// parsed is the end of it, since what was in it is lost.
func (c *Client) readLoop() {
	for {
		content, err := c.conn.ReadBlock()
		if err == io.EOF {
			c.end(ErrRelayClosed)
			return
		}
		if err != nil {
			c.fail("client: %w", err)
			return
		}
		c.heard.now()
		batch, err := smp.ParseBatch(content)
		if err != nil {
			c.fail("%w: block: %w", ErrInvalid, err)
			return
		}
		for _, encoded := range batch {
			t, err := c.session.Parse(encoded)
			if err != nil {
				c.fail("%w: transmission: %w", ErrInvalid, err)
				return
			}
			c.receive(t)
		}
	}
}

// receive gives a transmission to who waits for it. A word that this version
// does not know is an error for its caller and nothing if it was not asked for.
func (c *Client) receive(t smp.Transmission) {
	response, err := smp.ParseResponse(c.session.Version, t.Command)
	call := c.pending.take(t.CorrID)
	switch {
	case call != nil && err != nil:
		call.answer <- Result{Err: fmt.Errorf("%w to %s: %w", ErrUnexpected, call.Command.Tag(), err)}
	case call != nil:
		call.answer <- c.answer(call, t.EntityID, response)
	case err != nil:
	case len(t.CorrID) == 0 || isMessage(response):
		// A message for a caller that gave up is delivered all the same: the
		// relay waits for its acknowledgement before it sends the next.
		c.emit(Event{t.EntityID, response})
	}
}

func isMessage(r smp.Response) bool {
	_, ok := r.(smp.MSG)
	return ok
}

// answer makes the result of a call.
func (c *Client) answer(call *call, entityID []byte, response smp.Response) Result {
	if !bytes.Equal(entityID, call.EntityID) {
		return Result{Err: fmt.Errorf("%w to %s: for another queue", ErrUnexpected, call.Command.Tag())}
	}
	switch r := response.(type) {
	case smp.ERR:
		return Result{Err: r.Err}
	case smp.MSG:
		if !asksForMessage(call.Command) {
			c.emit(Event{entityID, r})
			return Result{Response: smp.OK{}}
		}
	}
	return Result{Response: response}
}

// asksForMessage tells GET, whose caller wants the message, from SUB and ACK,
// which a relay may answer with the next message instead of OK.
func asksForMessage(command smp.Command) bool {
	_, ok := command.(smp.GET)
	return ok
}
