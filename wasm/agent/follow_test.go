//go:build !js

package agent

import (
	"errors"
	"slices"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/client"
)

// A mover is the peer of a person, who moves a queue of theirs by hand.
type mover struct {
	w     *world
	peer  *person // who keeps the rest of the connection
	conn  ConnID
	relay *client.Client
	queue *receiveQueue
	got   []smp.MSG
}

// newMover makes the new queue.
func newMover(w *world, peer *person, conn ConnID, at *testRelay) *mover {
	w.Helper()
	m := &mover{w: w, peer: peer, conn: conn}
	c, err := at.dial(w.ctx, smp.Range[smp.Version]{})
	if err != nil {
		w.Fatal(err)
	}
	m.relay = client.New(w.ctx, c, client.Options{Handler: m.event})
	m.queue, err = peer.agent.newQueue(w.ctx, m.relay, plan{home: at.address, version: smp.MaxClientVersion, mode: smp.Messaging})
	if err != nil {
		w.Fatal(err)
	}
	return m
}

func (m *mover) event(e client.Event) {
	if msg, ok := e.Response.(smp.MSG); ok {
		m.got = append(m.got, msg)
		go m.relay.Do(m.w.ctx, m.queue.id, m.queue.auth.private(), smp.ACK{MsgID: msg.MsgID})
	}
}

// say sends a content, as the peer.
func (m *mover) say(c content) {
	m.w.Helper()
	m.peer.do(func(t *Turn) error {
		_, err := t.enqueue(t.edit(m.conn), kindContinue, c, false)
		return err
	})
	m.w.pass(time.Minute)
}

// offer offers the new queue in place of another one.
func (m *mover) offer(replaced queueID) {
	m.w.Helper()
	uri := smp.QueueURI{Versions: smp.ClientVersions, QueueAddress: m.queue.public()}
	m.say(addQueues{[]newQueue{{uri, &replaced}}})
}

// opens checks that a message in the new queue can be read with the key that
// the other side offered.
func (m *mover) opens(msg smp.MSG, key smp.PublicKey) {
	m.w.Helper()
	secret, err := m.queue.key.DH(key)
	if err != nil {
		m.w.Fatal(err)
	}
	d, err := smp.OpenDelivery(m.queue.delivery, msg)
	if err != nil {
		m.w.Fatal(err)
	}
	e, err := smp.ParseEnvelope(d.Body)
	if err != nil {
		m.w.Fatal(err)
	}
	if _, err := e.Open(secret); err != nil {
		m.w.Error(err)
	}
}

// TestMovedByPeer: the peer moves its queue; what was sent before goes to the old
// one, even after a restart, and everything later to the new one.
func TestMovedByPeer(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, b := w.connect(alice, bob)
		m := newMover(w, alice, a, w.relays[1])
		defer m.relay.Close()
		old := alice.agent.conns[a].receive
		m.offer(queueID{old.relay, old.senderID})
		next := bob.agent.conns[b].next
		if next == nil {
			t.Fatal("no new queue")
		}
		err := client.OK(m.relay.Do(w.ctx, m.queue.id, m.queue.auth.private(), smp.KEY{Key: next.auth.private().Public()}))
		if err != nil {
			t.Fatal(err)
		}
		w.relays[0].setAway(errors.New("no network"))
		bob.send(b, "to the old one")
		m.say(useQueues{[]queueReady{{queueID{m.queue.relay, m.queue.senderID}, true}}})
		one[Moved](bob)
		bob.send(b, "to the new one")
		bob.kill()
		bob.start()
		w.pass(time.Minute)
		if len(m.got) != 0 {
			t.Error("sent to the new queue too early")
		}
		w.relays[0].setAway(nil)
		w.pass(time.Hour)
		if got := alice.texts(); !slices.Equal(got, []string{"to the old one"}) {
			t.Errorf("alice got %q", got)
		}
		if len(m.got) != 2 {
			t.Fatalf("%d messages in the new queue", len(m.got))
		}
		for _, msg := range m.got {
			m.opens(msg, next.key)
		}
		if relay := bob.info(b).SendRelay; !relay.Equal(w.relays[1].address.Address) {
			t.Errorf("sends to %v", relay)
		}
	})
}

// TestMoveRefused: only the queue that is in use can be moved, and only to the
// queue that was offered.
func TestMoveRefused(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, b := w.connect(alice, bob)
		m := newMover(w, alice, a, w.relays[1])
		defer m.relay.Close()
		old := alice.agent.conns[a].receive
		m.offer(queueID{old.relay, []byte("another")})
		m.say(useQueues{[]queueReady{{queueID{m.queue.relay, m.queue.senderID}, true}}})
		same := *m.queue
		same.relay, same.senderID = old.relay, old.senderID
		m.queue = &same
		m.offer(queueID{old.relay, old.senderID})
		refused := happened[Unreadable](bob)
		for _, e := range refused {
			if !errors.Is(e.Err, errMove) {
				t.Errorf("%+v", e)
			}
		}
		if len(refused) != 3 || bob.agent.conns[b].next != nil {
			t.Errorf("%d refused", len(refused))
		}
		bob.send(b, "hello")
		w.pass(time.Minute)
		one[Received](alice)
	})
}
