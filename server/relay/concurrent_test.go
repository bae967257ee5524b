package relay_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/server/relay/relaytest"
)

// TestManyAtOnce has senders and recipients in real time. The recipients move to
// new connections again and again: each message arrives, in order; the last one
// of a connection comes again, because it was not acknowledged.
func TestManyAtOnce(t *testing.T) {
	const pairs, messages = 8, 60
	authority, chain, key := newIdentity(t)
	r := relay.New(relay.Config{Store: new(memory.Store), Chain: chain, Key: key, Log: slog.New(slog.DiscardHandler)})
	dial := func() *relaytest.Client {
		c, err := relaytest.Pipe(t.Context(), r, authority.Fingerprint())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	var talking sync.WaitGroup
	for range pairs {
		sender := dial()
		q, err := sender.Create()
		if err != nil {
			t.Fatal(err)
		}
		talking.Go(func() { sendAll(t, sender, q, messages) })
		talking.Go(func() {
			for last := -1; last < messages-1 && !t.Failed(); {
				last = receiveSome(t, dial(), q, last, min(last+1+messages/4, messages-1))
			}
		})
	}
	talking.Wait()
	r.Close()
}

func sendAll(t *testing.T, c *relaytest.Client, q *relaytest.Queue, n int) {
	defer c.Close()
	for i := range n {
		if err := c.Send(q, fmt.Sprint(i)); err != nil {
			t.Errorf("send: %v", err)
			return
		}
	}
}

// receiveSome acknowledges what comes after last and before end, and returns
// what came last.
func receiveSome(t *testing.T, c *relaytest.Client, q *relaytest.Queue, last, end int) int {
	defer c.Close()
	if err := c.Subscribe(q); err != nil {
		t.Errorf("subscribe: %v", err)
		return last
	}
	msg, err := c.Event()
	for {
		if err != nil {
			t.Errorf("receive: %v", err)
			return last
		}
		id, d, openErr := q.Open(msg)
		var i int
		fmt.Sscan(string(d.Body), &i)
		if openErr != nil || i != last && i != last+1 {
			t.Errorf("got message %d after %d: %v", i, last, openErr)
			return end
		}
		if last = i; last == end {
			return last
		}
		if msg, err = c.Acknowledge(q, id); msg == nil && err == nil {
			msg, err = c.Event()
		}
	}
}
