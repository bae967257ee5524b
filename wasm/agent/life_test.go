//go:build !js

package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/wasm/store"
)

// TestQuota: a full queue makes the sender wait, and the receiver tells it to go
// on when it has read everything.
func TestQuota(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, _ := w.connect(alice, bob)
		bob.kill()
		const total = 150
		for i := range total {
			alice.send(a, fmt.Sprint(i))
		}
		w.pass(time.Minute)
		if n := len(happened[SentToRelay](alice)); n < 100 || n >= total {
			t.Errorf("%d messages on the relay", n)
		}
		if e := one[SendDelayed](alice); !errors.Is(e.Err, smp.ErrQuota) {
			t.Errorf("%+v", e)
		}
		bob.start()
		w.pass(time.Minute) // less than the pause after a full queue
		if n := len(bob.texts()); n != total {
			t.Errorf("bob got %d of %d", n, total)
		}
	})
}

// TestErase: the last message goes out, the queue goes, the peer learns of it,
// and nothing is left in the store, whatever happens meanwhile.
func TestErase(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		alice.receipt = true
		a, b := w.connect(alice, bob)
		bob.send(b, "one")
		w.pass(time.Second)
		away := errors.New("no network")
		w.relays[0].setAway(away)
		w.relays[1].setAway(away)
		alice.do(func(t *Turn) error {
			if _, err := t.Send(a, []byte("bye"), SendOptions{}); err != nil {
				return err
			}
			return t.Erase(a)
		})
		w.pass(time.Second)
		alice.kill()
		alice.start()
		w.relays[0].setAway(nil)
		w.relays[1].setAway(nil)
		w.pass(time.Hour)
		if texts := bob.texts(); len(texts) != 1 || texts[0] != "bye" {
			t.Errorf("bob got %q", texts)
		}
		n := bob.send(b, "are you there?")
		w.pass(time.Minute)
		if e := one[Ended](bob); e.Conn != b || !errors.Is(e.Err, ErrQueueGone) {
			t.Errorf("%+v", e)
		}
		if e := one[SendFailed](bob); e.MsgID != n {
			t.Errorf("%+v", e)
		}
		bob.do(func(t *Turn) error { return t.Erase(b) })
		w.pass(time.Hour)
		checkEmpty(t, alice)
		checkEmpty(t, bob)
		err := bob.agent.Do(w.ctx, func(t *Turn) error { return t.Erase(b) })
		if !errors.Is(err, ErrUnknownConn) {
			t.Error(err)
		}
	})
}

// checkEmpty checks that an agent left no record behind.
func checkEmpty(t *testing.T, p *person) {
	t.Helper()
	for _, bucket := range []string{bucketConns, bucketRatchets, bucketSkipped, bucketOut, bucketSent, bucketReceived, bucketDeletes} {
		records, err := p.store.Scan(t.Context(), bucket, store.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			t.Errorf("%s: %s has %s", p.name, bucket, r.Key)
		}
	}
}

// TestEraseInvitation: a link that was withdrawn cannot be opened.
func TestEraseInvitation(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		a, link := alice.invite()
		alice.do(func(t *Turn) error { return t.Erase(a) })
		w.pass(time.Minute)
		checkEmpty(t, alice)
		bob.join(link)
		w.pass(time.Minute)
		if e := one[JoinFailed](bob); !errors.Is(e.Err, ErrLinkUsed) {
			t.Errorf("%+v", e)
		}
	})
}

// TestLastWords: what the peer sent before it left is received, although we
// heard of its leaving first.
func TestLastWords(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, b := w.connect(alice, bob)
		w.relays[1].setAway(errors.New("no network"))
		w.pass(time.Second)
		alice.do(func(t *Turn) error {
			if _, err := t.Send(a, []byte("bye"), SendOptions{}); err != nil {
				return err
			}
			return t.Erase(a)
		})
		w.pass(time.Minute)
		bob.send(b, "hello?")
		w.pass(time.Minute)
		one[Ended](bob)
		w.relays[1].setAway(nil)
		w.pass(time.Hour)
		one[Received](bob)
	})
}

