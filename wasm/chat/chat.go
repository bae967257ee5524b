package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// Buckets of the store. Keys hold random ids and numbers only.
const (
	bucketProfile = "chat.profile" // "own" → Profile
	bucketContact = "chat.contact" // contact id → record
	bucketItem    = "chat.item"    // contact id / number → Item
	bucketSent    = "chat.sent"    // connection / agent message number → item number, until delivered
	bucketClient  = "chat.client"  // contact id / page's id → item number of sent items
	bucketShared  = "chat.shared"  // contact id / sender's message id → item number of received items
	bucketEvent   = "chat.event"   // contact id / number / place in a batch → body of an event that made no item
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
	Contact *Contact
	Deleted string // id of a contact that is gone
	Item    *Item
	Profile *Profile
	Relay   *agent.RelayState // a relay came up or went down; nothing was stored
}

// A Chat keeps contacts and items. It is the App of one agent.
type Chat struct {
	config   Config
	profile  *Profile
	contacts map[string]*contact
	byConn   map[agent.ConnID]*contact
	written  overlay
}

// Open returns the Chat whose records are in s. Items stay there until asked for.
// The agent that c is the App of is opened afterwards, on the same store.
func Open(ctx context.Context, s store.Store, config Config) (*Chat, error) {
	c := &Chat{config: config, contacts: map[string]*contact{}, byConn: map[agent.ConnID]*contact{}}
	b, err := s.Get(ctx, bucketProfile, "own")
	if err == nil {
		err = json.Unmarshal(b, &c.profile)
	}
	if ignoreMissing(err) != nil {
		return nil, fmt.Errorf("chat: load profile: %w", err)
	}
	return c, c.loadContacts(ctx, s)
}

func (c *Chat) loadContacts(ctx context.Context, s store.Store) error {
	rec, err := s.Scan(ctx, bucketContact, store.Query{})
	if err != nil {
		return fmt.Errorf("chat: load contacts: %w", err)
	}
	for _, r := range rec {
		k := new(contact)
		if err := json.Unmarshal(r.Value, k); err != nil {
			return fmt.Errorf("chat: contact record: %w", err)
		}
		c.contacts[k.ID] = k
		c.byConn[k.Conn] = k
	}
	return nil
}

// Profile returns the own profile, or nil before one was chosen.
func (c *Chat) Profile() *Profile { return c.profile }

// Contacts returns all contacts, the most recently active first.
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

// SetProfile chooses the own name and tells connected contacts.
func (c *Chat) SetProfile(t *agent.Turn, name string) (Profile, error) {
	name, err := checkName(name)
	if err != nil {
		return Profile{}, err
	}
	p := Profile{}
	if c.profile != nil {
		p = *c.profile
	}
	if p.DisplayName == name {
		return p, nil
	}
	p.DisplayName = name
	if err := c.announce(t, p); err != nil {
		return Profile{}, err
	}
	c.profile = &p
	c.putJSON(t, bucketProfile, "own", p)
	c.emit(t, Event{Profile: &p})
	return p, nil
}

// announce sends p to everyone connected. Chat: "x.info".
func (c *Chat) announce(t *agent.Turn, p Profile) error {
	m, err := p.info()
	if err != nil {
		return err
	}
	for _, k := range c.contacts {
		if k.State != Connected {
			continue
		}
		if _, err := k.post(t, m, false); err != nil && !errors.Is(err, agent.ErrNotConnected) {
			return err
		}
	}
	return nil
}

func (c *Chat) emit(t *agent.Turn, e Event) {
	t.After(func() { c.config.Emit(e) })
}
