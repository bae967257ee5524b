package chat

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

const (
	// firstPage is how many contacts are loaded first: more than a window shows.
	firstPage = 64
	// loadPage is how many are loaded at a time after that, and loadPages how many
	// times at most: a page takes in a part at once and has time for the person in
	// between, but works for each part on all that it has.
	loadPage  = 128
	loadPages = 12
)

// Open returns the Chat whose records are in s. Items stay there until asked for.
// The agent that c is the App of is opened afterwards, on the same store.
func Open(ctx context.Context, s store.Store, config Config) (*Chat, error) {
	c, err := OpenFirst(ctx, s, config)
	for err == nil && c.More() {
		_, err = c.LoadMore()
	}
	return c, err
}

// OpenFirst is Open with those contacts alone that are at the top of the list.
// LoadMore has to be called until there are no more before anything else is done.
func OpenFirst(ctx context.Context, s store.Store, config Config) (*Chat, error) {
	c := &Chat{config: config, own: map[string]*own{}, contacts: map[string]*contact{}, byConn: map[agent.ConnID]*contact{}, requests: map[string]*contact{}}
	contacts := make(chan error, 1)
	go func() { contacts <- c.readContacts(ctx, s) }() // takes as long as all the rest
	err := c.loadProfiles(ctx, s)
	if err == nil {
		err = c.loadRelays(ctx, s)
	}
	if err := cmp.Or(<-contacts, err); err != nil {
		return nil, err
	}
	c.orderRest()
	_, err = c.load(firstPage)
	return c, err
}

// A contactRecord is what is stored of a contact.
type contactRecord struct {
	record   []byte
	current  bool // of the current profile
	activeAt int64
}

func (c *Chat) readContacts(ctx context.Context, s store.Store) error {
	rec, err := s.Scan(ctx, bucketContact, store.Query{})
	if err != nil {
		return fmt.Errorf("chat: load contacts: %w", err)
	}
	c.rest = make([]contactRecord, len(rec))
	for i, r := range rec {
		c.rest[i].record = r.Value
	}
	return nil
}

// orderRest brings the records into the order of the list. If it were wrong, the
// list would only be complete a moment later.
func (c *Chat) orderRest() {
	if len(c.rest) <= firstPage {
		return
	}
	for i := range c.rest {
		r := &c.rest[i]
		r.activeAt, _ = strconv.ParseInt(field(r.record, `"activeAt":`), 10, 64)
		r.current = cmp.Or(field(r.record, `"profileId":"`), firstProfile) == c.current
	}
	slices.SortFunc(c.rest, func(a, b contactRecord) int {
		if a.current != b.current {
			if a.current {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.activeAt, a.activeAt)
	})
}

// field returns the number or the id that begins where a JSON object has this.
// The object's texts do not have it: there, quotes are escaped.
func field(object []byte, begin string) string {
	_, after, _ := bytes.Cut(object, []byte(begin))
	for i, b := range after {
		if b == '"' || b == ',' || b == '}' {
			return string(after[:i])
		}
	}
	return ""
}

// More reports whether there are contacts that are not loaded.
func (c *Chat) More() bool { return len(c.rest) > 0 }

// LoadMore loads some more contacts and returns them.
func (c *Chat) LoadMore() ([]Contact, error) {
	return c.load(max(loadPage, (len(c.contacts)+len(c.rest))/loadPages+1))
}

func (c *Chat) load(n int) ([]Contact, error) {
	n = min(n, len(c.rest))
	list := make([]Contact, n)
	for i, r := range c.rest[:n] {
		k := new(contact)
		if err := json.Unmarshal(r.record, k); err != nil {
			return nil, fmt.Errorf("chat: contact record: %w", err)
		}
		c.adopt(k)
		list[i] = k.Contact
	}
	if c.rest = c.rest[n:]; len(c.rest) == 0 {
		c.rest = nil // and the records with it
	}
	return list, nil
}