// TestEarlyMessages: in the fast handshake, the joiner may write before it was
// let in, and its messages are confirmed after that.
func TestEarlyMessages(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[1]).start()
		alice.allow, alice.receipt = false, true
		alice.start()
		a, link := alice.invite()
		b := bob.join(link)
		if err := bob.agent.Do(w.ctx, func(t *Turn) error { _, err := t.Send(b, nil, SendOptions{}); return err }); !errors.Is(err, ErrNotConnected) {
			t.Errorf("before the confirmation is made: %v", err)
		}
		w.pass(time.Minute)
		n := bob.send(b, "early")
		w.pass(time.Minute)
		one[Confirmed](alice)
		one[Received](alice)
		alice.kill()
		alice.start()
		if state := alice.info(a).State; state != Asked {
			t.Errorf("state %d", state)
		}
		alice.do(func(t *Turn) error { return t.Allow(a, []byte("welcome")) })
		w.pass(time.Minute)
		one[Connected](alice)
		one[Connected](bob)
		if e := one[Delivered](bob); len(e.MsgIDs) != 1 || e.MsgIDs[0] != n {
			t.Errorf("%+v", e)
		}
	})
}

// TestUnknownMessages: what later versions say is no error.
func TestUnknownMessages(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		a, _ := w.connect(alice, bob)
		id := queueID{w.relays[0].address.Address, []byte("id")}
		contents := []content{useQueues{[]queueReady{{id, true}}}, testQueues{[]queueID{id}}, ready{5}, future{}}
		alice.do(func(turn *Turn) error {
			for _, c := range contents {
				if _, err := turn.enqueue(turn.edit(a), kindContinue, c, false); err != nil {
					return err
				}
			}
			return nil
		})
		alice.send(a, "hello")
		w.pass(time.Minute)
		var tags []string
		for _, e := range happened[Ignored](bob) {
			tags = append(tags, e.Tag)
		}
		if got := strings.Join(tags, " "); got != "?" {
			t.Errorf("ignored %q", got)
		}
		if e := one[Unreadable](bob); !errors.Is(e.Err, errMove) {
			t.Errorf("%+v", e)
		}
		if texts := bob.texts(); len(texts) != 1 {
			t.Errorf("bob got %q", texts)
		}
	})
}

// A future is a content that nobody knows.
type future struct{}

func (future) append(b []byte) []byte { return append(b, "Zsomething"...) }

// TestGarbage: who knows the address of a queue that is not secured can put
// things in it, but not in the way.
func TestGarbage(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[0]).start()
		alice.speak.secure = false
		alice.start()
		_, link := alice.invite()
		l, err := ParseLink(link)
		if err != nil {
			t.Fatal(err)
		}
		q := l.Request.Queues[0]
		eve, err := bob.agent.newSendQueue(q.At(4))
		if err != nil {
			t.Fatal(err)
		}
		var nonce smp.Nonce
		seal := func(header smp.PublicKey, body string) []byte {
			b, err := smp.SealEnvelope(eve.secret, nonce, 4, header, smp.ClientMessage{SenderKey: eve.auth.private().Public(), Body: []byte(body)})
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		params := l.Request.Params
		fake := confirmation{version: 7, sealed: make([]byte, 15000)}
		p, err := params.Agree()
		if err != nil {
			t.Fatal(err)
		}
		fake.params = &p
		bodies := [][]byte{nil, []byte("x"), make([]byte, 16000), seal(eve.key, ""), seal(smp.PublicKey{}, "x"), seal(eve.key, "\x00\x07Mxxx"),
			seal(eve.key, string(confirmation{version: 7, sealed: []byte("x")}.append(nil))), seal(eve.key, string(fake.append(nil)))}
		conn, err := w.relays[0].dial(w.ctx, smp.Range[smp.Version]{})
		if err != nil {
			t.Fatal(err)
		}
		c := client.New(w.ctx, conn, client.Options{})
		defer c.Close()
		for _, b := range bodies {
			if err := client.OK(c.Do(w.ctx, q.SenderID, smp.PrivateKey{}, smp.SEND{Body: b})); err != nil {
				t.Fatal(err)
			}
		}
		bob.join(link)
		w.pass(time.Minute)
		one[Connected](alice)
		one[Connected](bob)
		if n := len(happened[Unreadable](alice)); n != len(bodies) {
			t.Errorf("%d of %d reported", n, len(bodies))
		}
	})
}

