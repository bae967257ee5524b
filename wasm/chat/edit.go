package chat

import (
	"encoding/json"

	"sotto/smp/wire"
	"sotto/wasm/agent"
)

// receiveUpdate shows the new text of an edited message.
func (c *Chat) receiveUpdate(t *agent.Turn, k *contact, m Message) error {
	var p msgParams
	if json.Unmarshal(m.Params, &p) != nil {
		return nil
	}
	content, err := parseContent(p.Content)
	if err != nil {
		return nil
	}
	return c.changeShared(t, k, p.MsgID, func(it *Item) {
		it.Text, it.Unknown, it.Edited = content.Text, content.unknown(), true
	})
}

// receiveDel takes a message back that its sender deleted for everyone.
func (c *Chat) receiveDel(t *agent.Turn, k *contact, m Message) error {
	var p msgParams
	if json.Unmarshal(m.Params, &p) != nil {
		return nil
	}
	return c.changeShared(t, k, p.MsgID, func(it *Item) { it.Text, it.Unknown, it.Deleted = "", "", true })
}

func (c *Chat) changeShared(t *agent.Turn, k *contact, id string, f func(*Item)) error {
	raw, err := wire.ParseBase64(id)
	if err != nil {
		return nil
	}
	seq, found, err := c.number(t, bucketShared, sharedKey(k.ID, raw))
	if err != nil || !found {
		return err
	}
	return c.change(t, k, seq, f)
}
