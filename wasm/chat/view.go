package chat

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
	// Kind is what was said; it may be missing, which means a text.
	Kind ContentKind `json:"kind,omitempty"`
	// Text is shown with SimpleX formatting; for content of unknown type it is
	// the sender's fallback text.
	Text string `json:"text"`
	// Unknown is the type of a content or event that this version cannot show in full.
	Unknown string `json:"unknown,omitempty"`
	// Image is a small preview picture as a data URI: PNG, JPEG, GIF or WebP.
	Image string `json:"image,omitempty"`
	// Duration of a voice message or video in seconds.
	Duration int `json:"duration,omitempty"`
	// File is what the message carries besides; it cannot be fetched yet.
	File *File `json:"file,omitempty"`
	// Preview is what the sender shows of a web page, or of a person or group
	// that a card leads to.
	Preview *Preview `json:"preview,omitempty"`
	// Quote is the message that this one answers.
	Quote *Quote `json:"quote,omitempty"`
	// Reactions are in the order in which they were first given.
	Reactions []Reaction `json:"reactions,omitempty"`
	// Forwarded: the sender passed on what they got elsewhere.
	Forwarded bool `json:"forwarded,omitempty"`
	// MemberID and Author say who wrote it, in a conversation of several people.
	MemberID string `json:"memberId,omitempty"`
	Author   string `json:"author,omitempty"`
	// At is when it was sent or, for received items, when the relay got it: Unix milliseconds.
	At      int64  `json:"at"`
	Status  Status `json:"status,omitempty"`
	Problem string `json:"problem,omitempty"`
	// Edited and Deleted say that the sender changed the item or took it back.
	Edited  bool `json:"edited,omitempty"`
	Deleted bool `json:"deleted,omitempty"`
	// ExpiresAt is when the item disappears, in Unix milliseconds; 0 if it stays.
	ExpiresAt int64 `json:"expiresAt,omitempty"`
	// ClientID is the page's own id of a sent item, echoed so that it can match its draft.
	ClientID string `json:"clientId,omitempty"`
}

// A ContentKind is a type of content. Items of other types have Unknown.
type ContentKind string

const (
	KindText   ContentKind = "text"
	KindLink   ContentKind = "link"
	KindImage  ContentKind = "image"
	KindVideo  ContentKind = "video"
	KindVoice  ContentKind = "voice"
	KindFile   ContentKind = "file"
	KindReport ContentKind = "report"
	// KindChat is a card that leads to a person or a group.
	KindChat ContentKind = "chat"
)

// A File is the description of a file.
type File struct {
	Name string `json:"name"`
	// Size in bytes.
	Size int64 `json:"size"`
}

// A Preview is what can be seen before something is opened.
type Preview struct {
	// Link is an http(s) address, or the SimpleX link of a card.
	Link        string `json:"link"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Image       string `json:"image,omitempty"`
}

// A Quote is the message that another one answers, as its sender saw it.
type Quote struct {
	// Seq is the number of the item in this conversation, 0 if it is not here.
	Seq int64 `json:"seq"`
	// Own: we wrote what is quoted.
	Own    bool   `json:"own"`
	Author string `json:"author,omitempty"`
	// Kind and Text are those of the quoted message.
	Kind  ContentKind `json:"kind"`
	Text  string      `json:"text"`
	Image string      `json:"image,omitempty"`
}

// A Reaction is an emoji under an item.
type Reaction struct {
	Emoji string `json:"emoji"`
	// Count is how many people gave it, at least 1; Own is true if we did.
	Count int  `json:"count"`
	Own   bool `json:"own"`
}