// TestSecondRelay: with the first of our relays out of reach, the next is used.
func TestSecondRelay(t *testing.T) {
	inWorld(t, 3, func(w *world) {
		alice, bob := w.person("alice", w.relays[0], w.relays[1]).start(), w.person("bob", w.relays[0], w.relays[2]).start()
		w.relays[0].setAway(errors.New("no network"))
		a, link := alice.invite()
		b := bob.join(link)
		w.pass(time.Minute)
		one[Connected](alice)
		alice.receipt, bob.receipt = true, true
		w.converse(alice, a, bob, b, 2)
		checkInfo(t, alice, a, bob, b)
		if i := bob.info(b); !i.ReceiveRelay.Equal(w.relays[2].address.Address) {
			t.Errorf("%+v", i)
		}
	})
}

// TestTooLong: lengths are checked before anything changes.
func TestTooLong(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[0]).start()
		alice.allow = false
		alice.start()
		a, link := alice.invite()
		long := make([]byte, 11106)
		err := bob.agent.Do(w.ctx, func(t *Turn) error { _, err := t.Join(link, long); return err })
		if !errors.Is(err, ErrInfoTooLong) {
			t.Errorf("join: %v", err)
		}
		if len(bob.agent.conns) != 0 {
			t.Error("a connection was made")
		}
		b := ConnID("")
		bob.do(func(t *Turn) (err error) { b, err = t.Join(link, long[:10800]); return err })
		w.pass(time.Minute)
		allow := func(n int) error {
			return alice.agent.Do(w.ctx, func(t *Turn) error { return t.Allow(a, long[:n]) })
		}
		if err := allow(11104); !errors.Is(err, ErrInfoTooLong) {
			t.Errorf("allow: %v", err)
		}
		if err := allow(11103); err != nil {
			t.Errorf("allow: %v", err)
		}
		w.pass(time.Minute)
		one[Connected](bob)
		room := 0
		bob.do(func(t *Turn) error { room = t.Room(b); return nil })
		err = bob.agent.Do(w.ctx, func(t *Turn) error { _, err := t.Send(b, make([]byte, room+1), SendOptions{}); return err })
		if !errors.Is(err, ErrTooLong) {
			t.Errorf("send: %v", err)
		}
		bob.send(b, string(make([]byte, room)))
		w.pass(time.Minute)
		if e := one[Received](alice); len(e.Body) != room || e.Integrity != (Integrity{}) {
			t.Errorf("%d bytes, %+v", len(e.Body), e.Integrity)
		}
	})
}

