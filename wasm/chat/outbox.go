package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// waiting is a message that is sent once the contact is connected.
type waiting struct {
	// Seq is the number of the item that it is, or that it changes; 0 if none.
	Seq     int64           `json:",omitempty"`
	Notify  bool            `json:",omitempty"`
	Message json.RawMessage // as it travels
}

// early reports whether messages to k wait for the connection, or for new keys.
func (k *contact) early() bool {
	return k.State == Waiting || k.State == Joining || k.State == Connected && k.outOfStep()
}

// tell sends m to k, or keeps it until k is connected.
func (c *Chat) tell(t *agent.Turn, k *contact, m Message) error {
	return c.tellItem(t, k, m, false, 0)
}

// tellItem is tell for the message that is item seq, whose way is followed.
func (c *Chat) tellItem(t *agent.Turn, k *contact, m Message, notify bool, seq int64) error {
	switch {
	case k.early():
		return c.wait(t, k, m, notify, seq)
	case k.State != Connected:
		return ErrNotConnected
	}
	return c.broadcast(t, k, m, notify, seq)
}

// broadcast sends m on all connections of k. In a conversation of several people,
// those that cannot be written to now are left out, except for the host, who
// forwards to them.
func (c *Chat) broadcast(t *agent.Turn, k *contact, m Message, notify bool, seq int64) error {
	for _, conn := range k.conns() {
		n, err := post(t, conn, m, notify)
		if conn != k.Conn {
			err = ignoreUnconnected(err)
		}
		if err != nil {
			return err
		}
		if n != 0 {
			c.follow(t, conn, n, seq)
		}
	}
	return nil
}

func outboxKey(contactID string, n int64) string { return fmt.Sprintf("%s/%016x", contactID, n) }

func (c *Chat) wait(t *agent.Turn, k *contact, m Message, notify bool, seq int64) error {
	if len(m.Params) > maxMessage {
		return ErrTooLarge
	}
	b, err := AppendMessage(nil, m)
	if err != nil {
		return err
	}
	touch(&c.journal, k)
	c.putJSON(t, bucketOutbox, outboxKey(k.ID, k.NextOut), waiting{seq, notify, b})
	k.NextOut++
	c.save(t, k)
	return nil
}

// flush sends what waited for the connection.
func (c *Chat) flush(t *agent.Turn, k *contact) error {
	rec, err := t.Scan(bucketOutbox, store.Query{Prefix: k.ID + "/"})
	if err != nil {
		return fmt.Errorf("chat: read outbox: %w", err)
	}
	for _, r := range rec {
		if err := c.flushOne(t, k, r.Value); err != nil {
			return err
		}
		t.Delete(bucketOutbox, r.Key)
	}
	return nil
}

func (c *Chat) flushOne(t *agent.Turn, k *contact, record []byte) error {
	var w waiting
	if err := json.Unmarshal(record, &w); err != nil {
		return fmt.Errorf("chat: outbox record: %w", err)
	}
	m, err := parseMessage(w.Message)
	if err != nil {
		return fmt.Errorf("chat: outbox record: %w", err)
	}
	err = c.broadcast(t, k, m, w.Notify, w.Seq)
	if errors.Is(err, ErrTooLarge) || errors.Is(err, agent.ErrTooLong) {
		return c.mark(t, k, w.Seq, Undeliverable, Refusal(err))
	}
	return err
}

// follow notes which item a message is, so that its ticks come to it.
func (c *Chat) follow(t *agent.Turn, conn agent.ConnID, msg uint64, seq int64) {
	if seq > 0 {
		c.put(t, bucketSent, sentKey(conn, msg), strconv.AppendInt(nil, seq, 10))
	}
}

// giveUp marks what waits for a connection that will not come.
func (c *Chat) giveUp(t *agent.Turn, k *contact, problem string) error {
	rec, err := t.Scan(bucketOutbox, store.Query{Prefix: k.ID + "/"})
	if err != nil {
		return fmt.Errorf("chat: read outbox: %w", err)
	}
	seqs := []int64{k.First}
	for _, r := range rec {
		var w waiting
		if err := json.Unmarshal(r.Value, &w); err != nil {
			return fmt.Errorf("chat: outbox record: %w", err)
		}
		seqs = append(seqs, w.Seq)
		t.Delete(bucketOutbox, r.Key)
	}
	for _, seq := range seqs {
		if err := c.mark(t, k, seq, Undeliverable, problem); err != nil {
			return err
		}
	}
	return nil
}
