package chat

import (
	"encoding/json"
	"errors"

	"sotto/smp/wire"
	"sotto/wasm/agent"
)

// receiveUpdate shows the new text of an edited message. An update of a message
// that is not here, such as a welcome message, is a message: so it is in
// official apps.
func (c *Chat) receiveUpdate(t *agent.Turn, k *contact, r received, m Message) error {
	var p updateParams
	if json.Unmarshal(m.Params, &p) != nil {
		return nil
	}
	content, err := parseContent(p.Content)
	if err != nil {
		return nil
	}
	it, err := c.sharedItem(t, k, p.MsgID)
	if errors.Is(err, ErrNoItem) {
		return c.receiveLate(t, k, r, content, p.MsgID)
	}
	if err != nil || it.Direction != Received || it.MemberID != "" && it.MemberID != r.memberID() || it.Deleted {
		return err
	}
	edited := it.Text != content.Text
	content.fill(&it.Item)
	it.Edited = it.Edited || edited
	c.putItem(t, k, it)
	return nil
}

func (c *Chat) receiveLate(t *agent.Turn, k *contact, r received, content Content, msgID string) error {
	id, err := wire.ParseBase64(msgID)
	if err != nil || len(id) == 0 || len(id) > 255 {
		return nil
	}
	it := c.received(t, k, r, content)
	it.Edited = true
	c.appendShared(t, k, it, id)
	return nil
}

// receiveDel takes a message back that its sender deleted for everyone.
func (c *Chat) receiveDel(t *agent.Turn, k *contact, r received, m Message) error {
	var p delParams
	if json.Unmarshal(m.Params, &p) != nil {
		return nil
	}
	return c.changeShared(t, k, p.MsgID, func(it *item) {
		if it.Direction == Received && it.MemberID == r.memberID() {
			it.takeBack()
		}
	})
}

// sharedItem finds an item by its sender's id of it.
func (c *Chat) sharedItem(t *agent.Turn, k *contact, id string) (*item, error) {
	raw, err := wire.ParseBase64(id)
	if err != nil {
		return nil, ErrNoItem
	}
	seq, found, err := c.number(t, bucketShared, sharedKey(k.ID, raw))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ErrNoItem
	}
	return c.item(t, k, seq)
}

// changeShared applies f to the item with an id, if it is there.
func (c *Chat) changeShared(t *agent.Turn, k *contact, id string, f func(*item)) error {
	it, err := c.sharedItem(t, k, id)
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
