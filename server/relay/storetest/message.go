package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/smp"
)

func testOrder(t *testing.T, s relay.Store) {
	q, other := create(t, s), create(t, s)
	a := appendMessage(t, s, q, "a")
	appendMessage(t, s, other, "other")
	b := &relay.Message{ID: newID(), Time: when, Flags: smp.MsgFlags{Future: "xy"}}
	want(t, "append", s.Append(t.Context(), q.Recipient, b, relay.Limits{Messages: 9}), nil)
	wantCount(t, s, q, 2)

	wantMessage(t, next(t, s, q, relay.ID{}), a)
	wantMessage(t, next(t, s, q, relay.ID{}), a)
	wantMessage(t, next(t, s, q, newID()), a)
	wantMessage(t, next(t, s, q, b.ID), a)
	wantMessage(t, next(t, s, q, a.ID), b)
	wantMessage(t, next(t, s, q, a.ID), b)
	if m := next(t, s, q, b.ID); m != nil {
		t.Errorf("message %q after the last one", m.Body)
	}
	wantCount(t, s, q, 0)
	c := appendMessage(t, s, q, "c")
	wantMessage(t, next(t, s, q, b.ID), c)
	wantCount(t, s, other, 1)
}

func wantMessage(t *testing.T, got, want *relay.Message) {
	t.Helper()
	if got == nil || !reflect.DeepEqual(relay.AppendMessage(nil, got), relay.AppendMessage(nil, want)) {
		t.Errorf("message is %+v, want %+v", got, want)
	}
}

func testQuota(t *testing.T, s relay.Store) {
	q, limits := create(t, s), relay.Limits{Messages: 2}
	add := func(body string) error { return s.Append(t.Context(), q.Recipient, NewMessage(body), limits) }
	for range 2 {
		want(t, "1", add("1"), nil)
		want(t, "2", add("2"), nil)
		want(t, "3", add("3"), relay.ErrQuota)
		want(t, "4", add("4"), relay.ErrQuota)
		wantCount(t, s, q, 3)

		// There is room, but the recipient has not seen the marker.
		first := next(t, s, q, relay.ID{})
		next(t, s, q, first.ID)
		want(t, "5", add("5"), relay.ErrQuota)
		if got := drain(t, s, q); !slices.Equal(got, []string{"2", "QUOTA"}) {
			t.Errorf("queue had %q", got)
		}
	}
}

func testExpireOnAppend(t *testing.T, s relay.Store) {
	q := create(t, s)
	for i := range 4 {
		m := NewMessage(string(rune('a' + i)))
		m.Time = when.Add(time.Duration(i) * time.Hour)
		want(t, "append", s.Append(t.Context(), q.Recipient, m, relay.Limits{Messages: 3}), wantFull(i))
	}
	limits := relay.Limits{Messages: 3, Expired: when.Add(2 * time.Hour)}
	want(t, "still full", s.Append(t.Context(), q.Recipient, NewMessage("x"), limits), relay.ErrQuota)
	limits.Expired = when.Add(10 * time.Hour)
	want(t, "append", s.Append(t.Context(), q.Recipient, NewMessage("y"), limits), nil)
	if got := drain(t, s, q); !slices.Equal(got, []string{"y"}) {
		t.Errorf("queue had %q", got)
	}
}

func wantFull(i int) error {
	if i == 3 {
		return relay.ErrQuota
	}
	return nil
}

func testExpire(t *testing.T, s relay.Store) {
	ctx, old, mixed, suspended := t.Context(), create(t, s), create(t, s), create(t, s)
	appendMessage(t, s, old, "1")
	appendMessage(t, s, mixed, "2")
	late := NewMessage("3")
	late.Time = when.Add(time.Hour)
	want(t, "append", s.Append(ctx, mixed.Recipient, late, relay.Limits{Messages: 9}), nil)
	appendMessage(t, s, suspended, "4")
	want(t, "suspend", s.Update(ctx, suspended.Recipient, relay.Suspend{Time: when}), nil)

	want(t, "nothing", s.Expire(ctx, relay.Expiry{Messages: when, Suspended: when}), nil)
	wantCount(t, s, old, 1)
	wantCount(t, s, suspended, 1)
	want(t, "expire", s.Expire(ctx, relay.Expiry{Messages: when.Add(time.Minute), Suspended: when.Add(time.Minute)}), nil)
	wantCount(t, s, old, 0)
	if got := drain(t, s, mixed); !slices.Equal(got, []string{"3"}) {
		t.Errorf("queue had %q", got)
	}
	_, err := s.Queue(ctx, relay.SenderID, suspended.Sender)
	want(t, "suspended queue", err, relay.ErrNotFound)
	load(t, s, relay.SenderID, old.Sender)
}
