package agent

import (
	"strings"

	"sotto/smp"
)

// A LinkKind is what a link is for.
type LinkKind string

// The kinds of links.
const (
	LinkInvitation LinkKind = "invitation" // for one person, once
	LinkContact    LinkKind = "contact"    // a long-term address of a person or a business
	LinkGroup      LinkKind = "group"
	LinkChannel    LinkKind = "channel"
	LinkRelay      LinkKind = "relay" // of a channel
	LinkUnknown    LinkKind = "unknown"
)

// A Link is a SimpleX link that was found in a text.
type Link struct {
	Kind LinkKind
	// Short links are keys to data on a relay.
	Short bool
	// Text is the link without what surrounded it.
	Text string
	// Request is what a full link says, nil for a short one.
	Request *Request

	short *shortLink
}

// A LinkError says why a link cannot be opened, in words for people.
type LinkError struct {
	Kind    LinkKind
	Problem LinkProblem
}

// A LinkProblem is a reason why a link cannot be opened.
type LinkProblem uint8

// The problems with links.
const (
	NoLink           LinkProblem = iota + 1 // there is none in the text
	DamagedLink                             // it cannot be read
	IncompatibleLink                        // it needs versions that we do not speak
	UnsupportedLink                         // it is of a kind that cannot be joined yet
	OwnLink                                 // we made it
	UnknownRelay                            // it is short, and does not say enough of its relay
)

// Error returns a sentence for people.
func (e *LinkError) Error() string {
	switch e.Problem {
	case NoLink:
		return "There is no SimpleX link in this text."
	case DamagedLink:
		return "This link is damaged or incomplete. Please copy all of it again."
	case IncompatibleLink:
		return "This link was made by a version of SimpleX that Sotto cannot talk to."
	case OwnLink:
		return "This is your own link. Send it to somebody else."
	case UnknownRelay:
		return "This link is on a relay that Sotto does not know. Ask for a full link."
	}
	return "This is a link " + forKind[e.Kind] + ". Sotto can open links of people only, for now."
}

var forKind = map[LinkKind]string{
	LinkInvitation: "to one person",
	LinkContact:    "to a contact address",
	LinkGroup:      "to a group",
	LinkChannel:    "to a channel",
	LinkRelay:      "to a channel's relay",
	LinkUnknown:    "of a kind that Sotto does not know",
}

// shortKinds are the letters of short links. Agent protocol: "Short connection
// link syntax".
var shortKinds = map[string]LinkKind{"i": LinkInvitation, "a": LinkContact, "g": LinkGroup, "c": LinkChannel, "r": LinkRelay}

// ParseLink finds the first SimpleX link in text and reads it. The error is a
// *LinkError, also for a link that is right but cannot be joined by this
// version; the Link says then what it is.
func ParseLink(text string) (Link, error) {
	found, word := findLink(text)
	if word == "" {
		return Link{Kind: LinkUnknown}, &LinkError{LinkUnknown, NoLink}
	}
	link := Link{Text: found, Kind: LinkUnknown}
	switch word {
	case "invitation", "contact":
		return link.full()
	case "name":
		return link, &LinkError{link.Kind, UnsupportedLink}
	}
	return link.parseShort(shortKinds[word])
}

// parseShort reads a short link.
func (l Link) parseShort(kind LinkKind) (Link, error) {
	short, err := parseShortLink(l.Text)
	if err != nil {
		return l, &LinkError{kind, DamagedLink}
	}
	l.Kind, l.Short, l.short = kind, true, short.restore(presets)
	return l, l.supported()
}

// supported reports whether a link can be joined.
func (l Link) supported() error {
	if l.Kind == LinkInvitation || l.Kind == LinkContact {
		return nil
	}
	return &LinkError{l.Kind, UnsupportedLink}
}

