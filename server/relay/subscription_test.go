package relay_test

import (
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/smp"
)

func TestSubscriptionMoves(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		phone, laptop, bob := w.dial(18), w.dial(18), w.dial(18)
		q := phone.create(smp.Messaging)
		phone.want(q.recipient, q.recipientKey, smp.SUB{}, smp.SOK{})
		bob.want(q.sender, noKey, smp.SEND{Body: []byte("1")}, smp.OK{})
		id := q.message(w, phone.wantEvent(q.recipient, smp.MSG{}), "1")

		got, others := laptop.ask(q.recipient, q.recipientKey, smp.SUB{})
		if !same(got, smp.SOK{}) || len(others) != 1 {
			t.Fatalf("SUB is answered %s and %d more", words(got), len(others))
		}
		q.message(w, laptop.wantIs(others[0], q.recipient, smp.MSG{}), "1")
		phone.wantEvent(q.recipient, smp.END{})
		phone.wantERR(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.ErrNoMsg)
		laptop.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
		bob.want(q.sender, noKey, smp.SEND{Body: []byte("2")}, smp.OK{})
		phone.wantQuiet()
		q.message(w, laptop.wantEvent(q.recipient, smp.MSG{}), "2")

		laptop.conn.Close()
		got, others = phone.ask(q.recipient, q.recipientKey, smp.SUB{})
		if !same(got, smp.SOK{}) || len(others) != 1 {
			t.Errorf("SUB again is answered %s and %d more", words(got), len(others))
		}
	})
}

func TestSubscribeAgain(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		c.want(q.sender, noKey, smp.SEND{Body: []byte("1")}, smp.OK{})
		for range 3 {
			got, others := c.ask(q.recipient, q.recipientKey, smp.SUB{})
			if !same(got, smp.SOK{}) || len(others) != 1 {
				t.Fatalf("SUB is answered %s and %d more", words(got), len(others))
			}
			q.message(w, c.wantIs(others[0], q.recipient, smp.MSG{}), "1")
		}
	})
}

// TestDeleted: another connection is told that its queue is gone.
func TestDeleted(t *testing.T) {
	for v, want := range map[smp.Version]smp.Response{9: smp.END{}, 10: smp.DELD{}, 18: smp.DELD{}} {
		inWorld(t, nil, func(w *world) {
			phone, laptop := w.dial(v), w.dial(18)
			q := phone.create(smp.Messaging)
			phone.want(q.recipient, q.recipientKey, smp.SUB{}, sok(v))
			laptop.want(q.recipient, q.recipientKey, smp.DEL{}, smp.OK{})
			phone.wantEvent(q.recipient, want)
			phone.wantERR(q.recipient, q.recipientKey, smp.ACK{}, smp.ErrAuth)
		})
	}
}

func TestACK(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		ack := func(id []byte) smp.Response {
			t.Helper()
			return c.answerTo(q.recipient, q.recipientKey, smp.ACK{MsgID: id})
		}
		wantNoMsg := func(id []byte) {
			t.Helper()
			if r := ack(id); !same(r, smp.ERR{Err: smp.ErrNoMsg}) {
				t.Errorf("ACK is answered %s, want NO_MSG", words(r))
			}
		}
		wantNoMsg(random(24))
		for _, body := range []string{"1", "2"} {
			c.want(q.sender, noKey, smp.SEND{Body: []byte(body)}, smp.OK{})
		}
		wantNoMsg(nil)
		_, others := c.ask(q.recipient, q.recipientKey, smp.SUB{})
		first := q.message(w, c.wantIs(others[0], q.recipient, smp.MSG{}), "1")
		wantNoMsg(random(24))
		wantNoMsg(first[:23])
		first = q.message(w, ack(nil), "1") // the reference's odd case: nothing is removed
		second := q.message(w, ack(first), "2")
		wantNoMsg(first)
		if r := ack(second); !same(r, smp.OK{}) {
			t.Errorf("the last ACK is answered %s", words(r))
		}
		wantNoMsg(second)
	})
}

