package rpc

import "sotto/wasm/chat"

// The types in this file are the parameters and results of API, in its order.
// Slices in results are never nil, since TypeScript tells null from [].

// Empty is for methods that take or return nothing.
type Empty struct{}

// A Snapshot is the state of everything that is always on the page.
type Snapshot struct {
	// Profile is the current one of Profiles, null until the person chose a name.
	Profile *chat.Profile `json:"profile"`
	// ProfileID is the id of the current one of Profiles, or empty.
	ProfileID string            `json:"profileId"`
	Profiles  []chat.OwnProfile `json:"profiles"`
	// Contacts are all conversations, in no special order. If there are More, the
	// event contacts brings them.
	Contacts []chat.Contact `json:"contacts"`
	More     bool           `json:"more,omitempty"`
	Relays   []Relay        `json:"relays"`
	Storage  Storage        `json:"storage"`
	// Echo is true if this site has a contact that answers.
	Echo bool `json:"echo"`
	// Version is the version of this program.
	Version string `json:"version"`
}

// Contacts are some more conversations of a Snapshot.
type Contacts struct {
	Contacts []chat.Contact `json:"contacts"`
	// More: they are not the last.
	More bool `json:"more"`
}

// A Relay is a server that keeps messages until they are fetched.
type Relay struct {
	// Address is the whole address, smp://fingerprint@host.
	Address string     `json:"address"`
	Host    string     `json:"host"`
	State   RelayState `json:"state"`
	// Problem says in a sentence why the state is "down".
	Problem string `json:"problem"`
	// Enabled: new links are made there. What is there already goes on.
	Enabled bool `json:"enabled"`
	// Own: the person added it; the others are this site's and cannot be removed.
	Own bool `json:"own"`
}

// A RelayState is the state of the connection to a relay.
type RelayState string

const (
	RelayConnecting RelayState = "connecting"
	RelayUp         RelayState = "up"
	RelayDown       RelayState = "down"
)

// Storage says where the conversations are kept.
type Storage struct {
	// Persisted is true if the browser promised not to remove them by itself.
	Persisted bool        `json:"persisted"`
	Kind      StorageKind `json:"kind"`
	// Problem is a sentence for people, or empty.
	Problem string `json:"problem"`
	// Protected is true if there is a passphrase.
	Protected bool `json:"protected"`
	// LockAfter is after how many minutes without use it locks by itself; 0 means
	// that it does so only when the last page is closed.
	LockAfter int `json:"lockAfter"`
}

// A StorageKind is a place to keep records.
type StorageKind string

const (
	// InIndexedDB is the browser's database: survives restarts.
	InIndexedDB StorageKind = "indexeddb"
	// InMemory lasts until the last tab is closed.
	InMemory StorageKind = "memory"
	// Unreadable is the browser's database, which cannot be opened: nothing is
	// shown and nothing stored until the person decides.
	Unreadable StorageKind = "unreadable"
	// Locked is the browser's database, which opens with a passphrase: nothing is
	// shown and nothing received until then.
	Locked StorageKind = "locked"
)

// A NewProfile is the name a person chose. What is left out stays as it is.
type NewProfile struct {
	DisplayName string  `json:"displayName"`
	FullName    *string `json:"fullName,omitempty"`
	// Image is a data URI of at most 12,500 bytes, PNG or JPEG; empty removes it.
	Image *string `json:"image,omitempty"`
	// Description is a line of at most 160 characters.
	Description *string `json:"description,omitempty"`
}

// A ProfileRef names an own profile; without an id, the current one.
type ProfileRef struct {
	ProfileID string `json:"profileId,omitempty"`
}

// A SuggestedName is a random name for somebody who does not want to choose one.
type SuggestedName struct {
	Name string `json:"name"`
}

// A NewInvitation says who the link is from.
type NewInvitation struct {
	// ProfileID is an own profile, by default the current one.
	ProfileID string `json:"profileId,omitempty"`
	// Incognito shows a random name to whoever opens the link.
	Incognito bool `json:"incognito,omitempty"`
}

// A LinkText is a pasted text with a link somewhere in it.
type LinkText struct {
	Text string `json:"text"`
}

