//go:build !js

package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
)

func TestAnswersInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		results := make(chan []Result)
		var requests []Request
		for i := range 20 {
			requests = append(requests, Request{EntityID: fmt.Append(nil, i), Command: smp.SEND{}})
		}
		go func() { results <- c.SendAll(t.Context(), requests) }()
		got := r.next()
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		for _, g := range got {
			r.say(r.reply(g, smp.SOK{ServiceID: g.EntityID}))
		}
		for i, res := range <-results {
			if sok, err := As[smp.SOK](res.Response, res.Err); err != nil || string(sok.ServiceID) != fmt.Sprint(i) {
				t.Errorf("request %d: %q, %v", i, sok.ServiceID, err)
			}
		}
	})
}

// What comes too late or twice is nobody's, and harms nobody.
func TestLateAndRepeatedAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{Timeout: time.Second, PingAfter: -1}})
		late := async(c, ping)
		first := r.one()
		if err := (<-late).Err; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want that the deadline is over", err)
		}
		r.say(r.reply(first, smp.PONG{}))
		inTime := async(c, ping)
		second := r.one()
		pong := r.reply(second, smp.PONG{})
		r.say(pong, pong)
		r.say(r.reply(second, smp.ERR{Err: smp.ErrAuth}), r.reply(first, smp.ERR{Err: smp.ErrAuth}))
		if res := <-inTime; res.Err != nil {
			t.Error(res.Err)
		}
		r.silent()
		if c.Err() != nil {
			t.Errorf("the connection ended: %v", c.Err())
		}
	})
}

// A message is not lost with the caller that gave up.
func TestLateMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{Timeout: time.Second, PingAfter: -1}})
		result := async(c, sub("q", newKey(t, smp.Ed25519)))
		request := r.one()
		<-result
		r.say(r.reply(request, message("late")))
		e := r.event()
		if m, ok := e.Response.(smp.MSG); !ok || string(m.MsgID) != "late" || string(e.EntityID) != "q" {
			t.Errorf("event %v of %q", e.Response, e.EntityID)
		}
	})
}

func TestMessageAsAnswer(t *testing.T) {
	ok := smp.OK{}
	for _, tt := range []struct {
		command smp.Command
		want    smp.Response // nil: the message
	}{
		{smp.SUB{}, ok},
		{smp.ACK{MsgID: []byte("before")}, ok},
		{smp.GET{}, nil},
	} {
		t.Run(tt.command.Tag(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, r := connect(t, setup{})
				result := async(c, Request{EntityID: []byte("q"), Key: newKey(t, smp.Ed25519), Command: tt.command})
				r.answer(message("m"))
				res := <-result
				if tt.want == nil {
					if m, err := As[smp.MSG](res.Response, res.Err); err != nil || string(m.MsgID) != "m" {
						t.Errorf("%v, %v", m, err)
					}
					r.silent()
					return
				}
				if res.Err != nil || res.Response != tt.want {
					t.Errorf("%v, %v", res.Response, res.Err)
				}
				if e := r.event(); string(e.EntityID) != "q" || string(e.Response.(smp.MSG).MsgID) != "m" {
					t.Errorf("event %v", e)
				}
			})
		})
	}
}

func TestUnexpectedAnswers(t *testing.T) {
	for name, answer := range map[string]func(*relay, smp.Transmission) smp.Transmission{
		"for another queue": func(r *relay, to smp.Transmission) smp.Transmission {
			to.EntityID = []byte("other")
			return r.reply(to, smp.OK{})
		},
		"unknown word": func(_ *relay, to smp.Transmission) smp.Transmission {
			to.Authorization, to.Command = nil, []byte("WHAT is this")
			return to
		},
		"broken": func(_ *relay, to smp.Transmission) smp.Transmission {
			to.Authorization, to.Command = nil, []byte("MSG \x18short")
			return to
		},
		"empty": func(_ *relay, to smp.Transmission) smp.Transmission {
			to.Authorization, to.Command = nil, nil
			return to
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, r := connect(t, setup{})
				result := async(c, sub("q", newKey(t, smp.Ed25519)))
				r.say(answer(r, r.one()))
				if err := (<-result).Err; !errors.Is(err, ErrUnexpected) {
					t.Errorf("error %v, want ErrUnexpected", err)
				}
				if c.Err() != nil {
					t.Errorf("the connection ended: %v", c.Err())
				}
			})
		})
	}
}

// Words of later versions that nobody asked for are passed over.
func TestUnknownEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r := connect(t, setup{})
		r.say(smp.Transmission{EntityID: []byte("q"), Command: []byte("NEWS of version 99")}, r.unasked("q", smp.END{}))
		if e := r.event(); e.Response != (smp.END{}) {
			t.Errorf("event %v", e)
		}
		r.silent()
	})
}

func TestEventsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r := connect(t, setup{})
		for i := range 10 {
			r.say(r.unasked("q", message(fmt.Sprint(2*i))), r.unasked("q", message(fmt.Sprint(2*i+1))))
		}
		for i := range 20 {
			if m := r.event().Response.(smp.MSG); string(m.MsgID) != fmt.Sprint(i) || string(m.Body) != "body of "+fmt.Sprint(i) {
				t.Errorf("message %q: %q, want %d", m.MsgID, m.Body, i)
			}
		}
		for _, response := range []smp.Response{smp.END{}, smp.DELD{}, smp.ALLS{}} {
			r.say(r.unasked("q", response))
			if e := r.event(); e.Response != response {
				t.Errorf("event %v, want %v", e.Response, response)
			}
		}
	})
}

// A handler that takes its time slows the relay down, and no more than MaxEvents
// wait.
func TestSlowHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := make(chan Event)
		const wait = 3
		_, r := connect(t, setup{Options: Options{MaxEvents: wait}, handler: func(e Event) { next <- e }})
		sent := 0
		go func() {
			for ; sent < 20; sent++ {
				r.say(r.unasked("q", message(fmt.Sprint(sent))))
			}
		}()
		synctest.Wait()
		// One is with the handler, wait are in line, and one is in readLoop.
		if sent != wait+2 {
			t.Errorf("the relay could send %d events, want %d", sent, wait+2)
		}
		for i := range 20 {
			if m := (<-next).Response.(smp.MSG); string(m.MsgID) != fmt.Sprint(i) {
				t.Errorf("message %q, want %d", m.MsgID, i)
			}
		}
	})
}

// A handler that is stuck does not keep the client from ending.
func TestStuckHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c, r := connect(t, setup{Options: Options{MaxEvents: 1}, handler: func(Event) { <-release }})
		for range 3 {
			r.say(r.unasked("q", smp.END{}))
		}
		synctest.Wait()
		c.Close()
		synctest.Wait()
		close(release)
	})
}

// A request that its caller gave up before it was sent is not sent.
func TestAbandonedIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		async(c, sub("first", newKey(t, smp.Ed25519))) // holds the writer
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() {
			_, err := c.Do(ctx, []byte("second"), smp.PrivateKey{}, smp.SEND{})
			gone <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		async(c, sub("third", newKey(t, smp.Ed25519)))
		synctest.Wait()
		if first, third := r.one(), r.one(); string(first.EntityID) != "first" || string(third.EntityID) != "third" {
			t.Errorf("sent %q, %q", first.EntityID, third.EntityID)
		}
	})
}

// Against a relay that loses, delays, repeats and reorders answers, every
// caller gets its own answer or a deadline.
func TestBadRelay(t *testing.T) {
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) { testBadRelay(t, rand.New(rand.NewPCG(seed, seed))) })
	}
}

func testBadRelay(t *testing.T, random *rand.Rand) {
	c, r := connect(t, setup{Options: Options{Timeout: 10 * time.Second, PingAfter: -1}})
	replies := make(chan smp.Transmission, 1000)
	go func() {
		for {
			content, err := r.conn.ReadBlock()
			if err != nil {
				close(replies)
				return
			}
			batch, _ := smp.ParseBatch(content)
			for _, encoded := range batch {
				got, _ := r.session().Parse(encoded)
				replies <- r.reply(got, smp.SOK{ServiceID: got.EntityID})
			}
		}
	}()
	go badReplies(r, random, replies)
	done := make(chan bool)
	for i := range 200 {
		go func() {
			time.Sleep(time.Duration(i%17) * 300 * time.Millisecond)
			response, err := c.Do(t.Context(), fmt.Append(nil, i), smp.PrivateKey{}, smp.SEND{})
			sok, asErr := As[smp.SOK](response, err)
			if asErr == nil && string(sok.ServiceID) != fmt.Sprint(i) || asErr != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("request %d: %q, %v", i, sok.ServiceID, err)
			}
			done <- asErr == nil
		}()
	}
	answered := 0
	for range 200 {
		if <-done {
			answered++
		}
	}
	if answered < 100 || answered == 200 {
		t.Errorf("%d of 200 answered; the relay is not as bad as it should be", answered)
	}
	if c.Err() != nil {
		t.Errorf("the connection ended: %v", c.Err())
	}
	c.Close()
}

func badReplies(r *relay, random *rand.Rand, replies <-chan smp.Transmission) {
	var held []smp.Transmission
	say := func(t smp.Transmission) {
		r.conn.WriteBlock(append([]byte{1}, lengthPrefixed(r.session().Append(nil, t))...))
	}
	for reply := range replies {
		switch random.IntN(6) {
		case 0: // lost
		case 1: // delayed past others
			held = append(held, reply)
		case 2: // twice
			say(reply)
			say(reply)
		case 3: // slow
			time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
			say(reply)
		default:
			say(reply)
			if n := len(held); n > 0 {
				say(held[n-1])
				held = held[:n-1]
			}
		}
	}
}

func lengthPrefixed(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }
