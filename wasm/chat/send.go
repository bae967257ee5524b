package chat

import (
	"errors"
	"strconv"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// Send adds a text to the conversation and hands it to the agent.
// clientID is the page's own id of it, at most 64 bytes, and is echoed in the
// item. A page that does not know whether its request arrived asks again with
// the same clientID: the text is sent once.
func (c *Chat) Send(t *agent.Turn, id, text, clientID string) (Item, error) {
	k, err := c.contact(id)
	if err != nil {
		return Item{}, err
	}
	if it, found, err := c.sentBefore(t, k, clientID); found || err != nil {
		return it, err
	}
	if err := checkText(text); err != nil {
		return Item{}, err
	}
	if k.State != Connected {
		return Item{}, ErrNotConnected
	}
	shared, err := c.newID()
	if err != nil {
		return Item{}, err
	}
	m, err := newMessage(shared, eventNew, newParams{textContent{"text", text}})
	if err != nil {
		return Item{}, err
	}
	msg, err := k.post(t, m, true)
	if err != nil {
		return Item{}, err
	}
	k.Draft = ""
	it := c.append(t, k, Item{Direction: Sent, Text: text, At: t.Now().UnixMilli(), Status: Pending, ClientID: clientID})
	seq := strconv.AppendInt(nil, it.Seq, 10)
	c.put(t, bucketSent, sentKey(k.Conn, msg), seq)
	if clientID != "" {
		c.put(t, bucketClient, k.ID+"/"+clientID, seq)
	}
	return it, nil
}

// sentBefore finds the item that an earlier request with the same clientID made.
func (c *Chat) sentBefore(t *agent.Turn, k *contact, clientID string) (it Item, found bool, err error) {
	if len(clientID) > 64 {
		return Item{}, false, &ErrBadText{"The page's id of the message is too long."}
	}
	seq, found, err := c.number(t, bucketClient, k.ID+"/"+clientID)
	if err != nil || !found {
		return Item{}, false, err
	}
	b, err := c.get(t, bucketItem, itemKey(k.ID, seq))
	if err != nil {
		return Item{}, false, err
	}
	it, err = decodeItem(b)
	return it, true, err
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

// post encodes m for the connection and queues it.
func (k *contact) post(t *agent.Turn, m Message, notify bool) (uint64, error) {
	body, err := Encode(m, min(maxMessage, t.Room(k.Conn)))
	if err != nil {
		return 0, err
	}
	return t.Send(k.Conn, body, agent.SendOptions{Notify: notify})
}

// setStatus follows a sent item on its way. Ticks never go back.
func (c *Chat) setStatus(t *agent.Turn, k *contact, id uint64, s Status, problem string) error {
	key := sentKey(k.Conn, id)
	seq, found, err := c.number(t, bucketSent, key)
	if err != nil || !found {
		return err // not found: not an item but a profile or the like
	}
	if s == Delivered || s == Undeliverable {
		t.Delete(bucketSent, key)
	}
	return c.change(t, k, seq, func(it *Item) {
		if it.Status != Delivered {
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