// An Opening opens a link.
type Opening struct {
	// Text is a pasted text with a link somewhere in it.
	Text string `json:"text"`
	// Message is the first message. At an address it travels inside the request;
	// otherwise it is sent once the other side is there.
	Message string `json:"message,omitempty"`
	// ClientID is the page's own id of that message.
	ClientID string `json:"clientId,omitempty"`
	// Incognito shows a random name to the other side.
	Incognito bool `json:"incognito,omitempty"`
	// ProfileID is an own profile, by default the current one.
	ProfileID string `json:"profileId,omitempty"`
}

// A LinkInfo says what is behind a link.
type LinkInfo struct {
	Kind LinkKind `json:"kind"`
	// Ours is true if this program made the link.
	Ours bool `json:"ours"`
	// ContactID is the conversation that this link led to before, or empty.
	ContactID string `json:"contactId"`
	// Name is what its owner is called; empty if the link does not say.
	Name        string `json:"name"`
	FullName    string `json:"fullName"`
	Description string `json:"description"`
	// Image is a data URI, or empty.
	Image string `json:"image"`
	// Message is the owner's welcome message, or empty.
	Message string `json:"message"`
	// Problem says in a sentence why the link cannot be opened, or is empty.
	Problem string `json:"problem"`
}

// AddressSettings are for a profile's address.
type AddressSettings struct {
	// ProfileID is an own profile, by default the current one.
	ProfileID string `json:"profileId,omitempty"`
	// AutoAccept lets everybody in, at most Limit people; 0 means without limit.
	AutoAccept bool `json:"autoAccept"`
	Limit      int  `json:"limit,omitempty"`
	// Welcome is sent to everybody who is accepted, and shown with the short
	// link. At most 4,000 bytes.
	Welcome string `json:"welcome"`
}

// An Acceptance lets somebody in.
type Acceptance struct {
	ContactID string `json:"contactId"`
	// Incognito shows them a random name.
	Incognito bool `json:"incognito,omitempty"`
}

// NewRouting sets the rule of a profile.
type NewRouting struct {
	// ProfileID is an own profile, by default the current one.
	ProfileID string             `json:"profileId,omitempty"`
	Policy    chat.RoutingPolicy `json:"policy"`
	Direct    bool               `json:"direct"`
}

// A RelayRef names a relay by its address; the password is part of it where one is needed.
type RelayRef struct {
	Address string `json:"address"`
}

// A RelaySwitch says whether new links are made on a relay.
type RelaySwitch struct {
	Address string `json:"address"`
	Enabled bool   `json:"enabled"`
}

// A RelayTest is what came of trying a relay.
type RelayTest struct {
	OK bool `json:"ok"`
	// Problem says in a sentence what did not work, or is empty.
	Problem string `json:"problem"`
}

// An Inspection says what a link is.
type Inspection struct {
	Kind LinkKind `json:"kind"`
	// Ours is true if this profile made the link.
	Ours bool `json:"ours"`
	// Problem says in a sentence why the link cannot be opened, or is empty.
	Problem string `json:"problem"`
}

// A LinkKind is what a link leads to.
type LinkKind string

const (
	// InvitationLink is for one person, once.
	InvitationLink LinkKind = "invitation"
	// ContactLink is the address of a person.
	ContactLink LinkKind = "contact"
	// BusinessLink is the address of a business, where several people may answer.
	BusinessLink LinkKind = "business"
	GroupLink    LinkKind = "group"
	ChannelLink  LinkKind = "channel"
	UnknownLink  LinkKind = "unknown"
)

// ItemsBefore selects the newest items of a conversation before a given one.
type ItemsBefore struct {
	ContactID string `json:"contactId"`
	// Before is the seq of an item; 0 means from the newest.
	Before int64 `json:"before"`
	// Limit is the largest number of items returned.
	Limit int `json:"limit"`
}

// Items is a part of a conversation.
type Items struct {
	// Items are in ascending order.
	Items []chat.Item `json:"items"`
	// More is true if there are older ones.
	More bool `json:"more"`
}

