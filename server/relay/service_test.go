package relay_test

import (
	"fmt"
	"testing"

	"sotto/server/relay"
	"sotto/smp"
	"sotto/smp/transport"
)

// An identity is a service's certificates.
type identity struct {
	chain transport.Chain
	key   smp.PrivateKey
}

func newService(w *world) identity {
	_, chain, key := newIdentity(w)
	return identity{chain, key}
}

// dialService connects as a service that shows its certificates in TLS.
func (w *world) dialService(v smp.Version, role transport.Role, id identity) *client {
	w.Helper()
	nc := w.connectWith(relay.Options{WebSocket: true, PeerChain: id.chain})
	return w.dialOver(nc, &transport.ClientConfig{
		Versions: smp.Range[smp.Version]{Min: v, Max: v},
		Service:  &transport.ServiceConfig{Role: role, Chain: id.chain, Key: id.key},
	})
}

// service is the client's id as a service, and the key of its session.
func (c *client) service() ([]byte, smp.PrivateKey) {
	s := c.conn.Session().Service
	return s.ID, s.Key
}

// askAll sends SUBS or NSUBS.
func (c *client) askAll(cmd smp.Command) (smp.QueueSet, []smp.Transmission) {
	c.Helper()
	id, key := c.service()
	got, others := c.ask(id, key, cmd)
	soks, ok := got.(smp.SOKS)
	if !ok {
		c.Fatalf("%s is answered %s", cmd.Tag(), words(got))
	}
	return soks.Queues, others
}

func (c *client) wantService(r smp.Response) {
	c.Helper()
	id, _ := c.service()
	if sok, ok := r.(smp.SOK); !ok || string(sok.ServiceID) != string(id) {
		c.Errorf("got %s, want SOK with the service", words(r))
	}
}

func setOf(v smp.Version, ids ...[]byte) smp.QueueSet {
	s := smp.QueueSet{Count: int64(len(ids))}
	if v >= smp.VersionServiceQueues {
		s.Hash = smp.HashIDs(ids...)
	}
	return s
}

// TestServiceID: a service has the same id in each session, and one role.
func TestServiceID(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		s := newService(w)
		first, _ := w.dialService(16, transport.RoleNotifier, s).service()
		again, _ := w.dialService(19, transport.RoleNotifier, s).service()
		other, _ := w.dialService(19, transport.RoleNotifier, newService(w)).service()
		if string(first) != string(again) || string(first) == string(other) || len(first) != 24 {
			t.Errorf("ids %x, %x, %x", first, again, other)
		}
		for name, shown := range map[string]identity{"another role": s, "other certificates": newService(w)} {
			nc := w.connectWith(relay.Options{WebSocket: true, PeerChain: shown.chain})
			_, err := transport.Client(w.Context(), nc, &transport.ClientConfig{
				Relay:   w.authority.Fingerprint(),
				Service: &transport.ServiceConfig{Role: transport.RoleMessaging, Chain: s.chain, Key: s.key},
			})
			if err == nil {
				t.Errorf("%s: the service is accepted", name)
			}
		}
	})
}

