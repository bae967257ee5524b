package chat

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sotto/smp/wire"
	"sotto/wasm/agent"
)

// Event takes what the agent has to say, in the turn that it belongs to.
func (c *Chat) Event(t *agent.Turn, e agent.Event) error {
	switch e := e.(type) {
	case agent.Confirmed:
		return c.with(e.Conn, func(k *contact) error { return c.confirmed(t, k, e.Info) })
	case agent.InfoReceived:
		return c.with(e.Conn, func(k *contact) error { c.learn(t, k, e.Info); return nil })
	case agent.Connected:
		return c.with(e.Conn, func(k *contact) error { c.connected(t, k, e.PQ); return nil })
	case agent.PQChanged:
		return c.with(e.Conn, func(k *contact) error { k.PostQuantum = e.PQ; c.save(t, k); return nil })
	case agent.Received:
		return c.with(e.Conn, func(k *contact) error { return c.receive(t, k, e) })
	case agent.SentToRelay:
		return c.with(e.Conn, func(k *contact) error { return c.setStatus(t, k, e.MsgID, OnRelay, "") })
	case agent.SendFailed:
		return c.with(e.Conn, func(k *contact) error {
			return c.setStatus(t, k, e.MsgID, Undeliverable, Refusal(e.Err))
		})
	case agent.Delivered:
		return c.with(e.Conn, func(k *contact) error { return c.delivered(t, k, e) })
	case agent.SendDelayed:
		return c.with(e.Conn, func(k *contact) error {
			return c.setStatus(t, k, e.MsgID, Pending, Sentence(e.Err))
		})
	case agent.JoinFailed:
		return c.with(e.Conn, func(k *contact) error { return c.end(t, k, Failed, Sentence(e.Err)) })
	case agent.Ended:
		return c.with(e.Conn, func(k *contact) error { return c.end(t, k, Ended, Sentence(e.Err)) })
	case agent.Unreadable:
		return c.with(e.Conn, func(k *contact) error {
			c.note(t, k, "A message could not be decrypted and is lost.", t.Now())
			return nil
		})
	case agent.Gap:
		return c.with(e.Conn, func(k *contact) error { c.integrity(t, k, e.Integrity, t.Now()); return nil })
	case agent.RelayState:
		c.emit(t, Event{Relay: &e})
	}
	return nil // events of later versions change nothing here
}

// with runs f for the contact of conn; a connection without one was deleted meanwhile.
func (c *Chat) with(conn agent.ConnID, f func(*contact) error) error {
	if k := c.byConn[conn]; k != nil {
		return f(k)
	}
	return nil
}

// confirmed answers the person who opened our link with our own profile.
func (c *Chat) confirmed(t *agent.Turn, k *contact, info []byte) error {
	if c.profile == nil {
		return ErrNoProfile
	}
	m, err := c.profile.info()
	if err != nil {
		return err
	}
	body, err := Encode(m, maxInfo)
	if err != nil {
		return err
	}
	if err := t.Allow(k.Conn, body); err != nil {
		return err
	}
	k.State, k.Link = Joining, ""
	c.learn(t, k, info)
	return nil
}

// learn takes the other side's profile from connection info. Info that cannot
// be read leaves the name empty and the connection alone.
func (c *Chat) learn(t *agent.Turn, k *contact, info []byte) {
	msgs, _, err := Parse(info)
	if err == nil {
		for _, m := range msgs {
			if p, err := parseInfo(m.Params); err == nil && (m.Event == eventInfo || m.Event == eventContact) {
				k.Profile = p
			}
		}
	}
	c.save(t, k)
}

func (c *Chat) connected(t *agent.Turn, k *contact, pq bool) {
	if k.over() {
		return
	}
	k.State, k.Link, k.Problem, k.PostQuantum = Connected, "", "", pq
	k.ActiveAt = t.Now().UnixMilli()
	c.save(t, k)
}

// end closes the conversation; what was written stays.
func (c *Chat) end(t *agent.Turn, k *contact, s ContactState, problem string) error {
	if k.over() {
		return nil
	}
	k.State, k.Link, k.Problem = s, "", problem
	c.save(t, k)
	return t.Erase(k.Conn)
}

func (k *contact) over() bool { return k.State == Ended || k.State == Failed }

func (c *Chat) delivered(t *agent.Turn, k *contact, e agent.Delivered) error {
	for _, id := range e.MsgIDs {
		if err := c.setStatus(t, k, id, Delivered, ""); err != nil {
			return err
		}
	}
	for _, id := range e.BadHash {
		if err := c.setStatus(t, k, id, Undeliverable, "The other device received something else than what was sent. Send it again."); err != nil {
			return err
		}
	}
	return nil
}

// receive reads a message body and answers with a receipt if one is expected.
func (c *Chat) receive(t *agent.Turn, k *contact, e agent.Received) error {
	c.integrity(t, k, e.Integrity, e.RelayTime)
	msgs, lost, err := Parse(e.Body)
	if err != nil || lost > 0 {
		c.append(t, k, Item{Direction: Received, Unknown: "unreadable", At: e.RelayTime.UnixMilli()})
	}
	receipt := false
	for _, m := range msgs {
		if err := c.handle(t, k, e, m); err != nil {
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

func (c *Chat) handle(t *agent.Turn, k *contact, e agent.Received, m Message) error {
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
	return c.keep(t, k, e, m)
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

// visibleEvents are events that this version cannot carry out but a person should know of.
var visibleEvents = map[string]bool{eventFile: true, "x.file": true, "x.call.inv": true, "x.grp.inv": true}

// keep stores an event that made no item, so that a later version can use it.
func (c *Chat) keep(t *agent.Turn, k *contact, e agent.Received, m Message) error {
	if visibleEvents[m.Event] {
		c.append(t, k, Item{Direction: Received, Unknown: m.Event, At: e.RelayTime.UnixMilli()})
	}
	b, err := AppendMessage(nil, m)
	if err != nil {
		return err
	}
	c.put(t, bucketEvent, itemKey(k.ID, int64(e.MsgID)), b)
	return nil
}
