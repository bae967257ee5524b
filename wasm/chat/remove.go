package chat

import (
	"encoding/base64"
	"errors"
	"time"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// changeable is how long after sending an item can be edited and taken back.
// Official apps refuse later.
const changeable = 24 * time.Hour

// ErrTooLate is returned for changing what was sent long ago.
var ErrTooLate = errors.New("chat: sent too long ago")

// ownItem returns an item that we sent and may change for everybody.
func (c *Chat) ownItem(t *agent.Turn, id string, seq int64) (*contact, *item, error) {
	k, err := c.contact(id)
	if err != nil {
		return nil, nil, err
	}
	it, err := c.item(t, k, seq)
	switch {
	case err != nil:
		return nil, nil, err
	case it.Direction != Sent || len(it.Shared) == 0 || it.Status == Undeliverable:
		return nil, nil, ErrNoItem
	case t.Now().UnixMilli()-it.At > changeable.Milliseconds():
		return nil, nil, ErrTooLate
	}
	return k, it, nil
}

// Edit changes the text of an item that we sent. Chat: "x.msg.update".
func (c *Chat) Edit(t *agent.Turn, id string, seq int64, text string) (Item, error) {
	k, it, err := c.ownItem(t, id, seq)
	if err != nil {
		return Item{}, err
	}
	if it.Deleted {
		return Item{}, ErrNoItem
	}
	if err := checkText(text); err != nil || it.Text == text {
		return it.Item, err
	}
	content, err := encodeJSON(textContent{"text", text})
	if err != nil {
		return Item{}, err
	}
	m, err := newMessage(nil, eventUpdate, updateParams{base64.URLEncoding.EncodeToString(it.Shared), content})
	if err != nil {
		return Item{}, err
	}
	if err := c.tell(t, k, m); err != nil {
		return Item{}, err
	}
	it.Text, it.Edited = text, true
	c.putItem(t, k, it)
	return it.Item, nil
}

// delParams are those of x.msg.del.
type delParams struct {
	MsgID string `json:"msgId"`
}

// TakeBack deletes an item that we sent, for everybody. One that is deleted was
// taken back before. Chat: "x.msg.del".
func (c *Chat) TakeBack(t *agent.Turn, id string, seq int64) error {
	k, it, err := c.ownItem(t, id, seq)
	if err != nil || it.Deleted {
		return err
	}
	m, err := newMessage(nil, eventDel, delParams{base64.URLEncoding.EncodeToString(it.Shared)})
	if err != nil {
		return err
	}
	if err := c.tell(t, k, m); err != nil {
		return err
	}
	it.takeBack()
	c.putItem(t, k, it)
	return nil
}

// takeBack leaves only that something was here.
func (it *item) takeBack() {
	it.Item = Item{
		Seq: it.Seq, ContactID: it.ContactID, Direction: it.Direction, At: it.At, Status: it.Status, Deleted: true,
		ClientID: it.ClientID, MemberID: it.MemberID, Author: it.Author, ExpiresAt: it.ExpiresAt,
	}
	it.Reactors = nil
}

// Remove deletes an item here only. One that is gone was removed before.
func (c *Chat) Remove(t *agent.Turn, id string, seq int64) error {
	k, err := c.contact(id)
	if err != nil {
		return err
	}
	it, err := c.item(t, k, seq)
	if errors.Is(err, ErrNoItem) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.removeItem(t, k, it)
}

func (c *Chat) removeItem(t *agent.Turn, k *contact, it *item) error {
	c.drop(t, bucketItem, itemKey(k.ID, it.Seq))
	if len(it.Shared) > 0 {
		c.drop(t, bucketShared, sharedKey(k.ID, it.Shared))
	}
	if it.Direction == Received && it.Seq > k.ReadSeq && k.Unread > 0 {
		k.Unread--
		k.known = false
	}
	if k.Last != nil && k.Last.Seq == it.Seq {
		last, err := c.before(t, k, it.Seq)
		if err != nil {
			return err
		}
		k.Last = last
	}
	c.emit(t, Event{ItemDeleted: &ItemRef{k.ID, it.Seq}})
	c.save(t, k)
	return nil
}

// before returns the item before number seq, or nil.
func (c *Chat) before(t *agent.Turn, k *contact, seq int64) (*Item, error) {
	for {
		rec, err := t.Scan(bucketItem, store.Query{Prefix: k.ID + "/", Before: itemKey(k.ID, seq), Limit: 1, Reverse: true})
		if err != nil || len(rec) == 0 {
			return nil, err
		}
		it, err := decodeItem(rec[0].Value)
		if err != nil {
			return nil, err
		}
		now, err := c.item(t, k, it.Seq)
		if !errors.Is(err, ErrNoItem) {
			return &now.Item, err
		}
		seq = it.Seq // removed in this turn
	}
}
