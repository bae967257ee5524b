package chat

import (
	"encoding/json"
	"fmt"
	"strconv"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

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
		p.Items = append(p.Items, it)
	}
	return p, nil
}

func decodeItem(b []byte) (Item, error) {
	var it Item
	if err := json.Unmarshal(b, &it); err != nil {
		return Item{}, fmt.Errorf("chat: item record: %w", err)
	}
	return it, nil
}

// append adds it to the conversation and shows it after the commit.
func (c *Chat) append(t *agent.Turn, k *contact, it Item) Item {
	it.Seq, it.ContactID = k.NextSeq, k.ID
	k.NextSeq++
	k.ActiveAt = t.Now().UnixMilli()
	if it.Direction == Received {
		k.Unread++
	}
	c.putItem(t, k, it)
	return it
}

// putItem writes it, new or changed, and keeps the contact's last item current.
func (c *Chat) putItem(t *agent.Turn, k *contact, it Item) {
	c.putJSON(t, bucketItem, itemKey(k.ID, it.Seq), it)
	c.emit(t, Event{Item: &it})
	if it.Seq == k.NextSeq-1 {
		k.Last = &it
	}
	c.save(t, k)
}

// change applies f to the stored item seq, if it is there.
func (c *Chat) change(t *agent.Turn, k *contact, seq int64, f func(*Item)) error {
	b, err := c.get(t, bucketItem, itemKey(k.ID, seq))
	if err != nil {
		return ignoreMissing(err)
	}
	it, err := decodeItem(b)
	if err != nil {
		return err
	}
	f(&it)
	c.putItem(t, k, it)
	return nil
}
