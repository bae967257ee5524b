package rpc

import "sotto/wasm/chat"

// The types in this file are the parameters and results of API, in its order.
// Slices in results are never nil, since TypeScript tells null from [].

// Empty is for methods that take or return nothing.
type Empty struct{}

// A Snapshot is the state of everything that is always on the page.
type Snapshot struct {
	// Profile is null until the person chose a name.
	Profile *chat.Profile `json:"profile"`
	// Contacts are all conversations, in no special order.
	Contacts []chat.Contact `json:"contacts"`
	Relays   []Relay        `json:"relays"`
	Storage  Storage        `json:"storage"`
	// Echo is true if this site has a contact that answers.
	Echo bool `json:"echo"`
	// Version is the version of this program.
	Version string `json:"version"`
}

// A Relay is a server that keeps messages until they are fetched.
type Relay struct {
	// Address is the whole address, smp://fingerprint@host.
	Address string     `json:"address"`
	Host    string     `json:"host"`
	State   RelayState `json:"state"`
	// Problem says in a sentence why the state is "down".
	Problem string `json:"problem"`
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

// A NewProfile is the name a person chose.
type NewProfile struct {
	DisplayName string `json:"displayName"`
}

// A LinkText is a pasted text with a link somewhere in it.
type LinkText struct {
	Text string `json:"text"`
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
	InvitationLink LinkKind = "invitation"
	ContactLink    LinkKind = "contact"
	GroupLink      LinkKind = "group"
	UnknownLink    LinkKind = "unknown"
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

// Fatal says why the agent stopped, in a sentence for people.
type Fatal struct {
	Message string `json:"message"`
}
