package agent

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"sotto/smp/wire"
	"sotto/wasm/store"
)

// receivedWindow is how many received messages can still be confirmed.
const receivedWindow = 512

// Receipt confirms a received message to its sender. It does nothing if the
// message was confirmed before, or if the sender's agent is too old. Receipts
// wait while something else is being sent, and go together: who reads thousands
// of messages at once does not send as many. Agent protocol: "A_RCVD message".
func (t *Turn) Receipt(id ConnID, number uint64) error {
	c := t.edit(id)
	switch {
	case c == nil || c.state == Leaving:
		return ErrUnknownConn
	case c.state == Over || slices.Contains(c.owed, number):
		return nil
	}
	if len(c.owed) < wire.MaxList {
		c.owed = append(slices.Clone(c.owed), number)
	}
	if c.outFirst < c.outNext && len(c.owed) < wire.MaxList {
		return nil
	}
	return t.payReceipts(c)
}

// payReceipts sends the receipts that are owed, as soon as c can send.
func (t *Turn) payReceipts(c *conn) error {
	if len(c.owed) == 0 || !c.canSend() {
		return nil
	}
	owed := c.owed
	c.owed = nil
	var r receipts
	for _, number := range owed {
		h, err := t.takeUnread(c.id, number)
		if err != nil {
			return err
		}
		if h != nil {
			r.list = append(r.list, receipt{number: number, hash: h})
		}
	}
	if r.list == nil || c.version < VersionReceipts {
		return nil
	}
	_, err := t.enqueue(c, kindReceipt, r, false)
	return err
}

// markUnread keeps the hash of a message for its receipt.
func (t *Turn) markUnread(id ConnID, number uint64, h []byte) {
	if t.unread == nil {
		t.unread = map[string][]byte{}
	}
	t.unread[numbered(id, number)] = h
	if number > receivedWindow {
		t.remove(bucketReceived, numbered(id, number-receivedWindow))
	}
}

// takeUnread returns the hash of a message, once; nil if there is none.
func (t *Turn) takeUnread(id ConnID, number uint64) ([]byte, error) {
	key := numbered(id, number)
	if h, ok := t.unread[key]; ok {
		delete(t.unread, key)
		return h, nil
	}
	h, ok := t.a.unread[key]
	delete(t.a.unread, key)
	if !ok {
		var err error
		h, err = t.stored(bucketReceived, key)
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("agent: receipt: %w", err)
		}
	}
	t.remove(bucketReceived, key)
	return h, nil
}

// keepUnread remembers hashes that were committed, for the receipts that are
// owed.
func (a *Agent) keepUnread(unread map[string][]byte) {
	for key, h := range unread {
		if len(a.unread) > 2*receivedWindow {
			clear(a.unread)
		}
		a.unread[key] = h
	}
}

// confirmed is the turn in which receipts for our messages came.
func (t *Turn) confirmed(c *conn, list []receipt) error {
	e := Delivered{Conn: c.id}
	for _, r := range list {
		key := numbered(c.id, r.number)
		h, err := t.a.store.Get(t.ctx, bucketSent, key)
		switch {
		case errors.Is(err, store.ErrNotFound): // confirmed before, or not the app's
		case err != nil:
			return fmt.Errorf("agent: receipt: %w", err)
		case bytes.Equal(h, r.hash):
			t.remove(bucketSent, key)
			e.MsgIDs = append(e.MsgIDs, r.number)
		default:
			e.BadHash = append(e.BadHash, r.number)
		}
	}
	if e.MsgIDs == nil && e.BadHash == nil {
		return nil
	}
	return t.event(e)
}
