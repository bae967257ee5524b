package chat

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sotto/wasm/agent"
)

// receive reads a message body and answers with a receipt if one is expected.
func (c *Chat) receive(t *agent.Turn, k *contact, e agent.Received) error {
	c.integrity(t, k, e.Integrity, e.RelayTime)
	msgs, lost, err := Parse(e.Body)
	if err != nil || lost > 0 {
		c.append(t, k, Item{Direction: Received, Unknown: "unreadable", At: e.RelayTime.UnixMilli()})
	}
	receipt := false
	for i, m := range msgs {
		if err := c.handle(t, k, e, m, i); err != nil {
			return err
		}
		receipt = receipt || wantsReceipt(m.Event)
	}
	if !receipt || k.over() {
		return nil
	}
	return t.Receipt(e.Conn, e.MsgID)
}

// integrity tells about gaps and breaks in the chain of messages.
func (c *Chat) integrity(t *agent.Turn, k *contact, i agent.Integrity, at time.Time) {
	switch i.Fault {
	case agent.Skipped:
		c.note(t, k, missing(i.To-i.From+1), at)
	case agent.BadHash:
		c.note(t, k, "The message before this one is not the one that was sent.", at)
	case agent.BadID, agent.Duplicated:
		c.note(t, k, "The next message came out of order. It may have been sent from an old copy of the other side's data.", at)
	}
}

func missing(n uint64) string {
	if n == 1 {
		return "One message is missing."
	}
	return fmt.Sprintf("%d messages are missing.", n)
}

func (c *Chat) note(t *agent.Turn, k *contact, text string, at time.Time) {
	c.append(t, k, Item{Direction: Note, Text: text, At: at.UnixMilli()})
}

// handle does what m says, which is number place of what e brought.
func (c *Chat) handle(t *agent.Turn, k *contact, e agent.Received, m Message, place int) error {
	switch m.Event {
	case eventNew:
		return c.receiveNew(t, k, e, m)
	case eventUpdate:
		return c.receiveUpdate(t, k, m)
	case eventDel:
		return c.receiveDel(t, k, m)
	case eventInfo:
		if p, err := parseInfo(m.Params); err == nil {
			k.Profile = p
			c.save(t, k)
		}
		return nil
	case eventDirectDel:
		return c.end(t, k, Ended, "The other person ended this conversation. What was written stays here.")
	case eventOK:
		return nil
	}
	return c.keep(t, k, e, m, place)
}

type msgParams struct {
	MsgID   string          `json:"msgId"`
	Content json.RawMessage `json:"content"`
}

func (c *Chat) receiveNew(t *agent.Turn, k *contact, e agent.Received, m Message) error {
	var p msgParams
	var content Content
	err := json.Unmarshal(m.Params, &p)
	if err == nil {
		content, err = parseContent(p.Content)
	}
	if err != nil {
		content = Content{Type: "unreadable"}
	}
	it := c.append(t, k, Item{Direction: Received, Text: content.Text, Unknown: content.unknown(), At: e.RelayTime.UnixMilli()})
	if len(m.ID) > 0 {
		c.put(t, bucketShared, sharedKey(k.ID, m.ID), strconv.AppendInt(nil, it.Seq, 10))
	}
	return nil
}

func sharedKey(contactID string, id []byte) string {
	return contactID + "/" + base64.RawURLEncoding.EncodeToString(id)
}

// visibleEvents are events that this version cannot carry out but a person should know of.
var visibleEvents = map[string]bool{eventFile: true, "x.file": true, "x.call.inv": true, "x.grp.inv": true}

// keep stores an event that made no item, so that a later version can use it.
func (c *Chat) keep(t *agent.Turn, k *contact, e agent.Received, m Message, place int) error {
	if visibleEvents[m.Event] {
		c.append(t, k, Item{Direction: Received, Unknown: m.Event, At: e.RelayTime.UnixMilli()})
	}
	b, err := AppendMessage(nil, m)
	if err != nil {
		return err
	}
	c.put(t, bucketEvent, fmt.Sprintf("%s/%02x", itemKey(k.ID, int64(e.MsgID)), place), b)
	return nil
}
