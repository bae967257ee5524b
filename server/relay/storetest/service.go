package storetest

import (
	"crypto/rand"
	"slices"
	"sync"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/smp"
	"sotto/smp/transport"
)

func newNotifier() relay.Notifier {
	n := relay.Notifier{ID: newID(), Key: newKey()}
	rand.Read(n.Secret[:])
	return n
}

func testNotifier(t *testing.T, s relay.Store) {
	ctx, q, n := t.Context(), create(t, s), newNotifier()
	want(t, "set", s.Update(ctx, q.Recipient, relay.SetNotifier{Notifier: n}), nil)
	if got := load(t, s, relay.NotifierID, n.ID); got.Recipient != q.Recipient || *got.Notifier != n {
		t.Errorf("notifier is %+v, want %+v", got.Notifier, n)
	}
	other, taken := create(t, s), n
	want(t, "taken", s.Update(ctx, other.Recipient, relay.SetNotifier{Notifier: taken}), relay.ErrDuplicate)
	second := newNotifier()
	want(t, "another", s.Update(ctx, q.Recipient, relay.SetNotifier{Notifier: second}), nil)
	_, err := s.Queue(ctx, relay.NotifierID, n.ID)
	want(t, "the one before", err, relay.ErrNotFound)
	for range 2 {
		want(t, "delete", s.Update(ctx, q.Recipient, relay.DeleteNotifier{}), nil)
	}
	_, err = s.Queue(ctx, relay.NotifierID, second.ID)
	want(t, "deleted", err, relay.ErrNotFound)
	want(t, "free again", s.Update(ctx, other.Recipient, relay.SetNotifier{Notifier: n}), nil)
	want(t, "delete queue", s.Delete(ctx, other.Recipient), nil)
	_, err = s.Queue(ctx, relay.NotifierID, n.ID)
	want(t, "deleted with its queue", err, relay.ErrNotFound)

	together := NewQueue()
	together.Notifier = &second
	want(t, "create", s.Create(ctx, together), nil)
	wantSame(t, load(t, s, relay.NotifierID, second.ID), together)
	third := NewQueue()
	third.Notifier = &second
	want(t, "create with a taken one", s.Create(ctx, third), relay.ErrDuplicate)
}

func testBlock(t *testing.T, s relay.Store) {
	ctx, q := t.Context(), create(t, s)
	b := smp.Blocking{Reason: smp.BlockedSpam, Notice: `{"ttl":1}`}
	for range 2 {
		want(t, "block", s.Update(ctx, q.Recipient, relay.Block{Blocking: b}), nil)
	}
	if got := load(t, s, relay.SenderID, q.Sender); *got.Blocked != b {
		t.Errorf("blocked %+v", got.Blocked)
	}
	want(t, "unblock", s.Update(ctx, q.Recipient, relay.Unblock{}), nil)
	wantSame(t, load(t, s, relay.SenderID, q.Sender), q)
}

func testUse(t *testing.T, s relay.Store) {
	ctx, q := t.Context(), create(t, s)
	want(t, "use", s.Update(ctx, q.Recipient, relay.Use{Time: when}), nil)
	want(t, "use earlier", s.Update(ctx, q.Recipient, relay.Use{Time: when.Add(-time.Hour)}), nil)
	if got := load(t, s, relay.RecipientID, q.Recipient).Used; !got.Equal(when) {
		t.Errorf("used at %v, want %v", got, when)
	}
	unknown := create(t, s)
	want(t, "expire", s.Expire(ctx, relay.Expiry{Used: when}), nil)
	load(t, s, relay.RecipientID, q.Recipient)
	want(t, "expire", s.Expire(ctx, relay.Expiry{Used: when.Add(time.Second)}), nil)
	_, err := s.Queue(ctx, relay.RecipientID, q.Recipient)
	want(t, "expired", err, relay.ErrNotFound)
	load(t, s, relay.RecipientID, unknown.Recipient)
}