// TestServiceMessages: a service's queues are subscribed to one by one, once, and
// then all together.
func TestServiceMessages(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		s := newService(w)
		c, bob := w.dialService(19, transport.RoleMessaging, s), w.dial(19)
		var queues []*queue
		for range 3 {
			queues = append(queues, w.dial(19).create(smp.Contact))
		}
		for _, q := range queues {
			got, _ := c.ask(q.recipient, q.recipientKey, smp.SUB{})
			c.wantService(got)
		}
		own := c.createWith(smp.NEW{Subscribe: true})
		queues = append(queues, own)
		var ids [][]byte
		for i, q := range queues {
			ids = append(ids, q.recipient)
			body := fmt.Sprint("to ", i)
			bob.want(q.sender, noKey, smp.SEND{Body: []byte(body)}, smp.OK{})
			id := q.message(t, c.wantEvent(q.recipient, smp.MSG{}), body)
			bob.want(q.sender, noKey, smp.SEND{Body: []byte("next")}, smp.OK{})
			c.wantQuiet()
			got, _ := c.ask(q.recipient, q.recipientKey, smp.ACK{MsgID: id})
			q.message(t, got, "next") // stays
		}
		// Another connection takes all.
		next := w.dialService(19, transport.RoleMessaging, s)
		set, waiting := next.askAll(smp.SUBS{Queues: setOf(19, ids...)})
		if set != setOf(19, ids...) {
			t.Errorf("SOKS says %d queues, want %d", set.Count, len(ids))
		}
		serviceID, _ := c.service()
		if ends := c.wantEvent(serviceID, smp.ENDS{}).(smp.ENDS); ends.Queues != set {
			t.Errorf("ENDS says %d queues", ends.Queues.Count)
		}
		if len(waiting) != 5 {
			t.Fatalf("heard %d, want 4 messages and ALLS", len(waiting))
		}
		next.wantIs(waiting[4], nil, smp.ALLS{})
		byQueue := make(map[string]smp.Response)
		for _, m := range waiting[:4] {
			byQueue[string(m.EntityID)] = next.parse(m)
		}
		for _, q := range queues {
			id := q.message(t, byQueue[string(q.recipient)], "next")
			next.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
			bob.want(q.sender, noKey, smp.SEND{Body: []byte("later")}, smp.OK{})
			q.message(t, next.wantEvent(q.recipient, smp.MSG{}), "later")
		}
		c.wantQuiet()
		if again, others := next.askAll(smp.SUBS{}); again != set || len(others) != 0 {
			t.Errorf("SUBS again: %d queues, %d more", again.Count, len(others))
		}
	})
}

// TestServiceLoses: a queue that another client subscribes to, or that is
// deleted, is not the service's any more.
func TestServiceLoses(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		s := newService(w)
		c, alice, bob := w.dialService(19, transport.RoleMessaging, s), w.dial(19), w.dial(19)
		taken, deleted, kept := alice.create(smp.Contact), alice.create(smp.Contact), alice.create(smp.Contact)
		for _, q := range []*queue{taken, deleted, kept} {
			c.ask(q.recipient, q.recipientKey, smp.SUB{})
		}
		next := w.dialService(19, transport.RoleMessaging, s)
		next.askAll(smp.SUBS{})
		c.hear()
		alice.want(taken.recipient, taken.recipientKey, smp.SUB{}, smp.SOK{})
		next.wantEvent(taken.recipient, smp.END{})
		bob.want(taken.sender, noKey, smp.SEND{Body: []byte("x")}, smp.OK{})
		taken.message(t, alice.wantEvent(taken.recipient, smp.MSG{}), "x")
		alice.want(deleted.recipient, deleted.recipientKey, smp.DEL{}, smp.OK{})
		next.wantEvent(deleted.recipient, smp.DELD{})
		if set, _ := next.askAll(smp.SUBS{}); set != setOf(19, kept.recipient) {
			t.Errorf("%d queues are left, want 1", set.Count)
		}
		// It is the service's again, and the one who had it is told.
		got, others := next.ask(taken.recipient, taken.recipientKey, smp.SUB{})
		next.wantService(got)
		alice.wantEvent(taken.recipient, smp.END{})
		taken.message(t, next.wantIs(others[0], taken.recipient, smp.MSG{}), "x")
		if set, _ := next.askAll(smp.SUBS{}); set != setOf(19, kept.recipient, taken.recipient) {
			t.Errorf("%d queues, want 2", set.Count)
		}
	})
}

