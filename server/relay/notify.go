package relay

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"sotto/smp"
)

// notifications are those that wait for their notifiers, and who these are. They
// are in memory only: a notification that is lost with the relay makes nobody
// lose a message.
type notifications struct {
	config *Config

	mu      sync.Mutex
	waiting map[ID][]notification // by notifier id, the oldest first
	conns   map[ID]*conn          // by notifier id, of those that subscribed alone
}

type notification struct {
	time time.Time
	nmsg smp.NMSG
}

// notify makes the notification of a message that asks for one. SMP: "Deliver
// message notification".
func (r *Relay) notify(q *Queue, m *Message) {
	if q.Notifier == nil || !m.Flags.Notify {
		return
	}
	var nonce smp.Nonce
	rand.Read(nonce[:])
	meta, err := smp.SealNotification(q.Notifier.Secret[:], nonce, smp.Notification{MsgID: m.ID[:], Time: m.Time})
	if err != nil {
		return // the id has the length of ids
	}
	c := r.services.conn(q.Notifier.Service)
	if alone := r.notifications.put(q.Notifier.ID, notification{m.Time, smp.NMSG{Nonce: nonce, Meta: meta}}); alone != nil {
		c = alone
	}
	if c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.notify(q.Notifier.ID)
	}
}

// put adds a notification in the place of the oldest if there are too many, and
// returns the connection that subscribed to the notifier.
func (n *notifications) put(notifier ID, one notification) *conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting == nil {
		n.waiting = make(map[ID][]notification)
	}
	list := append(n.waiting[notifier], one)
	if len(list) > n.config.MaxNotifications {
		list = slices.Delete(list, 0, 1)
		n.config.Metrics.NotificationsDropped.Add(1)
	}
	n.waiting[notifier] = list
	return n.conns[notifier]
}

// take returns what waits for a notifier and forgets it.
func (n *notifications) take(notifier ID) []notification {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.waiting[notifier]
	delete(n.waiting, notifier)
	return list
}

func (n *notifications) has(notifier ID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.waiting[notifier]) > 0
}

// swap makes c the connection of a notifier, nil for none, and returns the one
// before.
func (n *notifications) swap(notifier ID, c *conn) *conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	old := n.conns[notifier]
	if c == nil {
		delete(n.conns, notifier)
		return old
	}
	if n.conns == nil {
		n.conns = make(map[ID]*conn)
	}
	n.conns[notifier] = c
	return old
}

// drop removes c from a notifier if it is its connection.
func (n *notifications) drop(notifier ID, c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[notifier] == c {
		delete(n.conns, notifier)
	}
}

// expire removes notifications from before a time.
func (n *notifications) expire(before time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, list := range n.waiting {
		list = slices.DeleteFunc(list, func(one notification) bool { return one.time.Before(before) })
		n.waiting[id] = list
		if len(list) == 0 {
			delete(n.waiting, id)
		}
	}
}

// notify puts a notifier for which something waits into the outbox. c.mu is
// held.
func (c *conn) notify(notifier ID) {
	o := &c.outbox
	if o.failed || c.left || o.notified[notifier] {
		return
	}
	if o.notified == nil {
		o.notified = make(map[ID]bool)
	}
	o.notified[notifier] = true
	o.notifiers = append(o.notifiers, notifier)
	c.write()
}

// writeNotifications writes what waits for notifiers that are the connection's.
func (c *conn) writeNotifications(notifiers []ID) error {
	var encoded [][]byte
	for _, id := range notifiers {
		if !c.watches(id) {
			continue // its next connection is looked after by then
		}
		for _, one := range c.relay.notifications.take(id) {
			encoded = append(encoded, answer{entityID: id[:], response: one.nmsg}.encode(c.verifier.Session))
		}
	}
	c.relay.config.Metrics.Notifications.Add(int64(len(encoded)))
	return c.writeTransmissions(encoded)
}

func (c *conn) notifyOne(notifier ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notify(notifier)
}

// notifyService delivers what waits for all notifiers of the service.
func (c *conn) notifyService() {
	c.tasks.start(func(ctx context.Context) {
		err := c.relay.eachServiceQueue(ctx, NotifierID, c.serving.service, func(id ID) error {
			if c.relay.notifications.has(id) {
				c.notifyOne(id)
			}
			return ctx.Err()
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			c.relay.config.Log.Error("service", "error", err)
			c.fail()
		}
	})
}

// watch adds a notifier to those of the connection, if it may have one more.
func (c *conn) watch(notifier ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watched[notifier] {
		return true
	}
	if len(c.watched)+len(c.subs) >= c.relay.config.MaxSubscriptions {
		return false
	}
	if c.watched == nil {
		c.watched = make(map[ID]bool)
	}
	c.watched[notifier] = true
	return true
}

// watches reports whether the connection is that of a notifier, as far as it
// knows.
func (c *conn) watches(notifier ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.watched[notifier] || c.serving != nil
}

// unwatch takes a notifier from the connection, which is told why.
func (c *conn) unwatch(notifier ID, why smp.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.watched[notifier] || c.outbox.failed {
		return
	}
	delete(c.watched, notifier)
	c.event(notifier, why)
}