func testService(t *testing.T, s relay.Store) {
	ctx := t.Context()
	first := relay.Service{ID: newID(), Role: transport.RoleNotifier, CertHash: [32]byte{1}}
	again := relay.Service{ID: newID(), Role: transport.RoleNotifier, CertHash: [32]byte{1}}
	other := relay.Service{ID: newID(), Role: transport.RoleNotifier, CertHash: [32]byte{2}}
	for _, test := range []struct{ given, want relay.Service }{{first, first}, {again, first}, {other, other}, {again, first}} {
		if id, err := s.CreateService(ctx, test.given); err != nil || id != test.want.ID {
			t.Errorf("service is %x, %v, want %x", id, err, test.want.ID)
		}
	}
	again.Role = transport.RoleMessaging
	_, err := s.CreateService(ctx, again)
	want(t, "another role", err, relay.ErrRefused)
}

func testConcurrentService(t *testing.T, s relay.Store) {
	ids := make([]relay.ID, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			ids[i], _ = s.CreateService(t.Context(), relay.Service{ID: newID(), Role: transport.RoleMessaging})
		})
	}
	wg.Wait()
	if len(slices.Compact(ids)) != 1 || ids[0].IsZero() {
		t.Error("one certificate has several services")
	}
}

func testServiceQueues(t *testing.T, s relay.Store) {
	ctx, messages, notifiers := t.Context(), newID(), newID()
	var recipients, notified []relay.ID
	for range 5 {
		q, n := create(t, s), newNotifier()
		want(t, "notifier", s.Update(ctx, q.Recipient, relay.SetNotifier{Notifier: n}), nil)
		want(t, "service", s.Update(ctx, q.Recipient, relay.SetService{Service: messages}), nil)
		want(t, "notifier's", s.Update(ctx, q.Recipient, relay.SetNotifierService{Notifier: n.ID, Service: notifiers}), nil)
		want(t, "another notifier's", s.Update(ctx, q.Recipient, relay.SetNotifierService{Notifier: newID()}), relay.ErrRefused)
		recipients, notified = append(recipients, q.Recipient), append(notified, n.ID)
	}
	wantQueues(t, s, relay.RecipientID, messages, recipients)
	wantQueues(t, s, relay.NotifierID, notifiers, notified)
	wantQueues(t, s, relay.RecipientID, notifiers, nil)
	wantQueues(t, s, relay.NotifierID, messages, nil)

	want(t, "leave", s.Update(ctx, recipients[0], relay.SetService{}), nil)
	want(t, "leave", s.Update(ctx, recipients[1], relay.SetNotifierService{Notifier: notified[1]}), nil)
	want(t, "another notifier", s.Update(ctx, recipients[2], relay.SetNotifier{Notifier: newNotifier()}), nil)
	want(t, "delete", s.Delete(ctx, recipients[3]), nil)
	wantQueues(t, s, relay.RecipientID, messages, []relay.ID{recipients[1], recipients[2], recipients[4]})
	wantQueues(t, s, relay.NotifierID, notifiers, []relay.ID{notified[0], notified[4]})
}

// wantQueues reads a service's queues two at a time.
func wantQueues(t *testing.T, s relay.Store, kind relay.IDKind, service relay.ID, want []relay.ID) {
	t.Helper()
	var got []relay.ID
	for after := (relay.ID{}); ; after = got[len(got)-1] {
		list, err := s.ServiceQueues(t.Context(), kind, service, after, 2)
		if err != nil || len(list) > 2 {
			t.Fatalf("%d queues, %v", len(list), err)
		}
		if got = append(got, list...); len(list) < 2 {
			break
		}
	}
	compare := func(a, b relay.ID) int { return slices.Compare(a[:], b[:]) }
	want = slices.SortedFunc(slices.Values(want), compare)
	if !slices.Equal(got, want) {
		t.Errorf("%c of the service: %d, want %d", kind, len(got), len(want))
	}
}
