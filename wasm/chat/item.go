package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// item is the record of an Item.
type item struct {
	Item
	// Shared is the id of the message that its sender gave it.
	Shared []byte `json:",omitempty"`
	// TTL is after how many seconds a received item disappears once it was read.
	TTL int `json:",omitempty"`
	// Reactors are who gave which reaction.
	Reactors []reactor `json:",omitempty"`
}

// reactor is somebody who gave a reaction: "" are we, "." is the contact, others
// are members.
type reactor struct {
	Who   string
	Emoji string
}

// ErrNoItem is returned for an item that is not there (any more), or that is not
// one with which this can be done.
var ErrNoItem = errors.New("chat: no such item")

// itemKey orders the items of a contact by number.
func itemKey(contactID string, seq int64) string { return fmt.Sprintf("%s/%016x", contactID, seq) }

func sentKey(conn agent.ConnID, id uint64) string {
	return string(conn) + "/" + strconv.FormatUint(id, 16)
}

// A Page of items, oldest first.
type Page struct {
	Items []Item `json:"items"`
	// More is true if older items exist.
	More bool `json:"more"`
}

// maxPage bounds how many items are read at once.
const maxPage = 200

// Items returns up to limit items older than number before; 0 means the newest.
func (c *Chat) Items(t *agent.Turn, id string, before int64, limit int) (Page, error) {
	k, err := c.contact(id)
	if err != nil {
		return Page{}, err
	}
	limit = max(1, min(limit, maxPage))
	q := store.Query{Prefix: k.ID + "/", Limit: limit + 1, Reverse: true}
	if before > 0 {
		q.Before = itemKey(k.ID, before)
	}
	rec, err := t.Scan(bucketItem, q)
	if err != nil {
		return Page{}, fmt.Errorf("chat: read items: %w", err)
	}
	p := Page{Items: []Item{}, More: len(rec) > limit}
	for i := min(len(rec), limit) - 1; i >= 0; i-- {
		it, err := decodeItem(rec[i].Value)
		if err != nil {
			return Page{}, err
		}
		p.Items = append(p.Items, it.Item)
	}
	return p, nil
}

func decodeItem(b []byte) (*item, error) {
	it := new(item)
	if err := json.Unmarshal(b, it); err != nil {
		return nil, fmt.Errorf("chat: item record: %w", err)
	}
	return it, nil
}

// item reads the record of an item as this turn has left it.
func (c *Chat) item(t *agent.Turn, k *contact, seq int64) (*item, error) {
	b, err := c.get(t, bucketItem, itemKey(k.ID, seq))
	if errors.Is(err, store.ErrNotFound) {
		return &item{}, ErrNoItem
	}
	if err != nil {
		return &item{}, err
	}
	return decodeItem(b)
}

// append adds it to the conversation and shows it after the commit.
func (c *Chat) append(t *agent.Turn, k *contact, it Item) Item {
	return c.appendRecord(t, k, &item{Item: it})
}

// appendShared is append for an item to which its sender gave an id. Who uses an
// id twice can change only the second item.
func (c *Chat) appendShared(t *agent.Turn, k *contact, it *item, id []byte) Item {
	if len(id) > 0 {
		it.Shared = id
		c.put(t, bucketShared, sharedKey(k.ID, id), strconv.AppendInt(nil, k.NextSeq, 10))
	}
	return c.appendRecord(t, k, it)
}

func (c *Chat) appendRecord(t *agent.Turn, k *contact, it *item) Item {
	it.Seq, it.ContactID = k.NextSeq, k.ID
	k.NextSeq++
	k.ActiveAt = t.Now().UnixMilli()
	if it.Direction == Received {
		k.arrived(it)
	}
	c.putItem(t, k, it)
	return it.Item
}

// putItem writes it, new or changed, and keeps the contact's last item current.
func (c *Chat) putItem(t *agent.Turn, k *contact, it *item) {
	c.putJSON(t, bucketItem, itemKey(k.ID, it.Seq), it)
	pub := it.Item
	c.emit(t, Event{Item: &pub})
	if it.Seq == k.NextSeq-1 || k.Last != nil && k.Last.Seq == it.Seq {
		k.Last = &pub
	}
	c.save(t, k)
}

// change applies f to the stored item seq, if it is there.
func (c *Chat) change(t *agent.Turn, k *contact, seq int64, f func(*item)) error {
	it, err := c.item(t, k, seq)
	if errors.Is(err, ErrNoItem) {
		return nil
	}
	if err != nil {
		return err
	}
	f(it)
	c.putItem(t, k, it)
	return nil
}
