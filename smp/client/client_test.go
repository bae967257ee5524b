//go:build !js

package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

func TestDoAuthorizes(t *testing.T) {
	for v := smp.MinVersion; v <= smp.MaxVersion; v++ {
		for _, alg := range []smp.Algorithm{0, smp.Ed25519, smp.Ed448, smp.X25519} {
			if alg == smp.X25519 && v < smp.VersionAuthenticators {
				continue
			}
			t.Run(fmt.Sprintf("v%d %v", v, alg), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testDoAuthorizes(t, v, alg) })
			})
		}
	}
}

func testDoAuthorizes(t *testing.T, v smp.Version, alg smp.Algorithm) {
	c, r := connect(t, setup{versions: smp.Range[smp.Version]{Min: smp.MinVersion, Max: v}})
	var key smp.PrivateKey
	if alg != 0 {
		key = newKey(t, alg)
	}
	send := smp.SEND{Body: []byte("hello")}
	result := async(c, Request{EntityID: []byte("queue"), Key: key, Command: send})
	got := r.one()
	verifier := smp.Verifier{Session: r.session(), Key: r.conn.Session().Key}
	if alg != 0 && !verifier.Verify(got, key.Public()) || alg == 0 && len(got.Authorization) > 0 {
		t.Error("the authorization is wrong")
	}
	if body := string(r.command(got).(smp.SEND).Body); body != "hello" || string(got.EntityID) != "queue" || len(got.CorrID) != 24 {
		t.Errorf("%q to %q, correlation id of %d bytes", body, got.EntityID, len(got.CorrID))
	}
	r.say(r.reply(got, smp.OK{}))
	if res := <-result; OK(res.Response, res.Err) != nil {
		t.Error(res.Err)
	}
}

func TestDoRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		result := async(c, ping)
		r.answer(smp.ERR{Err: smp.ErrAuth})
		var refused *smp.Error
		if err := (<-result).Err; !errors.As(err, &refused) || !errors.Is(err, smp.ErrAuth) {
			t.Errorf("error %v, want AUTH", err)
		}
		if c.Err() != nil {
			t.Errorf("the connection ended: %v", c.Err())
		}
	})
}

func TestChosenCorrelationID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		id := []byte("twenty-four bytes, agree")
		async(c, Request{Command: smp.PING{}, CorrID: id})
		if got := r.one(); string(got.CorrID) != string(id) {
			t.Errorf("correlation id %q", got.CorrID)
		}
	})
}

// What is prepared leaves when it is sent, whatever was prepared before it.
func TestPrepare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		key := newKey(t, smp.Ed25519)
		never := c.Prepare(Request{Command: smp.PING{}})
		p := c.Prepare(Request{EntityID: []byte("queue"), Key: key, Command: smp.ACK{MsgID: []byte("id")}})
		result := make(chan error, 1)
		go func() { result <- OK(p.Send(t.Context())) }()
		got := r.one()
		verifier := smp.Verifier{Session: r.session(), Key: r.conn.Session().Key}
		if ack, ok := r.command(got).(smp.ACK); !ok || string(ack.MsgID) != "id" || !verifier.Verify(got, key.Public()) {
			t.Errorf("%+v", r.command(got))
		}
		r.say(r.reply(got, smp.OK{}))
		if err := <-result; err != nil {
			t.Error(err)
		}
		c.Close()
		if _, err := never.Send(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("sent on a connection that is closed: %v", err)
		}
	})
}

// Requests that are made together share blocks.
func TestSendAllFillsBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		results := make(chan []Result)
		go func() { results <- c.SendAll(t.Context(), slices.Repeat([]Request{ping}, 300)) }()
		for _, want := range []int{255, 45} {
			got := r.next()
			if len(got) != want {
				t.Errorf("%d transmissions in the block, want %d", len(got), want)
			}
			for _, g := range got {
				r.say(r.reply(g, smp.PONG{}))
			}
		}
		for i, res := range <-results {
			if res.Err != nil || res.Response != (smp.PONG{}) {
				t.Fatalf("result %d: %v, %v", i, res.Response, res.Err)
			}
		}
	})
}

// Blocks are filled by size, too, and requests made alone join while the relay
// is slow to read.
func TestConcurrentRequestsShareBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		body := make([]byte, 5000)
		var results []<-chan Result
		for range 7 {
			results = append(results, async(c, Request{EntityID: []byte("q"), Command: smp.SEND{Body: body}}))
			synctest.Wait()
		}
		for _, want := range []int{1, 3, 3} {
			got := r.next()
			if len(got) != want {
				t.Fatalf("%d transmissions in the block, want %d", len(got), want)
			}
			for _, g := range got {
				r.say(r.reply(g, smp.OK{}))
			}
		}
		for _, result := range results {
			if res := <-result; res.Err != nil {
				t.Error(res.Err)
			}
		}
	})
}

func TestLargestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		request := Request{EntityID: make([]byte, 24), Key: newKey(t, smp.Ed448), Command: smp.SEND{Body: make([]byte, smp.MaxMessageSize(smp.MaxVersion))}}
		result := async(c, request)
		r.answer(smp.OK{})
		if res := <-result; res.Err != nil {
			t.Error(res.Err)
		}
		request.Command = smp.SEND{Body: make([]byte, transport.BlockSize)}
		if _, err := c.Send(t.Context(), request); !errors.Is(err, transport.ErrTooLarge) {
			t.Errorf("a request larger than a block: %v", err)
		}
	})
}

func TestWrongKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := connect(t, setup{versions: smp.Range[smp.Version]{Min: 6, Max: 6}})
		// Version 6 has no authenticators: the relay sent no key.
		for _, alg := range []smp.Algorithm{smp.X25519, smp.X448} {
			if _, err := c.Do(t.Context(), []byte("q"), newKey(t, alg), smp.SUB{}); !errors.Is(err, ErrKey) {
				t.Errorf("%v: %v", alg, err)
			}
		}
	})
}

func TestSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{MaxPending: 100}})
		key := newKey(t, smp.Ed25519)
		queues := make([]Queue, 250)
		for i := range queues {
			queues[i] = Queue{ID: fmt.Appendf(nil, "queue %03d", i), Key: key}
		}
		results := make(chan []error)
		go func() { results <- c.Subscribe(t.Context(), queues) }()
		for n := 0; n < len(queues); {
			for _, got := range r.next() {
				switch {
				case n%3 == 0:
					r.say(r.reply(got, smp.ERR{Err: smp.ErrAuth}))
				case n%3 == 1:
					r.say(r.reply(got, smp.OK{}))
				default:
					r.say(r.reply(got, smp.SOK{}), r.unasked(string(got.EntityID), message("m")))
				}
				n++
			}
		}
		for i, err := range <-results {
			if (i%3 == 0) != errors.Is(err, smp.ErrAuth) || i%3 != 0 && err != nil {
				t.Errorf("queue %d: %v", i, err)
			}
		}
		for i := 2; i < len(queues); i += 3 {
			if e := r.event(); string(e.EntityID) != string(queues[i].ID) {
				t.Fatalf("message of %q, want %q", e.EntityID, queues[i].ID)
			}
		}
		r.silent()
	})
}

func TestNothingToSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := connect(t, setup{})
		if errs := c.Subscribe(t.Context(), nil); len(errs) != 0 {
			t.Errorf("%d results for no queues", len(errs))
		}
	})
}

func TestMaxPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{MaxPending: 2}})
		first, second, third := async(c, ping), async(c, ping), async(c, ping)
		synctest.Wait()
		got := r.next()
		if len(got) == 1 {
			got = append(got, r.next()...)
		}
		if len(got) != 2 {
			t.Fatalf("%d requests under way, want 2", len(got))
		}
		r.say(r.reply(got[0], smp.PONG{}), r.reply(got[1], smp.PONG{}))
		r.answer(smp.PONG{})
		for _, result := range []<-chan Result{first, second, third} {
			if res := <-result; res.Err != nil {
				t.Error(res.Err)
			}
		}
	})
}

func TestAs(t *testing.T) {
	if _, err := As[smp.IDS](smp.OK{}, nil); !errors.Is(err, ErrUnexpected) || !strings.Contains(err.Error(), "OK") {
		t.Errorf("OK for IDS: %v", err)
	}
	if ids, err := As[smp.IDS](smp.IDS{RecipientID: []byte("r")}, nil); err != nil || string(ids.RecipientID) != "r" {
		t.Errorf("%v, %v", ids, err)
	}
	if _, err := As[smp.IDS](nil, smp.ErrQuota); err != smp.ErrQuota {
		t.Errorf("error %v", err)
	}
	if err := OK(smp.PONG{}, nil); !errors.Is(err, ErrUnexpected) {
		t.Errorf("PONG for OK: %v", err)
	}
	if err := OK(nil, smp.ErrQuota); err != smp.ErrQuota {
		t.Errorf("error %v", err)
	}
}

func TestEndings(t *testing.T) {
	stop := errors.New("the user went away")
	for _, tt := range []struct {
		name string
		end  func(*Client, *relay)
		want error
	}{
		{"closed", func(c *Client, _ *relay) { c.Close() }, ErrClosed},
		{"closed by the relay", func(_ *Client, r *relay) { r.nc.Close() }, ErrRelayClosed},
		{"block of rubbish", func(_ *Client, r *relay) { r.nc.Write(make([]byte, transport.BlockSize)) }, transport.ErrBlock},
		{"half a block", func(_ *Client, r *relay) {
			r.nc.Write(make([]byte, 100))
			r.nc.Close()
		}, nil},
		{"batch of nothing", func(_ *Client, r *relay) { r.block([]byte{0}) }, nil},
		{"empty content", func(_ *Client, r *relay) { r.block(nil) }, nil},
		{"no transmission", func(_ *Client, r *relay) { r.block([]byte{1, 0, 1, 9}) }, smp.ErrTransmission},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, r := connect(t, setup{})
				result := async(c, ping)
				r.one()
				tt.end(c, r)
				res := <-result
				<-c.Done()
				if err := c.Err(); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("reason %v, want %v", err, tt.want)
				}
				if !errors.Is(res.Err, c.Err()) {
					t.Errorf("request: %v, want the reason %v", res.Err, c.Err())
				}
				if _, err := c.Do(t.Context(), nil, smp.PrivateKey{}, smp.PING{}); !errors.Is(err, c.Err()) {
					t.Errorf("request after the end: %v, want %v", err, c.Err())
				}
				c.end(stop)
				if errors.Is(c.Err(), stop) {
					t.Error("the reason changed")
				}
			})
		})
	}
}

func TestEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		ctx, cancel := context.WithCancelCause(t.Context())
		second := New(ctx, transport.NewConn(r.nc), Options{})
		why := errors.New("enough")
		cancel(why)
		<-second.Done()
		if second.Err() != why {
			t.Errorf("reason %v, want %v", second.Err(), why)
		}
		c.Close()
	})
}

// A relay that does not read does not hold the client for ever.
func TestRelayDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := connect(t, setup{Options: Options{WriteTimeout: time.Second}})
		start := time.Now()
		if _, err := c.Do(t.Context(), nil, smp.PrivateKey{}, smp.PING{}); err == nil {
			t.Error("there was an answer")
		}
		<-c.Done()
		if took := time.Since(start); took != time.Second {
			t.Errorf("ended after %v", took)
		}
	})
}