func TestGET(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c, other := w.dial(18), w.dial(18)
		q := c.create(smp.Messaging)
		c.want(q.recipient, q.recipientKey, smp.GET{}, smp.OK{})
		c.wantERR(q.recipient, q.recipientKey, smp.SUB{}, smp.ErrCmdProhibited)
		c.want(q.sender, noKey, smp.SEND{Body: []byte("1")}, smp.OK{})
		c.want(q.sender, noKey, smp.SEND{Body: []byte("2")}, smp.OK{})
		q.message(w, c.answerTo(q.recipient, q.recipientKey, smp.GET{}), "1")
		id := q.message(w, c.answerTo(q.recipient, q.recipientKey, smp.GET{}), "1")
		c.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
		c.wantERR(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.ErrNoMsg)
		id = q.message(w, c.answerTo(q.recipient, q.recipientKey, smp.GET{}), "2")

		// GET does not take the queue from a subscriber, nor hide messages.
		_, others := other.ask(q.recipient, q.recipientKey, smp.SUB{})
		q.message(w, other.wantIs(others[0], q.recipient, smp.MSG{}), "2")
		other.wantERR(q.recipient, q.recipientKey, smp.GET{}, smp.ErrCmdProhibited)
		c.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
		other.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
	})
}

func TestQuota(t *testing.T) {
	inWorld(t, func(c *relay.Config) { c.Quota = 2 }, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		send := func(body string, want smp.Response) {
			t.Helper()
			c.want(q.sender, noKey, smp.SEND{Body: []byte(body)}, want)
		}
		full := smp.ERR{Err: smp.ErrQuota}
		send("1", smp.OK{})
		send("2", smp.OK{})
		send("3", full)
		id := q.message(w, c.answerTo(q.recipient, q.recipientKey, smp.GET{}), "1")
		c.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
		send("4", full)
		for _, body := range []string{"2", "QUOTA"} {
			id = q.message(w, c.answerTo(q.recipient, q.recipientKey, smp.GET{}), body)
			c.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
		}
		send("5", smp.OK{})
	})
}

func TestOldMessagesAreNotDelivered(t *testing.T) {
	inWorld(t, func(c *relay.Config) { c.MessageLife = time.Hour; c.IdleTimeout = 5 * time.Hour }, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		c.want(q.sender, noKey, smp.SEND{Body: []byte("old")}, smp.OK{})
		time.Sleep(50 * time.Minute)
		c.want(q.sender, noKey, smp.SEND{Body: []byte("new")}, smp.OK{})
		time.Sleep(30 * time.Minute)
		_, others := c.ask(q.recipient, q.recipientKey, smp.SUB{})
		q.message(w, c.wantIs(others[0], q.recipient, smp.MSG{}), "new")
		time.Sleep(time.Hour)
		c.want(q.recipient, q.recipientKey, smp.SUB{}, smp.SOK{})
	})
}

func TestMaxSubscriptions(t *testing.T) {
	inWorld(t, func(c *relay.Config) { c.MaxSubscriptions = 1 }, func(w *world) {
		c := w.dial(18)
		a, b := c.create(smp.Messaging), c.create(smp.Messaging)
		c.want(a.recipient, a.recipientKey, smp.SUB{}, smp.SOK{})
		c.want(a.recipient, a.recipientKey, smp.SUB{}, smp.SOK{})
		c.wantERR(b.recipient, b.recipientKey, smp.SUB{}, smp.ErrCmdProhibited)
		key := c.newKey()
		c.wantERR(nil, key, smp.NEW{AuthKey: key.Public(), DHKey: mustKey(c, smp.X25519).Public(), Subscribe: true}, smp.ErrCmdProhibited)
		c.want(a.recipient, a.recipientKey, smp.DEL{}, smp.OK{})
		c.want(b.recipient, b.recipientKey, smp.SUB{}, smp.SOK{})
	})
}
