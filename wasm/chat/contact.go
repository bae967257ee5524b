package chat

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

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
	// NextOut is the number of the next record in the outbox.
	NextOut int64 `json:",omitempty"`
	// Request is what the agent calls their request, in state Requested.
	Request agent.RequestID `json:",omitempty"`
	// RequestKey is the own profile's id and their id of the request.
	RequestKey string `json:",omitempty"`
	// Greet: the welcome message is still to be sent; WelcomeID is their id of it.
	Greet     bool   `json:",omitempty"`
	WelcomeID string `json:",omitempty"`
	// Group is there in a conversation of several people.
	Group *group `json:",omitempty"`
	// VerifiedCode is the security code that was compared.
	VerifiedCode []byte `json:",omitempty"`
	// First is the number of the item that went with our request, 0 if none did.
	First int64 `json:",omitempty"`

	// news are the items that were not seen, as long as they are known without
	// looking for them: since all before them were seen, in this run.
	news  []news
	known bool
}

// news is a received item that was not seen.
type news struct {
	seq   int64
	timed bool // it disappears once it was read
}

// maxNews is how many of a contact are known at most.
const maxNews = 1024

// arrived counts an item that was received.
func (k *contact) arrived(it *item) {
	if k.Unread == 0 {
		k.news, k.known = nil, true
	}
	k.Unread++
	if k.known = k.known && len(k.news) < maxNews; k.known {
		k.news = append(k.news, news{it.Seq, it.TTL > 0})
	} else {
		k.news = nil
	}
}

var (
	// ErrNoProfile is returned while no name has been chosen.
	ErrNoProfile = errors.New("chat: no profile")
	// ErrNoContact is returned for an id that is not (or no longer) a contact.
	ErrNoContact = errors.New("chat: no such contact")
	// ErrNotConnected is returned for sending to a contact that cannot receive yet or any more.
	ErrNotConnected = errors.New("chat: contact is not connected")
)

// newContact adds a contact, which is to be saved.
func (c *Chat) newContact(t *agent.Turn, conn agent.ConnID, pub Contact) (*contact, error) {
	id, err := c.newID()
	if err != nil {
		return nil, err
	}
	pub.ID = base64.RawURLEncoding.EncodeToString(id)
	pub.CreatedAt = t.Now().UnixMilli()
	pub.ActiveAt = pub.CreatedAt
	if pub.Kind == "" {
		pub.Kind = Person
	}
	k := &contact{Contact: pub, Conn: conn, NextSeq: 1}
	set(&c.journal, c.contacts, k.ID, k)
	if conn != "" {
		set(&c.journal, c.byConn, conn, k)
	}
	return k, nil
}

// self is what k knows us by.
func (c *Chat) self(k *contact) Profile {
	if k.Incognito != "" {
		return Profile{DisplayName: k.Incognito}
	}
	if o := c.own[k.ProfileID]; o != nil {
		return o.Profile
	}
	return Profile{}
}

// stranger returns a profile with a random name.
func (c *Chat) stranger() (Profile, error) {
	name, err := RandomName(c.config.Rand)
	return Profile{DisplayName: name}, err
}

// public returns a copy that stays as it is.
func (k *contact) public() Contact {
	if k == nil {
		return Contact{}
	}
	return k.Contact
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

// save writes k in this turn and shows it after the commit, once.
func (c *Chat) save(t *agent.Turn, k *contact) {
	c.putJSON(t, bucketContact, k.ID, k)
	if c.written.shown[k] {
		return
	}
	c.written.shown[k] = true
	t.After(func() {
		if c.contacts[k.ID] == k {
			pub := k.public()
			c.config.Emit(Event{Contact: &pub})
		}
	})
}

// Delete forgets a contact with all items, and tells the other side. One that
// is gone already was deleted in another tab, or by this request, repeated.
// Chat: "x.direct.del".
func (c *Chat) Delete(t *agent.Turn, id string) error {
	k := c.contacts[id]
	if k == nil {
		return nil
	}
	if err := c.leave(t, k); err != nil {
		return err
	}
	for _, bucket := range []string{bucketItem, bucketClient, bucketShared, bucketEvent, bucketOutbox} {
		if err := deletePrefix(t, bucket, k.ID+"/"); err != nil {
			return err
		}
	}
	for _, conn := range k.conns() {
		if err := deletePrefix(t, bucketSent, string(conn)+"/"); err != nil {
			return err
		}
	}
	t.Delete(bucketContact, k.ID)
	set(&c.journal, c.contacts, k.ID, nil)
	set(&c.journal, c.byConn, k.Conn, nil)
	set(&c.journal, c.requests, k.RequestKey, nil)
	c.emit(t, Event{Deleted: k.ID})
	return nil
}

// leave says goodbye if somebody is there, and ends the connection.
func (c *Chat) leave(t *agent.Turn, k *contact) error {
	if k.isGroup() {
		return c.leaveGroup(t, k)
	}
	if k.State == Requested {
		if err := t.Reject(k.Request); !errors.Is(err, agent.ErrUnknownRequest) {
			return err
		}
		return nil
	}
	if k.State == Connected {
		m, err := newMessage(nil, eventDirectDel, struct{}{})
		if err != nil {
			return err
		}
		if _, err := post(t, k.Conn, m, false); err != nil && !errors.Is(err, agent.ErrNotConnected) {
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
	touch(&c.journal, k)
	return k, nil
}

// Conversation returns the contact of a connection; its ID is empty if there is
// none.
func (c *Chat) Conversation(conn agent.ConnID) Contact { return c.byConn[conn].public() }

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
	if err := c.look(t, k); err != nil {
		return err
	}
	list := k.news
	k.ReadSeq, k.news = seq, nil
	for i, n := range list {
		if n.seq > seq {
			k.news = list[i:]
			break
		}
		if n.timed {
			if err := c.change(t, k, n.seq, func(it *item) { c.readNow(t, it) }); err != nil {
				return err
			}
		}
	}
	k.Unread = len(k.news)
	c.save(t, k)
	return nil
}

// look finds out what was not seen, if that is not known.
func (c *Chat) look(t *agent.Turn, k *contact) error {
	if k.known {
		return nil
	}
	list, err := c.unseen(t, k)
	k.news = nil
	for _, it := range list {
		k.news = append(k.news, news{it.Seq, it.TTL > 0})
	}
	k.known = err == nil
	return err
}

// readNow begins the time of an item that disappears.
func (c *Chat) readNow(t *agent.Turn, it *item) {
	if it.TTL > 0 && it.ExpiresAt == 0 {
		c.expireAfter(t, it, it.TTL)
	}
}

// Unread returns what was received and not seen yet, oldest first.
func (c *Chat) Unread(t *agent.Turn, id string) ([]Item, error) {
	k, err := c.contact(id)
	if err != nil {
		return nil, err
	}
	list, err := c.unseen(t, k)
	items := make([]Item, len(list))
	for i, it := range list {
		items[i] = it.Item
	}
	return items, err
}

// unseen returns the received items that were not seen.
func (c *Chat) unseen(t *agent.Turn, k *contact) ([]*item, error) {
	rec, err := t.Scan(bucketItem, store.Query{Prefix: k.ID + "/", After: itemKey(k.ID, k.ReadSeq)})
	if err != nil {
		return nil, fmt.Errorf("chat: read items: %w", err)
	}
	var list []*item
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