// TestServiceNotifications is what a notification server does.
func TestServiceNotifications(t *testing.T) {
	for _, v := range []smp.Version{16, 17, 18, 19} {
		inWorld(t, nil, func(w *world) {
			s := newService(w)
			c, alice := w.dialService(v, transport.RoleNotifier, s), w.dial(v)
			var queues []*queue
			var notifiers []*notifier
			var ids [][]byte
			for range 3 {
				q := alice.create(smp.Contact)
				q.senderKey = noKey
				n := alice.enable(q)
				got, _ := c.ask(n.id, n.key, smp.NSUB{})
				c.wantService(got)
				queues, notifiers, ids = append(queues, q), append(notifiers, n), append(ids, n.id)
			}
			for i, q := range queues {
				alice.sendFlagged(q, true)
				notifiers[i].wantNotified(c)
			}
			c.conn.Close()
			alice.hear()
			alice.sendFlagged(queues[0], true)
			next := w.dialService(v, transport.RoleNotifier, s)
			set, waiting := next.askAll(smp.NSUBS{Queues: setOf(v, ids...)})
			if set != setOf(v, ids...) || len(waiting) != 1 {
				t.Fatalf("version %d: SOKS says %d, %d wait", v, set.Count, len(waiting))
			}
			notifiers[0].open(t, next.wantIs(waiting[0], ids[0], smp.NMSG{}))
			alice.sendFlagged(queues[1], true)
			notifiers[1].wantNotified(next)

			alice.want(queues[2].recipient, queues[2].recipientKey, smp.NDEL{}, smp.OK{})
			next.wantEvent(ids[2], smp.DELD{})
			alone := w.dial(v)
			alone.want(ids[1], notifiers[1].key, smp.NSUB{}, smp.SOK{})
			next.wantEvent(ids[1], smp.END{})
			alice.sendFlagged(queues[1], true)
			notifiers[1].wantNotified(alone)
			next.wantQuiet()
			if set, _ := next.askAll(smp.NSUBS{}); set != setOf(v, ids[0]) {
				t.Errorf("version %d: %d left, want 1", v, set.Count)
			}
		})
	}
}

// TestServiceRefused has commands that a service must not send, or that only it
// may.
func TestServiceRefused(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		alice := w.dial(19)
		q := alice.create(smp.Messaging)
		n := alice.enable(q)
		messages, ntf := w.dialService(19, transport.RoleMessaging, newService(w)), w.dialService(19, transport.RoleNotifier, newService(w))
		id, key := messages.service()
		ntfID, ntfKey := ntf.service()
		messages.wantERR(n.id, n.key, smp.NSUB{}, smp.ErrCmdProhibited)
		messages.wantERR(id, key, smp.NSUBS{}, smp.ErrCmdProhibited)
		ntf.wantERR(q.recipient, q.recipientKey, smp.SUB{}, smp.ErrCmdProhibited)
		ntf.wantERR(ntfID, ntfKey, smp.SUBS{}, smp.ErrCmdProhibited)
		ntf.wantERR(nil, key, smp.NEW{AuthKey: key.Public(), DHKey: mustKey(t, smp.X25519).Public()}, smp.ErrCmdProhibited)
		messages.wantERR(random(24), key, smp.SUBS{}, smp.ErrService)
		messages.wantERR(ntfID, key, smp.SUBS{}, smp.ErrService)
		messages.wantERR(id, mustKey(t, smp.Ed25519), smp.SUBS{}, smp.ErrService)
		alice.wantERR(id, key, smp.SUBS{}, smp.ErrService)
		alice.wantERR(ntfID, ntfKey, smp.NSUBS{}, smp.ErrService)
		own := messages.newKey()
		messages.wantERR(nil, own, smp.NEW{AuthKey: own.Public(), DHKey: mustKey(t, smp.X25519).Public()}, smp.ErrCmdProhibited)
		// The service signs SUB, and nothing that gives it no queue.
		tr := messages.command(q.recipient, q.recipientKey, smp.SUB{})
		messages.authorize(&tr, q.recipientKey, nil)
		tr.ServiceSignature = nil
		messages.wantRefused(tr)
		tr = messages.command(q.recipient, q.recipientKey, smp.QUE{})
		messages.authorize(&tr, q.recipientKey, messages.signer(smp.SUB{}))
		messages.wantRefused(tr)
	})
}

func (c *client) wantRefused(t smp.Transmission) {
	c.Helper()
	c.send(t)
	heard := c.hear()
	if len(heard) != 1 || !same(c.parse(heard[0]), smp.ERR{Err: smp.ErrService}) {
		c.Errorf("heard %d, %s", len(heard), words(c.parse(heard[0])))
	}
}
