package chat

import (
	"io"
	"slices"

	"sotto/wasm/agent"
)

// Buckets of the store. Keys hold random ids and numbers only.
const (
	bucketProfile = "chat.profile" // profile id → own profile
	bucketSetting = "chat.setting" // see the settings below
	bucketContact = "chat.contact" // contact id → record
	bucketItem    = "chat.item"    // contact id / number → Item
	bucketSent    = "chat.sent"    // connection / agent message number → item number, until delivered
	bucketClient  = "chat.client"  // contact id / page's id → item number of sent items
	bucketShared  = "chat.shared"  // contact id / sender's message id → item number of received items
	bucketOutbox  = "chat.outbox"  // contact id / number → what is to be sent once the contact is connected
	bucketTimed   = "chat.timed"   // time / contact id / number of items that disappear
	bucketEvent   = "chat.event"   // contact id / number / place in a batch → body of an event that made no item
)

// Keys of bucketSetting.
const (
	settingCurrent = "current" // id of the current profile
	settingRelays  = "relays"  // []RelayChoice
)

// Config is what a Chat needs from outside.
type Config struct {
	// Emit tells the page what changed, after it was committed. It runs on the
	// agent's loop and must not block.
	Emit func(Event)
	// Rand is the source of ids; nil means crypto/rand.
	Rand io.Reader
}

// An Event is something the page should show. Exactly one field is set.
type Event struct {
	Contact        *Contact
	Deleted        string // id of a contact that is gone
	Item           *Item
	Profile        *Profile          // the current one
	Relay          *agent.RelayState // a relay came up or went down; nothing was stored
	OwnProfile     *OwnProfile
	ProfileDeleted string // id of an own profile that is gone
	Switched       string // id of the profile that is the current one now
	ItemDeleted    *ItemRef
	Timed          bool // an item disappears: Expire is to be called
}

// An ItemRef names an item.
type ItemRef struct {
	ContactID string
	Seq       int64
}

// A Chat keeps contacts and items. It is the App of one agent.
type Chat struct {
	config   Config
	own      map[string]*own
	relays   []RelayChoice
	current  string // id of the current profile, "" while there is none
	contacts map[string]*contact
	rest     []contactRecord // not loaded yet
	byConn   map[agent.ConnID]*contact
	requests map[string]*contact // those who asked at our addresses, by their own id of the request
	written  overlay
	journal  journal
}

// adopt makes k one of the contacts. What records of older versions lack is
// filled in.
func (c *Chat) adopt(k *contact) {
	if k.ProfileID == "" {
		k.ProfileID = firstProfile
	}
	if k.Kind == "" {
		k.Kind = Person
	}
	c.contacts[k.ID] = k
	if k.Conn != "" {
		c.byConn[k.Conn] = k
	}
	if k.RequestKey != "" {
		c.requests[k.RequestKey] = k
	}
	if k.isGroup() {
		for _, m := range k.Group.Members {
			if m.Conn != "" {
				c.byConn[m.Conn] = k
			}
		}
	}
}

// Contacts returns the contacts that are loaded, the most recently active first.
func (c *Chat) Contacts() []Contact {
	list := make([]Contact, 0, len(c.contacts))
	for _, k := range c.contacts {
		list = append(list, k.Contact)
	}
	slices.SortFunc(list, func(a, b Contact) int {
		if a.ActiveAt != b.ActiveAt {
			return int(b.ActiveAt - a.ActiveAt)
		}
		return slices.Compare([]byte(a.ID), []byte(b.ID))
	})
	return list
}

func (c *Chat) emit(t *agent.Turn, e Event) {
	t.After(func() { c.config.Emit(e) })
}
