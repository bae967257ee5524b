package chat

import (
	"encoding/json"
	"errors"
	"strconv"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// A Text is what is to be sent.
type Text struct {
	Text string
	// ClientID is the page's own id of it, at most 64 bytes, and is echoed in the
	// item. A page that does not know whether its request arrived asks again with
	// the same ClientID: the text is sent once.
	ClientID string
	// ReplyTo is the number of the item that it answers, 0 if none.
	ReplyTo int64
}

// newParams are the parameters of x.msg.new that we send.
type newParams struct {
	Content any        `json:"content"`
	Quote   *quoteJSON `json:"quote,omitempty"`
	TTL     int        `json:"ttl,omitempty"`
}

// Send adds a text to the conversation and hands it to the agent, now or when
// the contact is connected.
func (c *Chat) Send(t *agent.Turn, id string, d Text) (Item, error) {
	k, err := c.contact(id)
	if err != nil {
		return Item{}, err
	}
	if it, found, err := c.sentBefore(t, k, d.ClientID); found || err != nil {
		return it, err
	}
	if err := checkText(d.Text); err != nil {
		return Item{}, err
	}
	if k.State != Connected && !k.early() {
		return Item{}, ErrNotConnected
	}
	var q *quoted
	if d.ReplyTo != 0 {
		if q, err = c.quote(t, k, d.ReplyTo); err != nil {
			return Item{}, err
		}
	}
	k.Draft = ""
	return c.say(t, k, d.Text, d.ClientID, q)
}

// say sends a text. Chat: "x.msg.new".
func (c *Chat) say(t *agent.Turn, k *contact, text, clientID string, q *quoted) (Item, error) {
	shared, err := c.newID()
	if err != nil {
		return Item{}, err
	}
	p := newParams{Content: textContent{"text", text}, TTL: k.TTL}
	it := Item{Kind: KindText, Text: text, ClientID: clientID}
	if q != nil {
		p.Quote, it.Quote = &q.wire, &q.shown
	}
	m, err := newMessage(shared, eventNew, p)
	if err != nil {
		return Item{}, err
	}
	return c.said(t, k, m, it, shared)
}

// said sends m, which is it.
func (c *Chat) said(t *agent.Turn, k *contact, m Message, it Item, shared []byte) (Item, error) {
	if err := c.tellItem(t, k, m, true, k.NextSeq); err != nil {
		return Item{}, err
	}
	it.Direction, it.Status, it.At = Sent, Pending, t.Now().UnixMilli()
	return c.appendSent(t, k, it, shared), nil
}

// appendSent adds an item that we sent, with the ids that the others and the page
// know it by.
func (c *Chat) appendSent(t *agent.Turn, k *contact, it Item, shared []byte) Item {
	if it.ClientID != "" {
		c.put(t, bucketClient, k.ID+"/"+it.ClientID, strconv.AppendInt(nil, k.NextSeq, 10))
	}
	r := &item{Item: it}
	if k.TTL > 0 {
		r.Seq, r.ContactID = k.NextSeq, k.ID
		c.expireAfter(t, r, k.TTL)
	}
	return c.appendShared(t, k, r, shared)
}

// sentBefore finds the item that an earlier request with the same clientID made.
func (c *Chat) sentBefore(t *agent.Turn, k *contact, clientID string) (it Item, found bool, err error) {
	if clientID == "" {
		return Item{}, false, nil
	}
	if len(clientID) > 64 {
		return Item{}, false, &ErrBadText{"The page's id of the message is too long."}
	}
	seq, found, err := c.number(t, bucketClient, k.ID+"/"+clientID)
	if err != nil || !found {
		return Item{}, false, err
	}
	r, err := c.item(t, k, seq)
	if errors.Is(err, ErrNoItem) {
		return Item{Seq: seq, ContactID: k.ID, Direction: Sent, Deleted: true, ClientID: clientID}, true, nil
	}
	return r.Item, true, err
}

// number reads a record that holds the number of an item.
func (c *Chat) number(t *agent.Turn, bucket, key string) (seq int64, found bool, err error) {
	b, err := c.get(t, bucket, key)
	if err != nil {
		return 0, false, ignoreMissing(err)
	}
	seq, err = strconv.ParseInt(string(b), 10, 64)
	return seq, err == nil, err
}

// post encodes m for a connection and queues it.
func post(t *agent.Turn, conn agent.ConnID, m Message, notify bool) (uint64, error) {
	room := t.Room(conn)
	if room <= 0 {
		return 0, agent.ErrNotConnected
	}
	body, err := Encode(m, min(maxMessage, room))
	if err != nil {
		return 0, err
	}
	return t.Send(conn, body, agent.SendOptions{Notify: notify})
}

// setStatus follows a sent item on its way. Ticks never go back.
func (c *Chat) setStatus(t *agent.Turn, k *contact, conn agent.ConnID, id uint64, s Status, problem string) error {
	key := sentKey(conn, id)
	seq, found, err := c.number(t, bucketSent, key)
	if err != nil || !found {
		return err // not found: not an item but a profile or the like
	}
	if s == Delivered || s == Undeliverable {
		t.Delete(bucketSent, key)
	}
	return c.mark(t, k, seq, s, problem)
}

func (c *Chat) mark(t *agent.Turn, k *contact, seq int64, s Status, problem string) error {
	return c.change(t, k, seq, func(it *item) {
		if it.Status != Delivered && (it.Status != OnRelay || s != Pending) {
			it.Status, it.Problem = s, problem
		}
	})
}

func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// updateParams are those of x.msg.update.
type updateParams struct {
	MsgID   string          `json:"msgId"`
	Content json.RawMessage `json:"content"`
}
