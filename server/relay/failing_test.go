package relay_test

import (
	"context"
	"errors"
	"testing"

	"sotto/server/relay"
	"sotto/smp"
)

// A brokenStore is one whose disk fails when a message is added or read.
type brokenStore struct {
	relay.Store
	broken *bool
}

var errDisk = errors.New("disk failed")

func (s brokenStore) Append(ctx context.Context, recipient relay.ID, m *relay.Message, limits relay.Limits) error {
	if *s.broken {
		return errDisk
	}
	return s.Store.Append(ctx, recipient, m, limits)
}

func (s brokenStore) Next(ctx context.Context, recipient, acknowledged relay.ID) (*relay.Message, error) {
	if *s.broken {
		return nil, errDisk
	}
	return s.Store.Next(ctx, recipient, acknowledged)
}

// TestStoreFails: what cannot be stored is not answered. The connection ends,
// which clients take for what it is, and try again.
func TestStoreFails(t *testing.T) {
	broken := false
	breakable := func(c *relay.Config) { c.Store = brokenStore{c.Store, &broken} }
	inWorld(t, breakable, func(w *world) {
		alice, bob := w.dial(18), w.dial(18)
		q := alice.create(smp.Messaging)
		bob.want(q.sender, noKey, smp.SEND{Body: []byte("1")}, smp.OK{})
		broken = true
		bob.send(bob.command(q.sender, noKey, smp.SEND{Body: []byte("2")}), bob.command(nil, noKey, smp.PING{}))
		if !bob.isClosed() || len(bob.hear()) > 0 {
			t.Error("a message that was not stored is answered")
		}
		alice.send(alice.command(q.recipient, q.recipientKey, smp.SUB{}))
		if !alice.isClosed() {
			t.Error("a message that cannot be read does not end the connection")
		}
		broken = false
		alice = w.dial(18)
		_, others := alice.ask(q.recipient, q.recipientKey, smp.SUB{})
		id := q.message(w, alice.wantIs(others[0], q.recipient, smp.MSG{}), "1")
		alice.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
	})
}
