package storetest

import (
	"context"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/smp"
)

func testCreate(t *testing.T, s relay.Store) {
	q := NewQueue()
	link := newLink()
	q.Link = &link
	want(t, "create", s.Create(t.Context(), q), nil)
	wantSame(t, load(t, s, relay.RecipientID, q.Recipient), q)
	wantSame(t, load(t, s, relay.SenderID, q.Sender), q)
	wantSame(t, load(t, s, relay.LinkID, link.ID), q)
	wantCount(t, s, q, 0)
	if m := next(t, s, q, relay.ID{}); m != nil {
		t.Error("a new queue has a message")
	}
}

func testDuplicates(t *testing.T, s relay.Store) {
	first := NewQueue()
	link := newLink()
	first.Link = &link
	want(t, "create", s.Create(t.Context(), first), nil)
	for name, change := range map[string]func(*relay.Queue){
		"recipient": func(q *relay.Queue) { q.Recipient = first.Recipient },
		"sender":    func(q *relay.Queue) { q.Sender = first.Sender },
		"link":      func(q *relay.Queue) { q.Link = &relay.Link{ID: link.ID} },
	} {
		q := NewQueue()
		change(q)
		want(t, name, s.Create(t.Context(), q), relay.ErrDuplicate)
	}
	wantSame(t, load(t, s, relay.RecipientID, first.Recipient), first)
	wantSame(t, load(t, s, relay.SenderID, first.Sender), first)
}

func testNotFound(t *testing.T, s relay.Store) {
	ctx, q := t.Context(), create(t, s)
	id := newID()
	for _, kind := range []relay.IDKind{relay.RecipientID, relay.SenderID, relay.LinkID} {
		_, err := s.Queue(ctx, kind, id)
		want(t, "queue", err, relay.ErrNotFound)
	}
	_, err := s.Queue(ctx, relay.RecipientID, q.Sender)
	want(t, "queue by the other id", err, relay.ErrNotFound)
	want(t, "update", s.Update(ctx, id, relay.Suspend{Time: when}), relay.ErrNotFound)
	want(t, "delete", s.Delete(ctx, id), relay.ErrNotFound)
	want(t, "append", s.Append(ctx, id, NewMessage(""), relay.Limits{Messages: 1}), relay.ErrNotFound)
	_, err = s.Next(ctx, id, relay.ID{})
	want(t, "next", err, relay.ErrNotFound)
	_, err = s.Count(ctx, id)
	want(t, "count", err, relay.ErrNotFound)
}

func testSecure(t *testing.T, s relay.Store) {
	q, key := create(t, s), newKey()
	want(t, "first", s.Update(t.Context(), q.Recipient, relay.Secure{Key: key}), nil)
	want(t, "again", s.Update(t.Context(), q.Recipient, relay.Secure{Key: key}), nil)
	want(t, "other", s.Update(t.Context(), q.Recipient, relay.Secure{Key: newKey()}), relay.ErrRefused)
	if got := load(t, s, relay.SenderID, q.Sender); got.SenderKey != key {
		t.Error("the sender's key is not the first one")
	}
}

func testRecipientKeys(t *testing.T, s relay.Store) {
	q := create(t, s)
	keys := []smp.PublicKey{newKey(), newKey()}
	want(t, "update", s.Update(t.Context(), q.Recipient, relay.SetRecipientKeys{Keys: keys}), nil)
	got := load(t, s, relay.RecipientID, q.Recipient).RecipientKeys
	if len(got) != 2 || got[0] != keys[0] || got[1] != keys[1] {
		t.Error("the recipient's keys are not those that were set")
	}
}

func testSuspend(t *testing.T, s relay.Store) {
	q := create(t, s)
	want(t, "suspend", s.Update(t.Context(), q.Recipient, relay.Suspend{Time: when}), nil)
	want(t, "again", s.Update(t.Context(), q.Recipient, relay.Suspend{Time: when.Add(time.Hour)}), nil)
	if got := load(t, s, relay.RecipientID, q.Recipient).Suspended; !got.Equal(when) {
		t.Errorf("suspended at %v, want %v", got, when)
	}
}

func testLink(t *testing.T, s relay.Store) {
	ctx, q, link := t.Context(), create(t, s), newLink()
	want(t, "set", s.Update(ctx, q.Recipient, relay.SetLink{Link: link}), nil)
	changed := link
	changed.Data.User = []byte("new")
	want(t, "change", s.Update(ctx, q.Recipient, relay.SetLink{Link: changed}), nil)
	if got := load(t, s, relay.LinkID, link.ID).Link.Data.User; string(got) != "new" {
		t.Errorf("user data is %q", got)
	}
	want(t, "another link", s.Update(ctx, q.Recipient, relay.SetLink{Link: newLink()}), relay.ErrRefused)
	fixed := link
	fixed.Data.Fixed = []byte("other")
	want(t, "fixed data", s.Update(ctx, q.Recipient, relay.SetLink{Link: fixed}), relay.ErrRefused)
	other := create(t, s)
	want(t, "taken", s.Update(ctx, other.Recipient, relay.SetLink{Link: link}), relay.ErrDuplicate)

	want(t, "delete", s.Update(ctx, q.Recipient, relay.DeleteLink{}), nil)
	want(t, "delete again", s.Update(ctx, q.Recipient, relay.DeleteLink{}), nil)
	_, err := s.Queue(ctx, relay.LinkID, link.ID)
	want(t, "after delete", err, relay.ErrNotFound)
	want(t, "free again", s.Update(ctx, other.Recipient, relay.SetLink{Link: link}), nil)
}

func testDelete(t *testing.T, s relay.Store) {
	ctx := t.Context()
	q := create(t, s)
	link := newLink()
	want(t, "link", s.Update(ctx, q.Recipient, relay.SetLink{Link: link}), nil)
	for range 3 {
		appendMessage(t, s, q, "x")
	}
	want(t, "delete", s.Delete(ctx, q.Recipient), nil)
	want(t, "again", s.Delete(ctx, q.Recipient), relay.ErrNotFound)
	for kind, id := range map[relay.IDKind]relay.ID{
		relay.RecipientID: q.Recipient, relay.SenderID: q.Sender, relay.LinkID: link.ID,
	} {
		_, err := s.Queue(ctx, kind, id)
		want(t, "queue", err, relay.ErrNotFound)
	}
	want(t, "create again", s.Create(ctx, q), nil)
	wantCount(t, s, q, 0)
}

func testCancelled(t *testing.T, s relay.Store) {
	q := create(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Append(ctx, q.Recipient, NewMessage("x"), relay.Limits{Messages: 1})
	if n, err := s.Count(t.Context(), q.Recipient); err != nil || n > 1 {
		t.Errorf("count is %d, %v after a cancelled append", n, err)
	}
}
