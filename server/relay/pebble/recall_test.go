package pebble

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/smp"
)

func openStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestRecall: a queue is remembered from its first message on, as it is stored,
// and not longer than it is there.
func TestRecall(t *testing.T) {
	s, q := openStore(t), newRecord(t)
	find := func(recalled bool) *relay.Queue {
		t.Helper()
		var found *relay.Queue
		for kind, id := range map[relay.IDKind]relay.ID{relay.RecipientID: q.Recipient, relay.SenderID: q.Sender} {
			var err error
			if found, err = s.Queue(t.Context(), kind, id); err != nil {
				t.Fatal(err)
			}
			if found.Recalled != recalled {
				t.Errorf("by %c it is remembered: %v, want %v", kind, found.Recalled, recalled)
			}
		}
		return found
	}
	send := func() {
		t.Helper()
		if err := s.Append(t.Context(), q.Recipient, &relay.Message{ID: idOf(1), Time: time.Unix(1, 0)}, relay.Limits{Messages: 9}); err != nil {
			t.Fatal(err)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	do(s.Create(t.Context(), q))
	find(false)
	send()
	find(true)
	do(s.Update(t.Context(), q.Recipient, relay.Secure{Key: q.RecipientKeys[0]}))
	if found := find(false); found.SenderKey != q.RecipientKeys[0] {
		t.Error("the change is not seen")
	}
	send()
	if found := find(true); found.SenderKey != q.RecipientKeys[0] {
		t.Error("what is remembered is older than what is stored")
	}
	link := relay.Link{ID: idOf(2), Data: smp.LinkData{User: bytes.Repeat([]byte("x"), 1000)}}
	do(s.Update(t.Context(), q.Recipient, relay.SetLink{Link: link}))
	send()
	find(false) // it is large
	do(s.Update(t.Context(), q.Recipient, relay.DeleteLink{}))
	send()
	find(true)
	do(s.Delete(t.Context(), q.Recipient))
	for kind, id := range map[relay.IDKind]relay.ID{relay.RecipientID: q.Recipient, relay.SenderID: q.Sender} {
		if _, err := s.Queue(t.Context(), kind, id); !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("by %c a deleted queue is found: %v", kind, err)
		}
	}
}

// TestRecallIsBounded: however many queues are in use, few are remembered.
func TestRecallIsBounded(t *testing.T) {
	var r recall
	for i := range 3 * maxRecalled {
		q := &relay.Queue{Recipient: idOf(i), Sender: idOf(i)}
		if r.keep(q); r.queue(relay.SenderID, q.Sender) == nil {
			t.Fatal("what was kept last is not remembered")
		}
	}
	if n := len(r.part(idOf(0)).queues); n != maxRecalled {
		t.Errorf("%d are remembered, want %d", n, maxRecalled)
	}
}
