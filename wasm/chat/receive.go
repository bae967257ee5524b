package chat

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
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
		if err := c.take(t, k, received{e, i, k.memberAt(e.Conn)}, m); err != nil {
			return err
		}
		receipt = receipt || wantsReceipt(m.Event)
	}
	if !receipt || k.over() {
		return nil
	}
	return ignoreUnconnected(t.Receipt(e.Conn, e.MsgID)) // who wrote may have left with it
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

// received is where a message came from: number place of what one body brought.
type received struct {
	agent.Received
	place int
	// member wrote it, in a conversation of several people.
	member *member
}

// memberID is "" for a contact.
func (r received) memberID() string {
	if r.member == nil {
		return ""
	}
	return r.member.ID
}

// take does what m says, in a conversation of two or of several people.
func (c *Chat) take(t *agent.Turn, k *contact, r received, m Message) error {
	switch {
	case !k.isGroup():
		return c.handle(t, k, r, m)
	case r.member == nil:
		return nil // gone
	case m.Forward != nil:
		return c.handleForwarded(t, k, r, m)
	}
	return c.handleGroup(t, k, r, m)
}

// handle does what a contact says.
func (c *Chat) handle(t *agent.Turn, k *contact, r received, m Message) error {
	switch m.Event {
	case eventNew:
		return c.receiveNew(t, k, r, m)
	case eventUpdate:
		return c.receiveUpdate(t, k, r, m)
	case eventDel:
		return c.receiveDel(t, k, r, m)
	case eventReact:
		return c.receiveReact(t, k, m, ".")
	case eventInfo:
		if p, err := parseInfo(m.Params); err == nil {
			k.Profile = p
			c.setTTL(t, k, parseTTL(m.Params))
			c.save(t, k)
		}
		return nil
	case eventDirectDel:
		return c.end(t, k, Ended, "The other person ended this conversation. What was written stays here.")
	case eventOK:
		return nil
	case eventGroupInvited:
		if done, err := c.invitedToGroup(t, k, m); done || err != nil {
			return err
		}
	}
	return c.keep(t, k, r, m)
}

// containerJSON is what x.msg.new carries. Chat: "Message container".
type containerJSON struct {
	Content json.RawMessage `json:"content"`
	Quote   json.RawMessage `json:"quote"`
	Forward json.RawMessage `json:"forward"`
	File    json.RawMessage `json:"file"`
	TTL     json.RawMessage `json:"ttl"`
}

type fileJSON struct {
	Name string `json:"fileName"`
	Size int64  `json:"fileSize"`
}

func (c *Chat) receiveNew(t *agent.Turn, k *contact, r received, m Message) error {
	var p containerJSON
	var content Content
	err := json.Unmarshal(m.Params, &p)
	if err == nil {
		content, err = parseContent(p.Content)
	}
	if err != nil {
		content = Content{Type: "unreadable"}
	}
	it := c.received(t, k, r, content)
	if it.Quote, err = c.readQuote(t, k, p.Quote); err != nil {
		return err
	}
	it.Forwarded = isForward(p.Forward)
	it.File = parseFile(p.File)
	var ttl int
	if json.Unmarshal(p.TTL, &ttl) == nil {
		it.TTL = max(0, min(ttl, maxTTL))
	}
	c.appendShared(t, k, it, m.ID)
	return nil
}

// received makes the item of what somebody said.
func (c *Chat) received(_ *agent.Turn, _ *contact, r received, content Content) *item {
	it := &item{Item: Item{Direction: Received, At: r.RelayTime.UnixMilli(), MemberID: r.memberID()}}
	if r.member != nil {
		it.Author = r.member.Profile.DisplayName
	}
	content.fill(&it.Item)
	return it
}

// receiveContent adds what somebody said before there was a connection.
func (c *Chat) receiveContent(t *agent.Turn, k *contact, content Content, id []byte, at time.Time) {
	it := c.received(t, k, received{Received: agent.Received{RelayTime: at}}, content)
	c.appendShared(t, k, it, id)
}

// isForward reads the mark of forwarded messages, which some apps made an object.
func isForward(b json.RawMessage) bool {
	return string(b) == "true" || len(b) > 0 && b[0] == '{'
}

// parseFile reads the description of a file. Its name must not look like a path.
func parseFile(b json.RawMessage) *File {
	var j fileJSON
	if len(b) == 0 || json.Unmarshal(b, &j) != nil || j.Name == "" || j.Size < 0 {
		return nil
	}
	return &File{Name: cleanLine(j.Name[strings.LastIndexAny(j.Name, `/\\`)+1:], maxTitle), Size: j.Size}
}

func sharedKey(contactID string, id []byte) string {
	return contactID + "/" + base64.RawURLEncoding.EncodeToString(id)
}

// visibleEvents are events that this version cannot carry out but a person should know of.
var visibleEvents = map[string]bool{"x.file": true, "x.call.inv": true, eventGroupInvited: true}

// keep stores an event that made no item, so that a later version can use it.
func (c *Chat) keep(t *agent.Turn, k *contact, r received, m Message) error {
	if visibleEvents[m.Event] {
		c.append(t, k, Item{Direction: Received, Unknown: m.Event, At: r.RelayTime.UnixMilli(), MemberID: r.memberID()})
	}
	b, err := AppendMessage(nil, m)
	if err != nil {
		return err
	}
	c.put(t, bucketEvent, fmt.Sprintf("%s/%02x", itemKey(k.ID, int64(r.MsgID)), r.place), b)
	return nil
}