// A NewMessage is a text to be sent.
type NewMessage struct {
	ContactID string `json:"contactId"`
	Text      string `json:"text"`
	// ClientID is the page's own id, echoed in the item. Sending the same one
	// twice sends one message.
	ClientID string `json:"clientId"`
	// ReplyTo is the seq of the item that it answers, 0 if none.
	ReplyTo int64 `json:"replyTo,omitempty"`
}

// An Edit is another text for an item that we sent, of the last 24 hours.
type Edit struct {
	ContactID string `json:"contactId"`
	Seq       int64  `json:"seq"`
	Text      string `json:"text"`
}

// A Deletion removes an item.
type Deletion struct {
	ContactID string `json:"contactId"`
	Seq       int64  `json:"seq"`
	// Everyone takes it back from the others, too: what we sent in the last 24
	// hours. Otherwise it disappears only here.
	Everyone bool `json:"everyone"`
}

// A NewReaction gives or takes an emoji: 👍 👎 😀 😂 😢 ❤ 🚀 ✅.
type NewReaction struct {
	ContactID string `json:"contactId"`
	Seq       int64  `json:"seq"`
	Emoji     string `json:"emoji"`
	Add       bool   `json:"add"`
}

// A Draft is a text not sent yet. Empty removes it.
type Draft struct {
	ContactID string `json:"contactId"`
	Text      string `json:"text"`
}

// ReadUpTo names the last item that was seen.
type ReadUpTo struct {
	ContactID string `json:"contactId"`
	Seq       int64  `json:"seq"`
}

// A ContactRef names a contact.
type ContactRef struct {
	ContactID string `json:"contactId"`
}

// A Resync asks to begin the encryption of a conversation anew.
type Resync struct {
	ContactID string `json:"contactId"`
	// Force does so even if nothing seems wrong.
	Force bool `json:"force,omitempty"`
}

// A PostQuantum turns the hybrid ratchet of a conversation on or off.
type PostQuantum struct {
	ContactID string `json:"contactId"`
	On        bool   `json:"on"`
}

// A SecurityCode is what both people compare.
type SecurityCode struct {
	// Code is digits in groups of five, as official apps show it; empty before
	// the connection is made.
	Code     string `json:"code"`
	Verified bool   `json:"verified"`
}

// A Verification says whether the person compared the code and found it right.
type Verification struct {
	ContactID string `json:"contactId"`
	Verified  bool   `json:"verified"`
}

// Persisted is the browser's answer to the wish to keep the data.
type Persisted struct {
	Persisted bool `json:"persisted"`
}

// A NewPassphrase takes the place of the current one; that is empty if there is
// none. Passphrases are in Unicode normalization form C.
type NewPassphrase struct {
	Current string `json:"current"`
	Next    string `json:"next"`
}

// A CurrentPassphrase shows that it is the person who asks.
type CurrentPassphrase struct {
	Current string `json:"current"`
}

// An Idle is a time without use, in minutes: 0 means for ever.
type Idle struct {
	Minutes int `json:"minutes"`
}

// A Passphrase protects a file, or everything that is stored.
type Passphrase struct {
	// Passphrase is in Unicode normalization form C.
	Passphrase string `json:"passphrase"`
}

// An Export is a file that is being made.
type Export struct {
	ID int64 `json:"id"`
	// Size is the length of the whole file in bytes.
	Size int64 `json:"size"`
}

// A TransferRef names a file that is being made or read.
type TransferRef struct {
	ID int64 `json:"id"`
}

// A Part is a part of a file, at most about 256 KiB.
type Part struct {
	ID int64 `json:"id"`
	// Data is in base64.
	Data string `json:"data"`
	Last bool   `json:"last"`
}

// ContactDeleted names the contact that is gone.
type ContactDeleted struct {
	ID string `json:"id"`
}

// ItemDeleted names the item that is gone.
type ItemDeleted struct {
	ContactID string `json:"contactId"`
	Seq       int64  `json:"seq"`
}

// ProfileDeleted names the own profile that is gone, with its conversations.
type ProfileDeleted struct {
	ID string `json:"id"`
}

// RelayRemoved names the relay that is gone from the list.
type RelayRemoved struct {
	Address string `json:"address"`
}

// Fatal says why the agent stopped, in a sentence for people.
type Fatal struct {
	Message string `json:"message"`
}
