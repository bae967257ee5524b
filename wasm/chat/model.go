package chat

// The types in this file are what the page sees. They cross to TypeScript as
// JSON; package rpc generates their twins in web/api.ts.

// A Profile is what a person tells contacts about themselves.
type Profile struct {
	// DisplayName is 1 to 50 characters without line breaks.
	DisplayName string `json:"displayName"`
	FullName    string `json:"fullName"`
	// Image is a data URI of a small picture, or empty.
	Image string `json:"image,omitempty"`
}

// A ContactState says how far a connection has come.
type ContactState string

const (
	// Invited: our link waits for somebody to open it.
	Invited ContactState = "invited"
	// Joining: we opened a link; the other side has not answered yet.
	Joining ContactState = "joining"
	// Connected: messages flow both ways.
	Connected ContactState = "connected"
	// Ended: the other side deleted the conversation, or the connection is gone.
	Ended ContactState = "ended"
	// Failed: the link could not be used; Problem says why.
	Failed ContactState = "failed"
)

// A Contact is a conversation with one person.
type Contact struct {
	// ID is random and never leaves this profile.
	ID    string       `json:"id"`
	State ContactState `json:"state"`
	// Profile is the other side's; its DisplayName is empty until it is known.
	Profile Profile `json:"profile"`
	// Link is our one-time link while State is Invited.
	Link string `json:"link,omitempty"`
	// Problem explains Failed and Ended in a sentence for people.
	Problem string `json:"problem,omitempty"`
	// PostQuantum is true while messages are encrypted with the hybrid ratchet.
	PostQuantum bool `json:"postQuantum"`
	// CreatedAt and ActiveAt are Unix times in milliseconds.
	CreatedAt int64  `json:"createdAt"`
	ActiveAt  int64  `json:"activeAt"`
	Unread    int    `json:"unread"`
	Draft     string `json:"draft,omitempty"`
	// Last is the newest item, for the list of conversations.
	Last *Item `json:"last,omitempty"`
}

// A Direction says who wrote an item.
type Direction string

const (
	Sent     Direction = "sent"
	Received Direction = "received"
	// Note is an event told by this program, such as a gap in the numbering.
	Note Direction = "note"
)

// A Status is the way of a sent item.
type Status string

const (
	// Pending: stored here, not yet taken by the relay.
	Pending Status = "pending"
	// OnRelay: the relay has it durably. One tick.
	OnRelay Status = "sent"
	// Delivered: the other device has it, with the hash we sent. Two ticks.
	Delivered Status = "delivered"
	// Undeliverable: given up; Problem says why.
	Undeliverable Status = "failed"
)

// An Item is one line of a conversation.
type Item struct {
	// Seq orders the items of a contact; it never repeats.
	Seq       int64     `json:"seq"`
	ContactID string    `json:"contactId"`
	Direction Direction `json:"direction"`
	// Text is shown as it is; for content of unknown type it is the sender's fallback text.
	Text string `json:"text"`
	// Unknown is the type of a content or event that this version cannot show in full.
	Unknown string `json:"unknown,omitempty"`
	// At is when it was sent or, for received items, when the relay got it: Unix milliseconds.
	At      int64  `json:"at"`
	Status  Status `json:"status,omitempty"`
	Problem string `json:"problem,omitempty"`
	// Edited and Deleted say that the sender changed the item or took it back.
	Edited  bool `json:"edited,omitempty"`
	Deleted bool `json:"deleted,omitempty"`
	// ClientID is the page's own id of a sent item, echoed so that it can match its draft.
	ClientID string `json:"clientId,omitempty"`
}
