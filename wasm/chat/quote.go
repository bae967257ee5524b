package chat

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"sotto/smp/wire"
	"sotto/wasm/agent"
)

// quoteJSON is the message that another one answers. Chat: "Quoted message".
type quoteJSON struct {
	Ref     refJSON         `json:"msgRef"`
	Content json.RawMessage `json:"content"`
}

// refJSON names a message. Sent is from the point of view of who quotes.
type refJSON struct {
	MsgID    string    `json:"msgId,omitempty"`
	SentAt   time.Time `json:"sentAt"`
	Sent     bool      `json:"sent"`
	MemberID string    `json:"memberId,omitempty"`
}

// quoted is a quote as it travels and as it is shown.
type quoted struct {
	wire  quoteJSON
	shown Quote
}

// maxQuote bounds the text of a quote, in characters.
const maxQuote = 500

// quote makes the quote of an item of ours or theirs.
func (c *Chat) quote(t *agent.Turn, k *contact, seq int64) (*quoted, error) {
	it, err := c.item(t, k, seq)
	if err != nil {
		return nil, err
	}
	if it.Direction == Note || it.Deleted {
		return nil, ErrNoItem
	}
	text := cut(it.Text, maxQuote)
	content, err := encodeJSON(textContent{"text", text})
	if err != nil {
		return nil, err
	}
	q := &quoted{wire: quoteJSON{Content: content}}
	q.wire.Ref = refJSON{SentAt: time.UnixMilli(it.At).UTC(), Sent: it.Direction == Sent}
	if len(it.Shared) > 0 {
		q.wire.Ref.MsgID = base64.URLEncoding.EncodeToString(it.Shared)
	}
	q.wire.Ref.MemberID = c.writer(k, it)
	q.shown = Quote{Seq: seq, Own: it.Direction == Sent, Author: it.Author, Kind: it.Kind, Text: text, Image: it.Image}
	if q.shown.Kind == "" {
		q.shown.Kind = KindText
	}
	return q, nil
}

// readQuote reads the quote of a received message. What it says is what its
// sender wants us to see; the item that it names is linked to.
func (c *Chat) readQuote(t *agent.Turn, k *contact, b json.RawMessage) (*Quote, error) {
	var j quoteJSON
	if len(b) == 0 || json.Unmarshal(b, &j) != nil {
		return nil, nil
	}
	content, err := parseContent(j.Content)
	if err != nil {
		return nil, nil
	}
	q := &Quote{Own: !j.Ref.Sent, Kind: ContentKind(content.Type), Text: cut(content.Text, maxQuote), Image: content.Image}
	if !known[content.Type] {
		q.Kind = KindText
	}
	c.nameQuoted(k, q, j.Ref)
	id, err := wire.ParseBase64(j.Ref.MsgID)
	if err != nil || len(id) == 0 {
		return q, nil
	}
	seq, found, err := c.number(t, bucketShared, sharedKey(k.ID, id))
	if found {
		q.Seq = seq
	}
	return q, err
}
