//go:build !js

package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
)

// A prepared request has its block before it is sent, unless others are first;
// and it leaves after whatever was to be sent before it.
func TestPreparedLeavesInOrder(t *testing.T) {
	for _, tt := range []struct {
		name string
		// before is sent before the request is prepared, and between after that.
		before, between []string
		answered        bool // before the request is sent
		ahead           bool
		want            [][]string // blocks
	}{
		{"alone", nil, nil, false, true, [][]string{{"prepared"}}},
		{"another answered", nil, []string{"a"}, true, true, [][]string{{"a"}, {"prepared"}}},
		{"another not read", nil, []string{"a"}, false, true, [][]string{{"a"}, {"prepared"}}},
		{"others wait", nil, []string{"a", "b"}, false, true, [][]string{{"a"}, {"b", "prepared"}}},
		{"others were first", []string{"a", "b"}, nil, false, false, [][]string{{"a"}, {"b", "prepared"}}},
		{"others were answered", []string{"a", "b"}, nil, true, false, [][]string{{"a"}, {"b"}, {"prepared"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, r := connect(t, setup{})
				var results []<-chan Result
				ask := func(ids []string) {
					for _, id := range ids {
						results = append(results, async(c, sub(id, smp.PrivateKey{})))
						synctest.Wait()
					}
				}
				ask(tt.before)
				p := c.Prepare(sub("prepared", smp.PrivateKey{}))
				if (p.block != nil) != tt.ahead {
					t.Errorf("made ahead: %t", p.block != nil)
				}
				ask(tt.between)
				var got [][]string
				if tt.answered {
					for range len(tt.want) - 1 {
						got = append(got, r.answerBlock())
					}
				}
				results = append(results, sendAsync(t.Context(), p))
				synctest.Wait()
				for len(got) < len(tt.want) {
					got = append(got, r.answerBlock())
				}
				if !slices.EqualFunc(got, tt.want, slices.Equal) {
					t.Errorf("blocks %q, want %q", got, tt.want)
				}
				for _, result := range results {
					if res := <-result; OK(res.Response, res.Err) != nil {
						t.Error(res.Err)
					}
				}
			})
		})
	}
}

// answerBlock reads a block, answers all that is in it with OK, and returns to
// what queues it was.
func (r *relay) answerBlock() (ids []string) {
	r.t.Helper()
	var replies []smp.Transmission
	for _, got := range r.next() {
		ids = append(ids, string(got.EntityID))
		replies = append(replies, r.reply(got, smp.OK{}))
	}
	r.say(replies...)
	return ids
}

// sendAsync is async for what is prepared.
func sendAsync(ctx context.Context, p *Prepared) <-chan Result {
	done := make(chan Result, 1)
	go func() {
		response, err := p.Send(ctx)
		done <- Result{response, err}
	}()
	return done
}

// However many send, each in its own way, everything arrives once, and in the
// order in which its sender sent it.
func TestConcurrentSenders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		const senders, each = 8, 40
		var wait sync.WaitGroup
		for s := range senders {
			wait.Go(func() {
				for n := range each {
					request := sub(fmt.Sprintf("%d %d", s, n), smp.PrivateKey{})
					var err error
					if (s+n)%3 == 0 {
						err = OK(c.Send(t.Context(), request))
					} else {
						err = OK(c.Prepare(request).Send(t.Context()))
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		var next [senders]int
		for left := senders * each; left > 0; {
			ids := r.answerBlock()
			left -= len(ids)
			for _, id := range ids {
				var s, n int
				if _, err := fmt.Sscan(id, &s, &n); err != nil || n != next[s] {
					t.Fatalf("%q, want number %d", id, next[s])
				}
				next[s]++
			}
		}
		wait.Wait()
	})
}

// A prepared request that cannot be sent fails as any other, and ends the
// connection if it is because of the connection.
func TestPreparedFails(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name    string
		ctx     context.Context
		request Request
		begin   func(*Client) // before it is sent
		during  func(*Client) // while it is
		want    error         // nil: any
		ends    bool          // the connection
		after   time.Duration
	}{
		{"closed", t.Context(), ping, (*Client).Close, nil, ErrClosed, true, 0},
		{"closed while it is written", t.Context(), ping, nil, (*Client).Close, ErrClosed, true, 0},
		{"nobody reads", t.Context(), ping, nil, nil, nil, true, time.Second},
		{"nobody waits", gone, ping, nil, nil, context.Canceled, false, 0},
		{"wrong key", t.Context(), sub("q", newKey(t, smp.X448)), nil, nil, ErrKey, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, r := connect(t, setup{Options: Options{WriteTimeout: time.Second}})
				start := time.Now()
				p := c.Prepare(tt.request)
				if tt.begin != nil {
					tt.begin(c)
				}
				result := sendAsync(tt.ctx, p)
				synctest.Wait()
				if tt.during != nil {
					tt.during(c)
				}
				if err := (<-result).Err; err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("error %v, want %v", err, tt.want)
				}
				if took := time.Since(start); took != tt.after {
					t.Errorf("it took %v", took)
				}
				if (c.Err() != nil) != tt.ends {
					t.Fatalf("the connection ended with %v", c.Err())
				}
				if !tt.ends {
					async(c, sub("next", smp.PrivateKey{}))
					if got := r.one(); string(got.EntityID) != "next" {
						t.Errorf("what failed was sent: %q", got.EntityID)
					}
				}
			})
		})
	}
}

// A request whose slot is taken waits for it.
func TestPreparedWaitsForSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{MaxPending: 1}})
		first, p := async(c, sub("first", smp.PrivateKey{})), c.Prepare(sub("second", smp.PrivateKey{}))
		synctest.Wait()
		second := sendAsync(t.Context(), p)
		synctest.Wait()
		for _, want := range []string{"first", "second"} {
			if got := r.answerBlock(); !slices.Equal(got, []string{want}) {
				t.Errorf("%q, want %q", got, want)
			}
		}
		for _, result := range []<-chan Result{first, second} {
			if res := <-result; res.Err != nil {
				t.Error(res.Err)
			}
		}
	})
}

// What waits is first, even if nobody has begun to write it.
func TestPreparedGoesBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		p := c.Prepare(sub("prepared", smp.PrivateKey{}))
		c.outbox.mu.Lock()
		c.outbox.calls = c.prepare([]Request{sub("waits", smp.PrivateKey{})}).calls
		c.outbox.mu.Unlock()
		if late := c.Prepare(ping); late.block != nil {
			t.Error("a block was made that cannot be next")
		}
		result := sendAsync(t.Context(), p)
		if got := r.answerBlock(); !slices.Equal(got, []string{"waits", "prepared"}) {
			t.Errorf("%q", got)
		}
		if res := <-result; res.Err != nil {
			t.Error(res.Err)
		}
	})
}
