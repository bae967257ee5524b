package relay

import (
	"context"
	"errors"
	"os"
	"sync"

	"sotto/smp"
	"sotto/smp/transport"
)

// maxOutbox is how many bytes of answers wait before a connection's next
// commands do.
const maxOutbox = 4 * transport.BlockSize

// errGone is why a connection ends whose peer cannot be written to.
var errGone = errors.New("relay: the client does not read")

// An outbox is what waits to be written to a connection, guarded by its mutex.
// A goroutine writes while there is something to write, so that an idle
// connection has none.
type outbox struct {
	encoded [][]byte        // answers and events, as transmissions
	size    int             // of encoded, in bytes
	ready   []*subscription // that may have a message

	notifiers []ID        // for which there may be notifications
	notified  map[ID]bool // the same

	writing bool
	failed  bool      // nothing is written any more
	room    sync.Cond // encoded became smaller, or writing ended
}

// answers puts answers into the outbox and lets go of the subscriptions they are
// about. It waits while there is too much in the outbox.
func (c *conn) answers(list []answer) error {
	if err := c.putAnswers(list); err != nil {
		return err
	}
	for _, a := range list {
		if a.after != nil {
			a.after()
		}
	}
	return nil
}

func (c *conn) putAnswers(list []answer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.outbox.size > maxOutbox && !c.outbox.failed {
		c.outbox.room.Wait()
	}
	if c.outbox.failed {
		return errGone
	}
	for _, a := range list {
		c.put(a.encode(c.verifier.Session))
	}
	for _, a := range list {
		if a.held != nil {
			c.letGo(a.held)
		}
	}
	c.write()
	return nil
}

// event puts something that nobody asked for into the outbox. There is at most
// one for each subscription. c.mu is held.
func (c *conn) event(queue ID, r smp.Response) {
	c.put(answer{entityID: queue[:], response: r}.encode(c.verifier.Session))
	c.write()
}

// put adds a transmission. c.mu is held.
func (c *conn) put(encoded []byte) {
	c.outbox.encoded = append(c.outbox.encoded, encoded)
	c.outbox.size += len(encoded)
}

// write starts to write if there is something to. c.mu is held.
func (c *conn) write() {
	o := &c.outbox
	if o.writing || o.failed || len(o.encoded) == 0 && len(o.ready) == 0 && len(o.notifiers) == 0 {
		return
	}
	o.writing = true
	go c.writeAll()
}

// writeAll writes until there is nothing left: answers first, then messages one
// by one.
func (c *conn) writeAll() {
	for {
		encoded, notifiers, sub := c.take()
		var err error
		switch {
		case encoded != nil:
			err = c.writeTransmissions(encoded)
		case notifiers != nil:
			err = c.writeNotifications(notifiers)
		case sub != nil:
			err = c.deliver(sub)
		default:
			return
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.relay.config.Metrics.SlowReaders.Add(1)
		}
		if err != nil {
			c.fail()
		}
	}
}

// maxNotifiers is how many notifiers are looked after at a time.
const maxNotifiers = 64

// take takes all answers, or some notifiers, or one subscription. With nothing,
// writing has ended.
func (c *conn) take() ([][]byte, []ID, *subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := &c.outbox
	defer o.room.Broadcast()
	if len(o.encoded) > 0 {
		encoded := o.encoded
		o.encoded, o.size = nil, 0
		return encoded, nil, nil
	}
	if n := min(maxNotifiers, len(o.notifiers)); n > 0 {
		notifiers := o.notifiers[:n]
		o.notifiers = o.notifiers[n:]
		for _, id := range notifiers {
			delete(o.notified, id)
		}
		return nil, notifiers, nil
	}
	if len(o.ready) > 0 {
		sub := o.ready[0]
		o.ready = o.ready[1:]
		sub.ready = false
		return nil, nil, sub
	}
	o.ready, o.notifiers, o.writing = nil, nil, false
	return nil, nil, nil
}

// fail ends the connection because it cannot be written to.
func (c *conn) fail() {
	c.mu.Lock()
	c.outbox.failed = true
	c.outbox.encoded, c.outbox.size, c.outbox.ready, c.outbox.notifiers = nil, 0, nil, nil
	c.outbox.room.Broadcast()
	c.mu.Unlock()
	c.blocks.Close()
}

// finish closes the connection, if flush after everything in the outbox was
// written.
func (c *conn) finish(flush bool) {
	if !flush {
		c.fail()
	}
	c.mu.Lock()
	for c.outbox.writing {
		c.outbox.room.Wait()
	}
	c.outbox.failed = true
	c.mu.Unlock()
	c.blocks.Close()
}

func (c *conn) writeTransmissions(encoded [][]byte) error {
	blocks, _ := smp.Batches(encoded)
	for _, b := range blocks {
		if err := c.blocks.WriteBlock(b); err != nil {
			return err
		}
	}
	return nil
}

// deliver writes the first message of the subscription's queue, if it may have
// one.
func (c *conn) deliver(s *subscription) error {
	if s.marker != nil {
		return c.writeTransmissions([][]byte{answer{response: s.marker}.encode(c.verifier.Session)})
	}
	if !c.mayDeliver(s, ID{}) {
		return nil
	}
	m, err := c.relay.next(context.Background(), s.queue, ID{})
	if errors.Is(err, ErrNotFound) || err == nil && m == nil {
		return nil // it was acknowledged or deleted just now
	}
	if err != nil {
		c.relay.config.Log.Error("deliver", "error", err)
		return err
	}
	if !c.mayDeliver(s, m.ID) {
		return nil
	}
	msg, err := m.seal(s.secret[:])
	if err != nil {
		return err
	}
	c.relay.config.Metrics.Delivered.Add(1)
	a := answer{entityID: s.queue[:], response: msg}
	return c.writeTransmissions([][]byte{a.encode(c.verifier.Session)})
}

// mayDeliver reports whether the subscription waits for a message, and if it is
// not the zero ID notes which it gets.
func (c *conn) mayDeliver(s *subscription, m ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.held {
		s.woken = true
		return false
	}
	if s.ended || !s.delivered.IsZero() || c.outbox.failed {
		return false
	}
	s.delivered = m
	return true
}
