package chat

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// contact is the record of a Contact.
type contact struct {
	Contact
	Conn agent.ConnID
	// NextSeq is the number of the next item.
	NextSeq int64
	// ReadSeq is the number of the newest item that was seen.
	ReadSeq int64
}

var (
	// ErrNoProfile is returned while no name has been chosen.
	ErrNoProfile = errors.New("chat: no profile")
	// ErrNoContact is returned for an id that is not (or no longer) a contact.
	ErrNoContact = errors.New("chat: no such contact")
	// ErrNotConnected is returned for sending to a contact that cannot receive yet or any more.
	ErrNotConnected = errors.New("chat: contact is not connected")
)

// Invited records that link, made by the agent as conn, waits for somebody. Who
// opens it is told the own name at once, so there must be one.
func (c *Chat) Invited(t *agent.Turn, conn agent.ConnID, link string) (Contact, error) {
	if c.profile == nil {
		return Contact{}, ErrNoProfile
	}
	return c.add(t, conn, Contact{State: Invited, Link: link})
}

// Connect joins the conversation that the link in text offers.
func (c *Chat) Connect(t *agent.Turn, text string) (Contact, error) {
	if c.profile == nil {
		return Contact{}, ErrNoProfile
	}
	m, err := c.profile.info()
	if err != nil {
		return Contact{}, err
	}
	info, err := Encode(m, maxInfo)
	if err != nil {
		return Contact{}, err
	}
	conn, err := t.Join(text, info)
	if k := c.byConn[conn]; errors.Is(err, agent.ErrJoined) && k != nil {
		return k.Contact, nil // opened twice: show the conversation it made
	}
	if err != nil {
		return Contact{}, err
	}
	return c.add(t, conn, Contact{State: Joining})
}

func (c *Chat) add(t *agent.Turn, conn agent.ConnID, pub Contact) (Contact, error) {
	id, err := c.newID()
	if err != nil {
		return Contact{}, err
	}
	pub.ID = base64.RawURLEncoding.EncodeToString(id)
	pub.CreatedAt = t.Now().UnixMilli()
	pub.ActiveAt = pub.CreatedAt
	k := &contact{Contact: pub, Conn: conn, NextSeq: 1}
	c.contacts[k.ID] = k
	c.byConn[conn] = k
	c.save(t, k)
	return k.Contact, nil
}

// newID makes the 12 random bytes of an id.
func (c *Chat) newID() ([]byte, error) {
	r := c.config.Rand
	if r == nil {
		r = rand.Reader
	}
	id := make([]byte, 12)
	_, err := io.ReadFull(r, id)
	return id, err
}

// save writes k in this turn and shows it after the commit.
func (c *Chat) save(t *agent.Turn, k *contact) {
	c.putJSON(t, bucketContact, k.ID, k)
	pub := k.Contact
	c.emit(t, Event{Contact: &pub})
}

// Delete forgets a contact with all items, and tells the other side. One that
// is gone already was deleted in another tab, or by this request, repeated.
// Chat: "x.direct.del".
func (c *Chat) Delete(t *agent.Turn, id string) error {
	k := c.contacts[id]
	if k == nil {
		return nil
	}
	if err := k.leave(t); err != nil {
		return err
	}
	for _, bucket := range []string{bucketItem, bucketClient, bucketShared, bucketEvent} {
		if err := deletePrefix(t, bucket, k.ID+"/"); err != nil {
			return err
		}
	}
	if err := deletePrefix(t, bucketSent, string(k.Conn)+"/"); err != nil {
		return err
	}
	t.Delete(bucketContact, k.ID)
	delete(c.contacts, k.ID)
	delete(c.byConn, k.Conn)
	c.emit(t, Event{Deleted: k.ID})
	return nil
}

// leave says goodbye if somebody is there, and ends the connection.
func (k *contact) leave(t *agent.Turn) error {
	if k.State == Connected {
		m, err := newMessage(nil, eventDirectDel, struct{}{})
		if err != nil {
			return err
		}
		if _, err := k.post(t, m, false); err != nil {
			return err
		}
	}
	if k.over() {
		return nil
	}
	return t.Erase(k.Conn)
}

func deletePrefix(t *agent.Turn, bucket, prefix string) error {
	rec, err := t.Scan(bucket, store.Query{Prefix: prefix})
	if err != nil {
		return err
	}
	for _, r := range rec {
		t.Delete(bucket, r.Key)
	}
	return nil
}

func (c *Chat) contact(id string) (*contact, error) {
	k := c.contacts[id]
	if k == nil {
		return nil, ErrNoContact
	}
	return k, nil
}

// SetDraft keeps a text that was not sent yet.
func (c *Chat) SetDraft(t *agent.Turn, id, text string) error {
	k, err := c.contact(id)
	if err != nil || k.Draft == text {
		return err
	}
	if len(text) > maxText {
		return checkText(text)
	}
	k.Draft = text
	c.save(t, k)
	return nil
}

// Read marks everything up to seq as seen.
func (c *Chat) Read(t *agent.Turn, id string, seq int64) error {
	k, err := c.contact(id)
	if err != nil || seq <= k.ReadSeq {
		return err
	}
	seq = min(seq, k.NextSeq-1)
	rest, err := c.received(t, k, seq)
	if err != nil {
		return err
	}
	k.ReadSeq, k.Unread = seq, len(rest)
	c.save(t, k)
	return nil
}

// Unread returns what was received and not seen yet, oldest first.
func (c *Chat) Unread(t *agent.Turn, id string) ([]Item, error) {
	k, err := c.contact(id)
	if err != nil {
		return nil, err
	}
	return c.received(t, k, k.ReadSeq)
}

// received returns the received items after number seq.
func (c *Chat) received(t *agent.Turn, k *contact, seq int64) ([]Item, error) {
	rec, err := t.Scan(bucketItem, store.Query{Prefix: k.ID + "/", After: itemKey(k.ID, seq)})
	if err != nil {
		return nil, fmt.Errorf("chat: read items: %w", err)
	}
	var list []Item
	for _, r := range rec {
		it, err := decodeItem(r.Value)
		if err != nil {
			return nil, err
		}
		if it.Direction == Received {
			list = append(list, it)
		}
	}
	return list, nil
}

// Made reports whether link is one of our own that waits to be opened.
func (c *Chat) Made(link string) bool {
	_, query, _ := strings.Cut(link, "#")
	for _, k := range c.contacts {
		if _, own, ok := strings.Cut(k.Link, "#"); ok && own == query {
			return true
		}
	}
	return false
}
