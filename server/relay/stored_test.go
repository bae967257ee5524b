package relay

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"sotto/smp"
)

// stored is what a store may hold, in its stored form.
func stored(t testing.TB) (queues, messages [][]byte) {
	key, err := smp.NewPublicKey(smp.Ed25519, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0).UTC()
	for _, q := range []*Queue{
		{Recipient: newID(), Sender: newID(), RecipientKeys: []smp.PublicKey{key}},
		{Recipient: newID(), RecipientKeys: []smp.PublicKey{key, key}, SenderKey: key, Mode: smp.Messaging, Suspended: at},
		{RecipientKeys: []smp.PublicKey{key}, Notifier: &Notifier{ID: newID(), Key: key, Service: newID()}, Service: newID(), Used: at},
		{RecipientKeys: []smp.PublicKey{key}, Blocked: &smp.Blocking{Reason: smp.BlockedSpam, Notice: `{"ttl":1}`}},
		{RecipientKeys: []smp.PublicKey{key}, Mode: smp.Contact, Link: &Link{ID: newID(), Data: smp.LinkData{Fixed: []byte("f"), User: []byte("u")}}},
	} {
		queues = append(queues, AppendQueue(nil, q))
	}
	for _, m := range []*Message{
		{ID: newID(), Time: at, Body: []byte("body")},
		{ID: newID(), Time: at, Flags: smp.MsgFlags{Notify: true, Future: "x"}},
		{Time: at, Quota: true},
	} {
		messages = append(messages, AppendMessage(nil, m))
	}
	return queues, messages
}

func TestStoredForms(t *testing.T) {
	queues, messages := stored(t)
	for _, b := range queues {
		q, err := ParseQueue(b)
		if err != nil || !bytes.Equal(AppendQueue(nil, q), b) {
			t.Errorf("queue %x does not encode again: %v", b, err)
		}
		for n := range b {
			if _, err := ParseQueue(b[:n]); err == nil {
				t.Errorf("a queue of %d bytes is read from %d", len(b), n)
			}
		}
	}
	const head = 1 + IDSize + 8 + 2 + 1
	for _, b := range messages {
		m, err := ParseMessage(b)
		if err != nil || !bytes.Equal(AppendMessage(nil, m), b) {
			t.Errorf("message %x does not encode again: %v", b, err)
		}
		for n := range head {
			if _, err := ParseMessage(b[:n]); err == nil {
				t.Errorf("a message is read from %d bytes", n)
			}
		}
	}
}

func FuzzStoredQueue(f *testing.F) {
	queues, _ := stored(f)
	for _, b := range queues {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := ParseQueue(b)
		if err == nil && b[0] == queueFormat && !bytes.Equal(AppendQueue(nil, q), b) {
			t.Errorf("%x does not encode again", b)
		}
	})
}

func FuzzStoredMessage(f *testing.F) {
	_, messages := stored(f)
	for _, b := range messages {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(b)
		if err == nil && !bytes.Equal(AppendMessage(nil, m), b) {
			t.Errorf("%x does not encode again", b)
		}
	})
}

// TestApply: a change that is refused, or changes nothing, leaves the queue.
func TestApply(t *testing.T) {
	queues, _ := stored(t)
	q, err := ParseQueue(queues[1])
	if err != nil {
		t.Fatal(err)
	}
	before := *q
	for _, change := range []Change{
		Secure{q.SenderKey}, Secure{}, Suspend{time.Now()}, SetRecipientKeys{q.RecipientKeys},
		DeleteLink{}, SetLink{Link{ID: newID()}}, SetRecipientKeys{q.RecipientKeys[:1]},
	} {
		if _, err := Apply(q, change); !reflect.DeepEqual(before, *q) {
			t.Fatalf("%T changed the queue that it was given: %v", change, err)
		}
	}
	if next, err := Apply(q, Secure{q.SenderKey}); next != nil || err != nil {
		t.Errorf("the same key again: %v, %v", next, err)
	}
}
