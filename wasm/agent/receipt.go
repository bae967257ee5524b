package agent

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"sotto/smp/wire"
	"sotto/wasm/store"
)

// receivedWindow is how many received messages can still be confirmed.
const receivedWindow = 512

// receivedSweep is after how many messages those that cannot be confirmed any
// more are looked for.
const receivedSweep = 64

// receiptPause is the least time between two messages with receipts to a peer.
// What a person writes is confirmed at once; of a stream, one message confirms
// many others.
const receiptPause = 100 * time.Millisecond

// receiptPauseInStream is the same after a message with receiptStream receipts or
// more: to send it takes as long as to receive two others.
const (
	receiptPauseInStream = 400 * time.Millisecond
	receiptStream        = 12
)

// A debt is a received message that is to be confirmed. The hash is nil if it has
// a record of its own.
type debt struct {
	number uint64
	hash   []byte
}

// Receipt confirms a received message to its sender. It does nothing if the
// message was confirmed before, or if the sender's agent is too old. Receipts
// wait while something else is being sent, or others were sent just now, and go
// together: who reads thousands of messages at once does not send as many. Agent
// protocol: "A_RCVD message".
func (t *Turn) Receipt(id ConnID, number uint64) error {
	c := t.edit(id)
	switch {
	case c == nil || c.state == Leaving:
		return ErrUnknownConn
	case c.state == Over || slices.ContainsFunc(c.owed, func(d debt) bool { return d.number == number }):
		return nil
	}
	if len(c.owed) < wire.MaxList {
		h, err := t.takeUnread(id, number)
		if h == nil {
			return err
		}
		c.owed = append(slices.Clone(c.owed), debt{number, h})
	}
	if c.outFirst < c.outNext && len(c.owed) < wire.MaxList {
		return nil
	}
	return t.payReceipts(c)
}

// payReceipts sends the receipts that are owed, as soon as c can send.
func (t *Turn) payReceipts(c *conn) error {
	full := len(c.owed) == wire.MaxList
	if len(c.owed) == 0 || !c.canSend() || t.a.pauses[c.id] != nil && !full {
		return nil
	}
	owed := c.owed
	c.owed = nil
	var r receipts
	for _, d := range owed {
		h, err := t.hashOf(c.id, d)
		if err != nil {
			return err
		}
		if h != nil {
			r.list = append(r.list, receipt{number: d.number, hash: h})
		}
	}
	if r.list == nil || c.version < VersionReceipts {
		return nil
	}
	t.After(func() { t.a.pauseReceipts(c.id, len(r.list)) })
	_, err := t.enqueue(c, kindReceipt, r, false)
	return err
}

// pauseReceipts has the next receipts for a peer wait after so many were sent.
func (a *Agent) pauseReceipts(id ConnID, sent int) {
	if a.pauses[id] != nil {
		return
	}
	pause := receiptPause
	if sent >= receiptStream {
		pause = receiptPauseInStream
	}
	a.pauses[id] = time.AfterFunc(pause, func() {
		a.post(func(t *Turn) error {
			delete(a.pauses, id)
			return t.payLate(id)
		})
	})
}

// payLate sends the receipts that had to wait for nothing but time.
func (t *Turn) payLate(id ConnID) error {
	if c := t.conn(id); c == nil || len(c.owed) == 0 || c.outFirst < c.outNext {
		return nil
	}
	return t.payReceipts(t.edit(id))
}

// payAll sends the receipts that were owed when the program ended.
func (t *Turn) payAll() error {
	for id := range t.a.conns {
		if err := t.payLate(id); err != nil {
			return err
		}
	}
	return nil
}

// markUnread keeps the hash of a message for its receipt.
func (t *Turn) markUnread(id ConnID, number uint64, h []byte) error {
	if t.unread == nil {
		t.unread = map[string][]byte{}
	}
	t.unread[numbered(id, number)] = h
	if number%receivedSweep != 0 || number <= receivedWindow {
		return nil
	}
	old, err := t.a.store.Scan(t.ctx, bucketReceived, store.Query{Prefix: string(id) + "/", Before: numbered(id, number-receivedWindow)})
	if err != nil {
		return fmt.Errorf("agent: old messages: %w", err)
	}
	for _, r := range old {
		t.remove(bucketReceived, r.Key)
	}
	return nil
}

// hashOf returns the hash of a message to confirm; nil if it was confirmed.
func (t *Turn) hashOf(id ConnID, d debt) ([]byte, error) {
	if d.hash != nil {
		return d.hash, nil
	}
	return t.takeUnread(id, d.number)
}

// takeUnread returns the hash of a message, once; nil if there is none.
func (t *Turn) takeUnread(id ConnID, number uint64) ([]byte, error) {
	key := numbered(id, number)
	if h, ok := t.unread[key]; ok {
		delete(t.unread, key)
		return h, nil
	}
	h, err := t.stored(bucketReceived, key)
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
