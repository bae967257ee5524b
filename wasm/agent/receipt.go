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
// message was confirmed before, or if the sender's agent is too old. Agent
// protocol: "A_RCVD message".
func (t *Turn) Receipt(id ConnID, number uint64) error {
	c := t.edit(id)
	if c == nil || c.state == Leaving {
		return ErrUnknownConn
	}
	if c.state == Over {
		return nil
	}
	if !c.canSend() {
		if len(c.owed) < wire.MaxList {
			c.owed = append(slices.Clone(c.owed), number)
		}
		return nil
	}
	h, err := t.takeUnread(id, number)
	if err != nil || h == nil || c.version < VersionReceipts {
		return err
	}
	_, err = t.enqueue(c, kindReceipt, receipts{[]receipt{{number: number, hash: h}}}, false)
	return err
}

// payReceipts sends the receipts that were asked for before c could send.
func (t *Turn) payReceipts(c *conn) error {
	owed := c.owed
	c.owed = nil
	for _, number := range owed {
		if err := t.Receipt(c.id, number); err != nil {
			return err
		}
	}
	return nil
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
	h, err := t.a.store.Get(t.ctx, bucketReceived, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("agent: receipt: %w", err)
	}
	t.remove(bucketReceived, key)
	return h, nil
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
