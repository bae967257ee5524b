// Package storetest is what every store of a relay must do. A store's tests call
// Run. The contract, with the tests that hold a store to it:
//
// Order. The messages of a queue come out in the order in which Append returned;
// those of one sender, who waits for each answer, in the order in which they were
// sent. The first message stays the first until its own id is acknowledged, how
// often Next is asked and whatever else is acknowledged (Order, Draining).
//
// Atomicity. An operation is done wholly or not at all, for everyone who looks.
// Of operations that cannot all be done, such as taking one id, setting one key
// or filling one last place, the store does one and refuses the others
// (Duplicates, Creating, Securing, Appending, Quota). A change that is refused
// has changed nothing (Secure, Link). A queue goes with its messages, its link,
// its notifier and all that leads to it, and a queue of the same id begins empty
// (Delete, Deleting).
//
// Durability. What was answered is there after the program was killed or the
// power failed, and what was acknowledged does not come back. What was not
// answered, because of an error, a cancelled context or a crash, was done or not,
// and is one of both for ever after (Cancelled; each store on disk also goes through
// [Endure] and [Examine] on a disk that fails, and loses its power).
//
// Expiry. Messages and queues from before the times given are removed, and no
// others. A queue's messages expire from the front: one that is newer keeps those
// behind it. A full queue takes messages again when it is empty, also if all it
// had expired (Expire, ExpireSend).
//
// Nothing here depends on one store being alone with its data: a store that is
// shared by several relays must pass as well.
package storetest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/smp"
)

// Run tests the stores that open makes, each of them empty and its own.
func Run(t *testing.T, open func(t *testing.T) relay.Store) {
	for name, test := range map[string]func(*testing.T, relay.Store){
		"Create":     testCreate,
		"Duplicates": testDuplicates,
		"NotFound":   testNotFound,
		"Secure":     testSecure,
		"Keys":       testRecipientKeys,
		"Suspend":    testSuspend,
		"Link":       testLink,
		"Delete":     testDelete,
		"Order":      testOrder,
		"Quota":      testQuota,
		"ExpireSend": testExpireOnAppend,
		"Expire":     testExpire,
		"Cancelled":  testCancelled,
		"Notifier":   testNotifier,
		"Block":      testBlock,
		"Use":        testUse,
		"Service":    testService,
		"Members":    testServiceQueues,
		"Serving":    testConcurrentService,
		"Appending":  testConcurrentAppend,
		"Draining":   testAppendWhileDraining,
		"Securing":   testConcurrentSecure,
		"Creating":   testConcurrentCreate,
		"Deleting":   testConcurrentDelete,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// NewQueue returns a queue with fresh ids and keys.
func NewQueue() *relay.Queue {
	q := &relay.Queue{
		Recipient:     newID(),
		Sender:        newID(),
		RecipientKeys: []smp.PublicKey{newKey()},
		Mode:          smp.Messaging,
	}
	rand.Read(q.Secret[:])
	return q
}

// NewMessage returns a message with a fresh id.
func NewMessage(body string) *relay.Message {
	return &relay.Message{ID: newID(), Time: when, Flags: smp.MsgFlags{Notify: true}, Body: []byte(body)}
}

// when is the time of messages that are not about time.
var when = time.Unix(1_800_000_000, 0).UTC()

func newID() relay.ID {
	var id relay.ID
	rand.Read(id[:])
	return id
}

func newKey() smp.PublicKey {
	k, err := smp.GenerateKey(rand.Reader, smp.X25519)
	if err != nil {
		panic(err)
	}
	return k.Public()
}

func newLink() relay.Link {
	return relay.Link{ID: newID(), Data: smp.LinkData{Fixed: []byte("fixed"), User: []byte("user")}}
}

func create(t *testing.T, s relay.Store) *relay.Queue {
	t.Helper()
	q := NewQueue()
	if err := s.Create(t.Context(), q); err != nil {
		t.Fatalf("create: %v", err)
	}
	return q
}

func appendMessage(t *testing.T, s relay.Store, q *relay.Queue, body string) *relay.Message {
	t.Helper()
	m := NewMessage(body)
	if err := s.Append(t.Context(), q.Recipient, m, relay.Limits{Messages: 1000}); err != nil {
		t.Fatalf("append: %v", err)
	}
	return m
}

func want(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: got %v, want %v", what, err, target)
	}
}

func load(t *testing.T, s relay.Store, kind relay.IDKind, id relay.ID) *relay.Queue {
	t.Helper()
	q, err := s.Queue(t.Context(), kind, id)
	if err != nil {
		t.Fatalf("queue by %c: %v", kind, err)
	}
	return q
}

func wantSame(t *testing.T, got, want *relay.Queue) {
	t.Helper()
	if !bytes.Equal(relay.AppendQueue(nil, got), relay.AppendQueue(nil, want)) {
		t.Errorf("queue is\n%+v, want\n%+v", got, want)
	}
}

func wantCount(t *testing.T, s relay.Store, q *relay.Queue, want int) {
	t.Helper()
	if n, err := s.Count(t.Context(), q.Recipient); err != nil || n != want {
		t.Errorf("count is %d, %v, want %d", n, err, want)
	}
}

// next acknowledges a message, none with the zero id, and returns the first.
func next(t *testing.T, s relay.Store, q *relay.Queue, acknowledged relay.ID) *relay.Message {
	t.Helper()
	m, err := s.Next(t.Context(), q.Recipient, acknowledged)
	if err != nil {
		t.Fatalf("next: %v", err)
	}
	return m
}

// drain acknowledges everything and returns the bodies, "QUOTA" for a marker.
func drain(t *testing.T, s relay.Store, q *relay.Queue) []string {
	t.Helper()
	var bodies []string
	for m := next(t, s, q, relay.ID{}); m != nil; m = next(t, s, q, m.ID) {
		if m.Quota {
			m.Body = []byte("QUOTA")
		}
		bodies = append(bodies, string(m.Body))
	}
	return bodies
}
