package chat

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sotto/smp/wire"
)

// versionRange is what we tell peers: versions 1 to 18 of the chat protocol.
const versionRange = "1-18"

// Event names. Chat: "Message kinds".
const (
	eventInfo         = "x.info"
	eventNew          = "x.msg.new"
	eventUpdate       = "x.msg.update"
	eventDel          = "x.msg.del"
	eventReact        = "x.msg.react"
	eventDirectDel    = "x.direct.del"
	eventOK           = "x.ok"
	eventContact      = "x.contact"
	eventGroupInvited = "x.grp.inv"
)

// A Message is one chat event. Chat: "General message format".
type Message struct {
	// Version is the sender's range such as "1-18", or empty.
	Version string
	// ID is the sender's id of the message, at most 255 bytes (12 random bytes
	// by custom), or empty.
	ID []byte
	// Event is the name, such as "x.msg.new".
	Event string
	// Params is the JSON object of the event.
	Params json.RawMessage
	// Forward says whose message it is, if not the sender's.
	Forward *forwarded
}

// ErrMalformed is returned for what is not a chat message.
var ErrMalformed = errors.New("chat: malformed message")

type messageJSON struct {
	V      string          `json:"v,omitempty"`
	MsgID  string          `json:"msgId,omitempty"`
	Event  string          `json:"event"`
	Params json.RawMessage `json:"params"`
}

// AppendMessage appends the compact JSON of m.
func AppendMessage(b []byte, m Message) ([]byte, error) {
	j := messageJSON{V: m.Version, MsgID: base64.URLEncoding.EncodeToString(m.ID), Event: m.Event, Params: m.Params}
	text, err := encodeJSON(j)
	if err != nil {
		return b, fmt.Errorf("chat: encode %s: %w", m.Event, err)
	}
	return append(b, text...), nil
}

// encodeJSON returns v without added white space.
func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // "<" is one byte on the wire, not six
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// parseMessage decodes one JSON object.
func parseMessage(b []byte) (Message, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	var j messageJSON
	if d.Decode(&j) != nil || j.Event == "" {
		return Message{}, ErrMalformed
	}
	if _, err := d.Token(); err != io.EOF {
		return Message{}, ErrMalformed // something follows the object
	}
	id, err := wire.ParseBase64(j.MsgID)
	if err != nil || len(id) > 255 {
		return Message{}, ErrMalformed
	}
	if len(j.Params) == 0 || j.Params[0] != '{' {
		return Message{}, ErrMalformed
	}
	return Message{Version: j.V, ID: id, Event: j.Event, Params: j.Params}, nil
}

// newMessage makes a message with params encoded from v.
func newMessage(id []byte, event string, v any) (Message, error) {
	params, err := encodeJSON(v)
	if err != nil {
		return Message{}, fmt.Errorf("chat: encode params of %s: %w", event, err)
	}
	return Message{Version: versionRange, ID: id, Event: event, Params: params}, nil
}

// wantsReceipt reports whether the sender of event expects a delivery receipt.
// Chat: "Delivery receipts".
func wantsReceipt(event string) bool {
	switch event {
	case eventNew, eventGroupInvited, "x.call.inv":
		return true
	}
	return false
}
