package chat

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"sotto/wasm/agent"
)

// Content is what a message says. Chat: "Message content".
type Content struct {
	// Type is "text", "link", "image" and so on; unknown types are kept.
	Type string
	// Text is the text, or the fallback text of a type that we do not show in full.
	Text string
	// Image is the preview picture of an image or video.
	Image string
	// Duration of a voice message or video in seconds.
	Duration int
	Preview  *Preview
}

type contentJSON struct {
	Type     string        `json:"type"`
	Text     *string       `json:"text"`
	Image    string        `json:"image"`
	Duration int           `json:"duration"`
	Reason   string        `json:"reason"`
	Preview  *previewJSON  `json:"preview"`
	ChatLink *chatLinkJSON `json:"chatLink"`
}

// previewJSON is what the sender shows of a web page. Chat: "Link preview".
type previewJSON struct {
	URI         string `json:"uri"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Image       string `json:"image"`
}

// chatLinkJSON is a card that leads to a person or a group.
type chatLinkJSON struct {
	ConnLink string            `json:"connLink"`
	InvLink  string            `json:"invLink"`
	Profile  profileJSON       `json:"profile"`
	Group    *groupProfileJSON `json:"groupProfile"`
}

// maxPreview bounds the preview pictures of messages in bytes of their data URI.
const maxPreview = 16000

// known are the types of content that the page shows.
var known = map[string]bool{"text": true, "link": true, "image": true, "video": true, "voice": true, "file": true, "report": true, "chat": true}

// parseContent reads the content of x.msg.new and x.msg.update. What is wrong
// with the details of a known type does not cost its text.
func parseContent(b json.RawMessage) (Content, error) {
	var base struct {
		Type string  `json:"type"`
		Text *string `json:"text"`
	}
	if json.Unmarshal(b, &base) != nil || base.Type == "" {
		return Content{}, ErrMalformed
	}
	if base.Text == nil && base.Type == "text" {
		return Content{}, ErrMalformed
	}
	var j contentJSON
	if json.Unmarshal(b, &j) != nil {
		j = contentJSON{Type: base.Type, Text: base.Text}
	}
	c := Content{Type: j.Type, Text: j.fallback(), Duration: max(0, j.Duration)}
	switch j.Type {
	case "image", "video":
		c.Image = cleanImage(j.Image, maxPreview)
	case "link":
		c.Preview = j.Preview.shown()
	case "chat":
		c.Preview = j.ChatLink.shown()
	}
	return c, nil
}

func (p *previewJSON) shown() *Preview {
	if p == nil || !strings.HasPrefix(p.URI, "https://") && !strings.HasPrefix(p.URI, "http://") {
		return nil
	}
	return &Preview{Link: p.URI, Title: cleanLine(p.Title, maxTitle), Description: cleanLine(p.Description, maxTitle), Image: cleanImage(p.Image, maxPreview)}
}

// maxTitle is the length of titles and descriptions in characters.
const maxTitle = 300

func (l *chatLinkJSON) shown() *Preview {
	if l == nil {
		return nil
	}
	p := l.Profile.shown()
	if l.Group != nil {
		p = l.Group.shown()
	}
	link := l.ConnLink
	if link == "" {
		link = l.InvLink
	}
	if found, err := agent.ParseLink(link); found.Text != link && err != nil {
		return nil
	}
	return &Preview{Link: link, Title: p.DisplayName, Description: p.Description, Image: p.Image}
}

// fallback is the text that stands for the whole content.
func (j contentJSON) fallback() string {
	text := ""
	if j.Text != nil {
		text = *j.Text
	}
	if j.Type == "report" {
		return join("report "+j.Reason, text)
	}
	return cleanText(text)
}

func join(what, text string) string {
	if text == "" {
		return what
	}
	return what + ": " + text
}

// unknown returns the type if the page cannot show it.
func (c Content) unknown() string {
	if known[c.Type] {
		return ""
	}
	return c.Type
}

// fill puts c in place of what it says.
func (c Content) fill(it *Item) {
	it.Kind, it.Unknown = "", c.unknown()
	if it.Unknown == "" {
		it.Kind = ContentKind(c.Type)
	}
	it.Text, it.Image, it.Duration, it.Preview = c.Text, c.Image, c.Duration, c.Preview
}

// cleanText replaces invalid UTF-8, which JSON could carry.
func cleanText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

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