// findLink returns the first link in text and the word that says what it is, ""
// if there is none.
func findLink(text string) (link, word string) {
	for text != "" {
		start := strings.Index(text, "simplex:/")
		if web := strings.Index(text, "https://"); start < 0 || web >= 0 && web < start {
			start = web
		}
		if start < 0 {
			return "", ""
		}
		text = text[start:]
		link = text
		if end := strings.IndexFunc(text, endsLink); end >= 0 {
			link = text[:end]
		}
		link = strings.TrimRight(link, ".,;:!?)]}*_~")
		if word := linkWord(link); word != "" {
			return link, word
		}
		text = text[1:]
	}
	return "", ""
}

// endsLink reports whether a character cannot be in a link, where whatever is not
// ASCII is percent-encoded: the quotes and full stops of other scripts end it, too.
func endsLink(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("\"'<>`|\\", r)
}

// linkWord returns the word between the scheme and the '#' of a link, "" if it
// is none of SimpleX.
func linkWord(link string) string {
	path, ok := cutScheme(link)
	n := strings.IndexAny(path, "#@")
	if !ok || n < 0 {
		return ""
	}
	word := strings.TrimSuffix(path[:n], "/")
	if len(word) == 1 {
		word = strings.ToLower(word) // the reference reads both
	}
	_, short := shortKinds[word]
	if short || word == "invitation" || word == "contact" || word == "name" {
		return word
	}
	return ""
}

// full reads a full link.
func (l Link) full() (Link, error) {
	r, err := parseRequest(l.Text)
	if err != nil {
		return l, &LinkError{LinkUnknown, DamagedLink}
	}
	l.Request, l.Kind = r, LinkInvitation
	if r.invites() {
		return l, nil
	}
	l.Kind = LinkContact
	// Links of groups carry the chat protocol's data.
	if r.Data != nil && strings.Contains(*r.Data, `"group"`) {
		l.Kind = LinkGroup
	}
	return l, l.supported()
}

// Ours reports which connection a link belongs to if it is one of our own
// invitations or addresses.
func (t *Turn) Ours(l Link) (ConnID, bool) {
	return t.find(func(c *conn) bool { return c.owns(l) })
}

// owns reports whether l is the link of c.
func (c *conn) owns(l Link) bool {
	if l.short != nil {
		return !c.joined() && c.remembers(l.short.key)
	}
	return c.receive != nil && names(l.Request.Queues[0].QueueAddress, c.receive.relay, c.receive.senderID)
}

// Joined reports which connection was made with a link before.
func (t *Turn) Joined(l Link) (ConnID, bool) {
	return t.find(func(c *conn) bool {
		switch {
		case c.state == Over && c.asks:
			return false // one may ask again
		case l.short != nil:
			return c.joined() && c.remembers(l.short.key)
		case c.asks:
			return c.remembers(l.Request.Queues[0].SenderID)
		}
		if c.joined() && c.remembers(l.Request.Queues[0].SenderID) {
			return true
		}
		return c.send != nil && names(l.Request.Queues[0].QueueAddress, c.send.relay, c.send.id)
	})
}

// joined reports whether c was made with a link that we opened.
func (c *conn) joined() bool { return c.asks || !c.initiator }

// remembers reports whether the link of c has a key or an id.
func (c *conn) remembers(id []byte) bool { return strings.Contains(string(c.link), rawBase64(id)) }

// opened notes the id of the queue of an address, so that its link is known
// again in either form.
func (c *conn) opened(r *Request) {
	c.link = append(c.link, " "+rawBase64(r.Queues[0].SenderID)...)
}

// names reports whether q is the address of a queue: the identity of the relay
// counts, not the names it has.
func names(q smp.QueueAddress, relay smp.Address, senderID []byte) bool {
	return string(q.SenderID) == string(senderID) && string(q.Relay.Fingerprint) == string(relay.Fingerprint)
}

// find looks through all connections: links are opened by hand, rarely.
func (t *Turn) find(match func(*conn) bool) (ConnID, bool) {
	for id := range t.a.conns {
		if c := t.conn(id); c != nil && c.state != Leaving && match(c) {
			return id, true
		}
	}
	return "", false
}