// TestFailedTurn: an error of the app leaves no trace.
func TestFailedTurn(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		a, _ := w.connect(alice, bob)
		changed := errors.New("changed my mind")
		err := alice.agent.Do(w.ctx, func(t *Turn) error {
			if _, err := t.Send(a, []byte("unsaid"), SendOptions{}); err != nil {
				return err
			}
			t.Put("app", "key", []byte("value"))
			if err := t.Erase(a); err != nil {
				return err
			}
			return changed
		})
		if err != changed {
			t.Error(err)
		}
		err = alice.agent.Invite(w.ctx, func(*Turn, ConnID, string) error { return changed })
		if err != changed {
			t.Error(err)
		}
		alice.send(a, "said")
		w.pass(time.Minute)
		if texts := bob.texts(); len(texts) != 1 || texts[0] != "said" {
			t.Errorf("bob got %q", texts)
		}
		if _, err := alice.store.Get(w.ctx, "app", "key"); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		if n := len(alice.agent.conns); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// TestFailedCommit: nothing leaves, and the agent stops and says why.
func TestFailedCommit(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[0]).start()
		m := new(mortal)
		alice.store = m
		alice.start()
		a, _ := w.connect(alice, bob)
		m.dieAt.Store(m.commits.Load() + 1)
		err := alice.agent.Do(w.ctx, func(t *Turn) error { _, err := t.Send(a, []byte("unsaid"), SendOptions{}); return err })
		if !errors.Is(err, errKilled) {
			t.Errorf("send: %v", err)
		}
		<-alice.agent.Done()
		if err := alice.agent.Err(); !errors.Is(err, errKilled) {
			t.Errorf("Err: %v", err)
		}
		if err := alice.agent.Do(w.ctx, func(*Turn) error { return nil }); !errors.Is(err, ErrClosed) {
			t.Errorf("Do: %v", err)
		}
		if err := alice.agent.Invite(w.ctx, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Invite: %v", err)
		}
		w.pass(time.Hour)
		if texts := bob.texts(); len(texts) != 0 {
			t.Errorf("bob got %q", texts)
		}
	})
}

// TestAppError: an app that cannot go on stops the agent, and gets the event
// again after a restart.
func TestAppError(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		a, _ := w.connect(alice, bob)
		broken := errors.New("broken")
		bob.on = func(*Turn, Event) error { return broken }
		alice.send(a, "hello")
		w.pass(time.Minute)
		<-bob.agent.Done()
		if err := bob.agent.Err(); !errors.Is(err, broken) {
			t.Error(err)
		}
		bob.on, bob.agent = nil, nil
		bob.start()
		w.pass(time.Minute)
		if texts := bob.texts(); len(texts) != 1 {
			t.Errorf("bob got %q", texts)
		}
	})
}

// TestDoCancelled: Do does not wait longer than its caller.
func TestDoCancelled(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice := w.person("alice", w.relays[0]).start()
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		for range 10 {
			if err := alice.agent.Do(ctx, func(*Turn) error { return nil }); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	})
}

// TestLateCopy: a copy of a message that comes after later ones is dropped.
func TestLateCopy(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, b := w.connect(alice, bob)
		w.relays[1].setAway(errors.New("no network"))
		alice.send(a, "one")
		alice.send(a, "two")
		c := alice.agent.conns[a]
		late, err := alice.agent.outgoing(w.ctx, a, c.outFirst)
		if err != nil {
			t.Fatal(err)
		}
		w.relays[1].setAway(nil)
		w.pass(time.Hour)
		bob.send(b, "three")
		w.pass(time.Minute)
		alice.send(a, "four")
		w.pass(time.Minute)
		conn, err := w.relays[1].dial(w.ctx, smp.Range[smp.Version]{})
		if err != nil {
			t.Fatal(err)
		}
		relay := client.New(w.ctx, conn, client.Options{})
		defer relay.Close()
		if err := c.send.deliver(w.ctx, relay, late); err != nil {
			t.Fatal(err)
		}
		alice.send(a, "five")
		w.pass(time.Minute)
		if got := strings.Join(bob.texts(), " "); got != "one two four five" {
			t.Errorf("bob got %q", got)
		}
		if e := happened[Unreadable](bob); len(e) != 0 {
			t.Errorf("%+v", e)
		}
	})
}

