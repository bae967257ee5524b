package relay_test

import (
	"fmt"
	"strings"
	"testing"

	"sotto/smp"
)

// versions are those between which something in the relay differs.
var versions = []smp.Version{6, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18}

func eachVersion(t *testing.T, test func(t *testing.T, v smp.Version)) {
	for _, v := range versions {
		t.Run(fmt.Sprint("v", v), func(t *testing.T) { test(t, v) })
	}
}

func sok(v smp.Version) smp.Response {
	if v < smp.VersionServices {
		return smp.OK{}
	}
	return smp.SOK{}
}

// TestConversation is a queue from NEW to DEL in every version.
func TestConversation(t *testing.T) {
	eachVersion(t, func(t *testing.T, v smp.Version) {
		inWorld(t, nil, func(w *world) {
			alice, bob := w.dial(v), w.dial(v)
			q := alice.create(smp.Messaging)
			alice.want(q.recipient, q.recipientKey, smp.SUB{}, sok(v))

			bob.want(q.sender, noKey, smp.SEND{Body: []byte("confirmation")}, smp.OK{})
			first := q.message(w, alice.wantEvent(q.recipient, smp.MSG{}), "confirmation")
			secure(bob, alice, q)
			bob.want(q.sender, q.senderKey, smp.SEND{Body: []byte("two")}, smp.OK{})
			bob.want(q.sender, q.senderKey, smp.SEND{Flags: smp.MsgFlags{Notify: true}, Body: []byte("three")}, smp.OK{})
			alice.wantQuiet()

			got, others := alice.ask(q.recipient, q.recipientKey, smp.ACK{MsgID: first})
			if len(others) > 0 {
				t.Error("ACK is answered more than once")
			}
			second := q.message(w, got, "two")
			got, _ = alice.ask(q.recipient, q.recipientKey, smp.ACK{MsgID: second})
			third := q.message(w, got, "three")
			alice.want(q.recipient, q.recipientKey, smp.ACK{MsgID: third}, smp.OK{})

			alice.want(q.recipient, q.recipientKey, smp.OFF{}, smp.OK{})
			bob.wantERR(q.sender, q.senderKey, smp.SEND{}, smp.ErrAuth)
			alice.want(q.recipient, q.recipientKey, smp.DEL{}, smp.OK{})
			alice.wantERR(q.recipient, q.recipientKey, smp.SUB{}, smp.ErrAuth)
			bob.wantERR(q.sender, q.senderKey, smp.SEND{}, smp.ErrAuth)
			alice.wantQuiet()
		})
	})
}

// secure gives the queue its sender, as clients of the version do.
func secure(bob, alice *client, q *queue) {
	if bob.session.Version < smp.VersionSenderKey {
		alice.want(q.recipient, q.recipientKey, smp.KEY{Key: q.senderKey.Public()}, smp.OK{})
		return
	}
	bob.want(q.sender, q.senderKey, smp.SKEY{Key: q.senderKey.Public()}, smp.OK{})
}

// TestNEW has what NEW asks for in every version come back in IDS.
func TestNEW(t *testing.T) {
	eachVersion(t, func(t *testing.T, v smp.Version) {
		for _, mode := range []smp.QueueMode{smp.Messaging, smp.Contact, 0} {
			inWorld(t, nil, func(w *world) {
				c := w.dial(v)
				cmd := smp.NEW{Subscribe: true}
				if mode != 0 {
					cmd.Queue = &smp.QueueRequest{Mode: mode}
				}
				q := c.createWith(cmd)
				secured := c.answerTo(q.sender, q.senderKey, smp.SKEY{Key: q.senderKey.Public()})
				if want := mode == smp.Messaging && v >= smp.VersionSenderKey; same(secured, smp.OK{}) != want {
					t.Errorf("mode %q: SKEY is answered %s", mode, words(secured))
				}
				if same(secured, smp.OK{}) {
					return
				}
				c.send(c.command(q.sender, noKey, smp.SEND{Body: []byte("x")}))
				heard := c.hear()
				if len(heard) != 2 || !same(c.parse(heard[0]), smp.OK{}) && !same(c.parse(heard[1]), smp.OK{}) {
					t.Errorf("heard %d transmissions, want OK and MSG", len(heard))
				}
			})
		}
	})
}

func (c *client) answerTo(entity []byte, key smp.PrivateKey, cmd smp.Command) smp.Response {
	c.Helper()
	r, _ := c.ask(entity, key, cmd)
	return r
}

// TestLargestMessage sends the largest message of each version, and one more.
func TestLargestMessage(t *testing.T) {
	eachVersion(t, func(t *testing.T, v smp.Version) {
		inWorld(t, nil, func(w *world) {
			c := w.dial(v)
			q := c.createWith(smp.NEW{})
			body := strings.Repeat("b", smp.MaxMessageSize(v))
			c.wantERR(q.sender, noKey, smp.SEND{Body: []byte(body + "b")}, smp.ErrLargeMsg)
			c.want(q.sender, noKey, smp.SEND{Body: []byte(body)}, smp.OK{})
			got, _ := c.ask(q.recipient, q.recipientKey, smp.GET{})
			q.message(w, got, body)
		})
	})
}
