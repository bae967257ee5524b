package relay_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sotto/server/relay"
	"sotto/smp"
)

// A notifier is what its two clients know of it.
type notifier struct {
	id     []byte
	key    smp.PrivateKey
	secret []byte
}

// enable makes a notifier of a queue.
func (c *client) enable(q *queue) *notifier {
	c.Helper()
	n, dh := &notifier{key: c.newKey()}, mustKey(c, smp.X25519)
	got, _ := c.ask(q.recipient, q.recipientKey, smp.NKEY{AuthKey: n.key.Public(), DHKey: dh.Public()})
	nid, ok := got.(smp.NID)
	if !ok {
		c.Fatalf("NKEY is answered %s", words(got))
	}
	n.id = nid.NotifierID
	n.secret, _ = dh.DH(nid.DHKey)
	return n
}

// wantNotified takes the one notification that must have been heard.
func (n *notifier) wantNotified(c *client) smp.Notification {
	c.Helper()
	return n.open(c, c.wantEvent(n.id, smp.NMSG{}))
}

func (n *notifier) open(t testing.TB, r smp.Response) smp.Notification {
	t.Helper()
	got, err := smp.OpenNotification(n.secret, r.(smp.NMSG))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// sendFlagged sends a message that asks for a notification, or not.
func (c *client) sendFlagged(q *queue, notify bool) {
	c.Helper()
	c.want(q.sender, q.senderKey, smp.SEND{Flags: smp.MsgFlags{Notify: notify}, Body: []byte("x")}, smp.OK{})
}

var notifierVersions = []smp.Version{6, 7, 11, 15, 16, 17, 18, 19}

// TestNotify: a notifier learns of messages that ask for it, at once or later,
// and the recipient reads which they are.
func TestNotify(t *testing.T) {
	for _, v := range notifierVersions {
		inWorld(t, nil, func(w *world) {
			alice, bob, ntf := w.dial(v), w.dial(v), w.dial(v)
			q := alice.create(smp.Messaging)
			alice.want(q.recipient, q.recipientKey, smp.KEY{Key: q.senderKey.Public()}, smp.OK{})
			n := alice.enable(q)
			bob.sendFlagged(q, true) // waits
			bob.sendFlagged(q, false)
			got, others := ntf.ask(n.id, n.key, smp.NSUB{})
			if !isSubscribed(got, v) || len(others) != 1 {
				t.Fatalf("version %d: NSUB is answered %s and %d more", v, words(got), len(others))
			}
			n.open(w, ntf.wantIs(others[0], n.id, smp.NMSG{}))
			got, _ = ntf.ask(n.id, n.key, smp.NSUB{})
			if !isSubscribed(got, v) {
				t.Errorf("NSUB again is answered %s", words(got))
			}
			bob.sendFlagged(q, false)
			ntf.wantQuiet()
			bob.sendFlagged(q, true)
			first := n.wantNotified(ntf)
			if first.Time.Unix() != time.Now().Unix() || len(first.MsgID) != 24 {
				t.Errorf("notified of %+v", first)
			}
			info, _ := alice.ask(q.recipient, q.recipientKey, smp.QUE{})
			if state, err := info.(smp.INFO).Queue(); err != nil || !state.Notifier {
				t.Errorf("QUE says %+v", state)
			}
		})
	}
}

func isSubscribed(r smp.Response, v smp.Version) bool {
	if v < smp.VersionServices {
		return same(r, smp.OK{})
	}
	return same(r, smp.SOK{})
}

// TestNotifierRefused: only the notifier's key is good for NSUB, and only the
// recipient changes notifiers.
func TestNotifierRefused(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		n := c.enable(q)
		for name, test := range map[string]struct {
			id  []byte
			key smp.PrivateKey
		}{
			"recipient's key": {n.id, q.recipientKey}, "recipient's id": {q.recipient, n.key},
			"unknown": {random(24), n.key}, "odd": {random(3), n.key},
		} {
			got, _ := c.ask(test.id, test.key, smp.NSUB{})
			if !same(got, smp.ERR{Err: smp.ErrAuth}) {
				t.Errorf("%s: %s", name, words(got))
			}
		}
		c.wantERR(n.id, noKey, smp.NSUB{}, smp.ErrCmdNoAuth)
		c.wantERR(q.recipient, n.key, smp.NDEL{}, smp.ErrAuth)
		c.wantERR(q.sender, q.recipientKey, smp.NDEL{}, smp.ErrAuth)
	})
}