// TestHostileRelay: a relay that takes connections and ends them at the first
// command is not asked again and again.
func TestHostileRelay(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, _ := w.connect(alice, bob)
		var dials atomic.Int64
		w.relays[1].restart()
		w.relays[1].setFilter(func(c net.Conn) net.Conn {
			dials.Add(1)
			return &brief{Conn: c}
		})
		bob.kill()
		alice.send(a, "hello")
		w.pass(time.Hour)
		if n := dials.Load(); n > 40 {
			t.Errorf("%d connections in an hour", n)
		}
		w.relays[1].setFilter(nil)
		bob.start()
		w.pass(time.Hour)
		if texts := bob.texts(); len(texts) != 1 {
			t.Errorf("bob got %q", texts)
		}
	})
}

// A brief connection ends with the second block that is written.
type brief struct {
	net.Conn
	blocks int
}

func (b *brief) Write(p []byte) (int, error) {
	if b.blocks++; b.blocks > 1 {
		b.Close()
	}
	return b.Conn.Write(p)
}

// TestReceiptsTogether: while a message cannot leave, receipts wait, and then go
// in one message; a restart between changes nothing.
func TestReceiptsTogether(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, b := w.connect(alice, bob)
		bob.receipt = true
		alice.cut.Store(w.relays[0]) // what bob sends waits there
		w.relays[0].setAway(errors.New("no network"))
		bob.send(b, "hello")
		const total = 600 // more than fit in two of them
		for range total / 100 {
			for range 100 {
				alice.send(a, "hello")
			}
			w.pass(time.Minute)
		}
		if n := len(happened[Received](bob)); n != total {
			t.Fatalf("bob got %d", n)
		}
		queued := func() uint64 { return bob.agent.conns[b].outNext - bob.agent.conns[b].outFirst }
		if n := queued(); n != 3 { // the message, and two full ones
			t.Errorf("%d are to be sent", n)
		}
		bob.kill()
		bob.start()
		alice.cut.Store(nil)
		w.relays[0].setAway(nil)
		w.pass(time.Hour)
		if n := alice.delivered(); n != total {
			t.Errorf("%d confirmed", n)
		}
		if n := queued(); n != 0 || bob.agent.conns[b].owed != nil {
			t.Errorf("%d are still to be sent", n)
		}
	})
}

// TestReceiptsOfStream: the first message of a stream is confirmed at once, the
// others a moment later in one message, also if the program ended meanwhile.
func TestReceiptsOfStream(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, b := w.connect(alice, bob)
		w.pass(time.Minute)
		bob.receipt = true
		before := bob.agent.conns[b].sent
		const total = 100
		for range total {
			alice.send(a, "hello")
		}
		w.pass(receiptPause / 2)
		confirmed := alice.delivered()
		if owed := len(bob.agent.conns[b].owed); owed != total-1 || confirmed != 1 {
			t.Errorf("%d are owed, %d confirmed", owed, confirmed)
		}
		bob.kill()
		bob.start()
		w.pass(time.Minute)
		if n := confirmed + alice.delivered(); n != total {
			t.Errorf("%d confirmed", n)
		}
		if n := bob.agent.conns[b].sent - before; n != 2 {
			t.Errorf("%d messages with receipts", n)
		}
	})
}

// TestExpireTogether: what is too old is given up at once, and what is not is
// sent later.
func TestExpireTogether(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, _ := w.connect(alice, bob)
		w.relays[1].setAway(errors.New("no network"))
		for range 100 {
			alice.send(a, "old")
		}
		w.pass(offlineLimit - time.Hour)
		alice.send(a, "new")
		w.pass(2 * time.Hour)
		failed := happened[SendFailed](alice)
		for _, e := range failed {
			if !errors.Is(e.Err, ErrExpired) {
				t.Errorf("%+v", e)
			}
		}
		if len(failed) != 100 {
			t.Errorf("%d were given up", len(failed))
		}
		w.relays[1].setAway(nil)
		w.pass(time.Hour)
		if got := happened[Received](bob); len(got) != 1 || string(got[0].Body) != "new" {
			t.Errorf("%+v", got)
		}
	})
}
