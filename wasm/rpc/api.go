// Package rpc is what the page can ask of the agent, and what it is told.
//
// A page connects with a Port, which carries JSON text. It sends requests
//
//	{"id":1,"method":"send","params":{…}}
//
// and gets for each one answer,
//
//	{"id":1,"result":{…}}  or  {"id":1,"error":{"code":"…","message":"…"}}
//
// Requests of a port are answered in order, except those that wait for the
// network. After hello the port also gets events:
//
//	{"event":"item","data":{…}}
//
// The page acknowledges what it read with {"ack":n}, n being the number of
// messages it got on this port so far: now and then, and as soon as what hello
// brought is painted. The port of a page that does not read is closed; the page
// connects again.
//
// The types API and Events in this file are the whole interface; package gen
// writes web/api.ts from them.
package rpc

//go:generate go run ./gen -o ../../web/api.ts

import (
	"context"

	"sotto/wasm/chat"
)

// A Method answers one kind of request. Its error is shown to people if it is
// an *Error.
type Method[P, R any] func(ctx context.Context, params P) (R, error)

// API is what the page can ask for. While the conversations cannot be opened,
// most of it is refused.
type API struct {
	// Hello returns everything a page needs to begin. From then on the port
	// gets events.
	Hello Method[Empty, Snapshot]
	// SetProfile changes the current profile and tells all its contacts; if
	// there is none yet, it makes the first.
	SetProfile Method[NewProfile, chat.Profile]
	// AddProfile makes one more profile and switches to it. SwitchProfile makes
	// one the current one. DeleteProfile leaves all its conversations, deletes
	// it, and switches to another one if it was the current one; the last one
	// stays.
	AddProfile    Method[NewProfile, chat.OwnProfile]
	SwitchProfile Method[ProfileRef, chat.OwnProfile]
	DeleteProfile Method[ProfileRef, Empty]
	// SuggestName returns a random name.
	SuggestName Method[Empty, SuggestedName]
	// Invite makes a one-time link. The new contact is in state "invited" and
	// carries the link. It waits for the relay.
	Invite Method[NewInvitation, chat.Contact]
	// InspectLink says what a pasted text is, without asking a relay and without
	// using it up.
	InspectLink Method[LinkText, Inspection]
	// ResolveLink asks the relay what is behind a link. A short one-time link is
	// reserved by that: nobody else can open it. What is wrong with the link is
	// in the answer; the error is for a relay that does not answer.
	ResolveLink Method[LinkText, LinkInfo]
	// Connect opens the link found in a text. The new contact is in state
	// "joining", at an address in state "waiting"; what follows is told by events.
	Connect Method[Opening, chat.Contact]
	// MakeAddress makes an address for a profile that has none, and waits for
	// the relay. RotateAddress puts a new one in its place, DeleteAddress
	// withdraws it. What came about through an address stays.
	MakeAddress   Method[AddressSettings, chat.Address]
	SetAddress    Method[AddressSettings, chat.Address]
	RotateAddress Method[ProfileRef, chat.Address]
	DeleteAddress Method[ProfileRef, Empty]
	// AcceptRequest lets somebody in who asks at an address. RejectRequest
	// forgets them; they are not told.
	AcceptRequest Method[Acceptance, chat.Contact]
	RejectRequest Method[ContactRef, Empty]
	// Items returns a page of a conversation, ending before an item.
	Items Method[ItemsBefore, Items]
	// Send stores a message and returns it in state "pending"; its further way
	// is told by events.
	Send Method[NewMessage, chat.Item]
	// EditMessage, DeleteMessage and React change items; the new ones also come
	// as events.
	EditMessage   Method[Edit, chat.Item]
	DeleteMessage Method[Deletion, Empty]
	React         Method[NewReaction, chat.Item]
	// SetDraft keeps what the person is writing.
	SetDraft Method[Draft, Empty]
	// Read marks everything up to an item as read.
	Read Method[ReadUpTo, Empty]
	// DeleteContact deletes a conversation and tells the other side.
	DeleteContact Method[ContactRef, Empty]
	// Resync begins the encryption of a conversation anew, after messages could
	// not be read.
	Resync Method[Resync, chat.Contact]
	// SwitchQueue moves where a conversation's messages come in to another place
	// on our relays.
	SwitchQueue Method[ContactRef, chat.Contact]
	// SetPostQuantum turns the hybrid ratchet of a conversation on or off.
	SetPostQuantum Method[PostQuantum, chat.Contact]
	// SecurityCode returns what both people compare; Verify keeps whether it was
	// the same.
	SecurityCode Method[ContactRef, SecurityCode]
	Verify       Method[Verification, chat.Contact]
	// SetRouting says which messages of a profile go through our own relay.
	SetRouting Method[NewRouting, chat.OwnProfile]
	// AddRelay adds a relay of the person's own; TestRelay tries one, in the
	// list or not. SetRelay says whether new links are made on it. RemoveRelay
	// takes an own one out of the list.
	AddRelay    Method[RelayRef, Relay]
	TestRelay   Method[RelayRef, RelayTest]
	SetRelay    Method[RelaySwitch, Relay]
	RemoveRelay Method[RelayRef, Empty]
	// Wake tells the agent to try its connections now: the page became
	// visible, or the network came back.
	Wake Method[Empty, Empty]
	// Storage tells the agent whether the browser promised to keep the data
	// (navigator.storage.persist, which only a page can ask for).
	Storage Method[Persisted, Empty]
	// SetPassphrase protects everything stored here with a passphrase, or with
	// another one. It takes a few seconds. Wrong ones have the code "passphrase";
	// after some of them the next is refused for a while, with the code "wait".
	SetPassphrase Method[NewPassphrase, Empty]
	// RemovePassphrase lets the conversations be opened without one again.
	RemovePassphrase Method[CurrentPassphrase, Empty]
	// Unlock opens what is locked. It is there only while storage is "locked";
	// then every page gets another snapshot.
	Unlock Method[Passphrase, Empty]
	// Lock stops the agent and forgets the keys until somebody unlocks. Every page
	// gets another snapshot, in which storage is "locked".
	Lock Method[Empty, Empty]
	// LockAfter sets after how many minutes without Active it locks by itself.
	LockAfter Method[Idle, Empty]
	// Active says that somebody is using the page.
	Active Method[Empty, Empty]
	// Export begins a copy of everything in one file, encrypted under a
	// passphrase; ExportPart returns its next part.
	Export     Method[Passphrase, Export]
	ExportPart Method[TransferRef, Part]
	// Import begins to read such a file; ImportPart takes its parts, and with
	// the last one verifies it. Nothing is changed by that.
	Import     Method[Passphrase, TransferRef]
	ImportPart Method[Part, Empty]
	// Replace puts what was in the verified file in place of everything that is
	// here, in one go; then the agent starts again.
	Replace Method[TransferRef, Empty]
	// Reset deletes conversations that cannot be opened, and begins anew. It is
	// there only while storage is "unreadable" or "locked"; then the agent starts
	// again.
	Reset Method[Empty, Empty]
}

// Events is what the page is told without asking. Each field sends its event
// to all pages that said hello. The fields never block, and are called in the
// order in which the page must see them.
type Events struct {
	// Contacts were not in the snapshot yet.
	Contacts func(Contacts)
	// Contact is new or changed.
	Contact func(chat.Contact)
	// ContactDeleted is gone, with its conversation.
	ContactDeleted func(ContactDeleted)
	// Item is new or changed.
	Item func(chat.Item)
	// ItemDeleted is gone.
	ItemDeleted func(ItemDeleted)
	// Profile is the person's current one, changed or another one.
	Profile func(chat.Profile)
	// OwnProfile is new or changed; so is its address.
	OwnProfile func(chat.OwnProfile)
	// ProfileDeleted is gone, with its conversations.
	ProfileDeleted func(ProfileDeleted)
	// ProfileSwitched is the current one now.
	ProfileSwitched func(ProfileRef)
	// Relay is new or changed.
	Relay func(Relay)
	// RelayRemoved is gone.
	RelayRemoved func(RelayRemoved)
	// Storage changed.
	Storage func(Storage)
	// Fatal means that the agent stopped. Nothing more comes; the page shows
	// the message and offers to reload.
	Fatal func(Fatal)
}
