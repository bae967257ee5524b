package chat

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Content is what a message says. Chat: "Message content".
type Content struct {
	// Type is "text", "link", "image" and so on; unknown types are kept.
	Type string
	// Text is the text, or the fallback text of a type that we do not show in full.
	Text string
}

type contentJSON struct {
	Type     string  `json:"type"`
	Text     *string `json:"text"`
	Duration int     `json:"duration,omitempty"`
	Reason   string  `json:"reason,omitempty"`
}

// parseContent reads the content of x.msg.new and x.msg.update.
func parseContent(b json.RawMessage) (Content, error) {
	var j contentJSON
	if json.Unmarshal(b, &j) != nil || j.Type == "" {
		return Content{}, ErrMalformed
	}
	if j.Text == nil && j.Type == "text" {
		return Content{}, ErrMalformed
	}
	return Content{Type: j.Type, Text: j.fallback()}, nil
}

// fallback is the text that stands for the whole content.
func (j contentJSON) fallback() string {
	text := ""
	if j.Text != nil {
		text = *j.Text
	}
	switch j.Type {
	case "voice":
		return join(fmt.Sprintf("voice message (%02d:%02d)", j.Duration/60, j.Duration%60), text)
	case "report":
		return join("report "+j.Reason, text)
	}
	return text
}

func join(what, text string) string {
	if text == "" {
		return what
	}
	return what + ": " + text
}

// unknown returns the type if the page cannot show it in full.
func (c Content) unknown() string {
	switch c.Type {
	case "text", "link":
		return "" // a link's text holds its address
	}
	return c.Type
}

// newParams are the parameters of x.msg.new that we send.
type newParams struct {
	Content textContent `json:"content"`
}

type textContent struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// maxText bounds the length of a text in bytes, before encoding.
const maxText = 15000

// ErrBadText is returned for a text that cannot be sent.
type ErrBadText struct{ Reason string }

func (e *ErrBadText) Error() string { return "chat: " + e.Reason }

func checkText(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return &ErrBadText{"The message is empty."}
	case !utf8.ValidString(text):
		return &ErrBadText{"The message contains invalid characters."}
	case len(text) > maxText:
		return &ErrBadText{fmt.Sprintf("The message is %d bytes long; at most %d fit. Send it in two parts.", len(text), maxText)}
	}
	return nil
}
