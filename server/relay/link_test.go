package relay_test

import (
	"bytes"
	"crypto/sha3"
	"testing"

	"sotto/smp"
)

var linkData = smp.LinkData{Fixed: []byte("fixed"), User: []byte("user")}

// newWithLink sends NEW whose sender id is that of the correlation id, or not.
func newWithLink(c *client, mode smp.QueueMode, linkID []byte, honest bool) (smp.Response, *queue) {
	c.Helper()
	corrID := random(24)
	sum := sha3.Sum384(corrID)
	q := &queue{sender: sum[:24], recipientKey: c.newKey(), senderKey: c.newKey()}
	if !honest {
		q.sender = random(24)
	}
	cmd := smp.NEW{
		AuthKey: q.recipientKey.Public(),
		DHKey:   mustKey(c, smp.X25519).Public(),
		Queue:   &smp.QueueRequest{Mode: mode, Link: &smp.LinkRequest{LinkID: linkID, SenderID: q.sender, Data: linkData}},
	}
	t := smp.Transmission{CorrID: corrID, Command: smp.AppendCommand(nil, c.session.Version, cmd)}
	c.authorize(&t, q.recipientKey, nil)
	c.send(t)
	heard := c.hear()
	if len(heard) != 1 {
		c.Fatalf("heard %d transmissions", len(heard))
	}
	return c.parse(heard[0]), q
}

func TestOneTimeLink(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(15)
		if got, _ := newWithLink(c, smp.Messaging, nil, false); !same(got, smp.ERR{Err: smp.ErrCmdProhibited}) {
			t.Errorf("a sender id of one's choice is answered %s", words(got))
		}
		got, q := newWithLink(c, smp.Messaging, nil, true)
		ids, ok := got.(smp.IDS)
		if !ok || !bytes.Equal(ids.SenderID, q.sender) || len(ids.LinkID) != 24 {
			t.Fatalf("NEW is answered %+v", got)
		}
		c.wantERR(ids.LinkID, noKey, smp.LGET{}, smp.ErrAuth)
		wantLink(t, c.answerTo(ids.LinkID, q.senderKey, smp.LKEY{Key: q.senderKey.Public()}), q, "user")
		wantLink(t, c.answerTo(ids.LinkID, q.senderKey, smp.LKEY{Key: q.senderKey.Public()}), q, "user")
		other := c.newKey()
		c.wantERR(ids.LinkID, other, smp.LKEY{Key: other.Public()}, smp.ErrAuth)
		c.wantERR(ids.RecipientID, q.recipientKey, smp.LSET{LinkID: ids.LinkID, Data: linkData}, smp.ErrAuth)
		c.want(q.sender, q.senderKey, smp.SEND{Body: []byte("x")}, smp.OK{})
		c.wantERR(ids.LinkID, q.senderKey, smp.LKEY{Key: q.senderKey.Public()}, smp.ErrAuth)
	})
}

func wantLink(t *testing.T, got smp.Response, q *queue, user string) {
	t.Helper()
	lnk, ok := got.(smp.LNK)
	if !ok || !bytes.Equal(lnk.SenderID, q.sender) || string(lnk.Data.Fixed) != "fixed" || string(lnk.Data.User) != user {
		t.Errorf("link data is %+v", got)
	}
}

func TestAddressLink(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		link := random(24)
		got, q := newWithLink(c, smp.Contact, link, true)
		ids, ok := got.(smp.IDS)
		if !ok || !bytes.Equal(ids.LinkID, link) {
			t.Fatalf("NEW is answered %s", words(got))
		}
		if got, _ := newWithLink(c, smp.Contact, link, true); !same(got, smp.ERR{Err: smp.ErrAuth}) {
			t.Errorf("a taken link id is answered %s", words(got))
		}
		wantLink(t, c.answerTo(link, noKey, smp.LGET{}), q, "user")
		c.wantERR(link, q.senderKey, smp.LKEY{Key: q.senderKey.Public()}, smp.ErrAuth)
		changed := smp.LinkData{Fixed: linkData.Fixed, User: []byte("new")}
		c.want(ids.RecipientID, q.recipientKey, smp.LSET{LinkID: link, Data: changed}, smp.OK{})
		wantLink(t, c.answerTo(link, noKey, smp.LGET{}), q, "new")
		c.wantERR(ids.RecipientID, q.recipientKey, smp.LSET{LinkID: random(24), Data: changed}, smp.ErrAuth)
		c.wantERR(ids.RecipientID, q.recipientKey, smp.LSET{LinkID: link, Data: smp.LinkData{Fixed: []byte("other")}}, smp.ErrAuth)
		for range 2 {
			c.want(ids.RecipientID, q.recipientKey, smp.LDEL{}, smp.OK{})
		}
		c.wantERR(link, noKey, smp.LGET{}, smp.ErrAuth)
	})
}
