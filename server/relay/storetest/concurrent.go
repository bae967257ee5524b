package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"sotto/server/relay"
)

// each calls f n times at once and waits.
func each(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

func testConcurrentAppend(t *testing.T, s relay.Store) {
	const writers, quota = 40, 30
	q := create(t, s)
	var taken, refused atomic.Int32
	each(writers, func(i int) {
		err := s.Append(t.Context(), q.Recipient, NewMessage(fmt.Sprint(i)), relay.Limits{Messages: quota})
		if err == nil {
			taken.Add(1)
			return
		}
		refused.Add(1)
		want(t, "append", err, relay.ErrQuota)
	})
	if taken.Load() != quota || refused.Load() != writers-quota {
		t.Errorf("%d taken and %d refused, want %d and %d", taken.Load(), refused.Load(), quota, writers-quota)
	}
	got := drain(t, s, q)
	if len(got) != quota+1 || got[quota] != "QUOTA" {
		t.Fatalf("queue had %q", got)
	}
	if slices.Sort(got); len(slices.Compact(got)) != quota+1 {
		t.Error("a message is there twice")
	}
}

// testAppendWhileDraining has writers and a reader at one queue: each writer's
// messages arrive once, and in its order.
func testAppendWhileDraining(t *testing.T, s relay.Store) {
	const writers, messages = 4, 50
	q := create(t, s)
	go each(writers, func(w int) {
		for i := range messages {
			m := NewMessage(fmt.Sprintf("%d %d", w, i))
			if err := s.Append(context.WithoutCancel(t.Context()), q.Recipient, m, relay.Limits{Messages: 1000}); err != nil {
				t.Errorf("append: %v", err)
			}
		}
	})
	var seen [writers]int
	var acknowledged relay.ID
	for n := 0; n < writers*messages; {
		m := next(t, s, q, acknowledged)
		if m == nil {
			continue
		}
		var w, i int
		if fmt.Sscan(string(m.Body), &w, &i); i != seen[w] {
			t.Fatalf("writer %d: message %d, want %d", w, i, seen[w])
		}
		seen[w]++
		n++
		acknowledged = m.ID
	}
	if m := next(t, s, q, acknowledged); m != nil {
		t.Errorf("message %q after the last one", m.Body)
	}
}

func testConcurrentSecure(t *testing.T, s relay.Store) {
	q := create(t, s)
	var won atomic.Int32
	each(20, func(int) {
		if err := s.Update(t.Context(), q.Recipient, relay.Secure{Key: newKey()}); err == nil {
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d keys were accepted, want 1", won.Load())
	}
}

func testConcurrentCreate(t *testing.T, s relay.Store) {
	sender := newID()
	var won atomic.Int32
	each(20, func(int) {
		q := NewQueue()
		q.Sender = sender
		if err := s.Create(t.Context(), q); err == nil {
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d queues have one sender id, want 1", won.Load())
	}
}

// testConcurrentDelete deletes a queue while messages come: none may stay behind
// and appear in a queue of the same id.
func testConcurrentDelete(t *testing.T, s relay.Store) {
	q := create(t, s)
	each(20, func(i int) {
		if i == 10 {
			want(t, "delete", s.Delete(t.Context(), q.Recipient), nil)
			return
		}
		s.Append(t.Context(), q.Recipient, NewMessage("x"), relay.Limits{Messages: 1000})
	})
	want(t, "create", s.Create(t.Context(), q), nil)
	wantCount(t, s, q, 0)
}