// TestNotifierEnds: another subscription ends one, and so do another notifier,
// NDEL, and DEL.
func TestNotifierEnds(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		alice, first, second := w.dial(18), w.dial(18), w.dial(18)
		q := alice.create(smp.Messaging)
		subscribed := func() *notifier {
			n := alice.enable(q)
			first.want(n.id, n.key, smp.NSUB{}, smp.SOK{})
			return n
		}
		n := subscribed()
		second.want(n.id, n.key, smp.NSUB{}, smp.SOK{})
		first.wantEvent(n.id, smp.END{})
		first.want(n.id, n.key, smp.NSUB{}, smp.SOK{})
		second.wantEvent(n.id, smp.END{})

		replaced := n
		n = alice.enable(q)
		first.wantEvent(replaced.id, smp.DELD{})
		first.want(n.id, n.key, smp.NSUB{}, smp.SOK{})
		first.wantERR(replaced.id, replaced.key, smp.NSUB{}, smp.ErrAuth)

		for range 2 {
			alice.want(q.recipient, q.recipientKey, smp.NDEL{}, smp.OK{})
		}
		first.wantEvent(n.id, smp.DELD{})
		n = subscribed()
		alice.want(q.recipient, q.recipientKey, smp.DEL{}, smp.OK{})
		first.wantEvent(n.id, smp.DELD{})
		first.wantERR(n.id, n.key, smp.NSUB{}, smp.ErrAuth)
	})
}

// TestNewNotifier: NEW makes a notifier from version 17 on.
func TestNewNotifier(t *testing.T) {
	for _, v := range notifierVersions {
		inWorld(t, nil, func(w *world) {
			alice := w.dial(v)
			n, dh, key := &notifier{key: alice.newKey()}, mustKey(t, smp.X25519), alice.newKey()
			got, _ := alice.ask(nil, key, smp.NEW{
				AuthKey: key.Public(), DHKey: mustKey(t, smp.X25519).Public(), Queue: &smp.QueueRequest{Mode: smp.Messaging},
				Notifier: &smp.NotifierKeys{AuthKey: n.key.Public(), DHKey: dh.Public()},
			})
			ids := got.(smp.IDS)
			if (ids.Notifier != nil) != (v >= smp.VersionNotifierInNew) {
				t.Fatalf("version %d: notifier %v", v, ids.Notifier)
			}
			if ids.Notifier == nil {
				return
			}
			n.id = ids.Notifier.ID
			n.secret, _ = dh.DH(ids.Notifier.DHKey)
			alice.want(n.id, n.key, smp.NSUB{}, smp.SOK{})
			w.dial(v).sendFlagged(&queue{sender: ids.SenderID}, true)
			n.wantNotified(alice)
		})
	}
}

// TestNotificationsExpire: those that wait are bounded, in number and time.
func TestNotificationsExpire(t *testing.T) {
	few := func(c *relay.Config) { c.MaxNotifications, c.NotificationLife = 3, time.Hour }
	inWorld(t, few, func(w *world) {
		go w.relay.Run(w.Context())
		alice, ntf := w.dial(18), w.dial(18)
		q := alice.create(smp.Messaging)
		n := alice.enable(q)
		q.senderKey = noKey
		for range 5 {
			alice.sendFlagged(q, true)
		}
		_, others := ntf.ask(n.id, n.key, smp.NSUB{})
		if len(others) != 3 || w.relay.Metrics().NotificationsDropped.Load() != 2 {
			t.Errorf("heard %d notifications", len(others))
		}
		ntf.conn.Close()
		synctest.Wait()
		alice.sendFlagged(q, true)
		time.Sleep(3 * time.Hour)
		ntf = w.dial(18)
		if _, others := ntf.ask(n.id, n.key, smp.NSUB{}); len(others) != 0 {
			t.Errorf("heard %d notifications that are over", len(others))
		}
	})
}
