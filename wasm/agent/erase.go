package agent

import (
	"context"
	"fmt"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/wasm/store"
)

// Erase deletes a connection: the relay is told to delete our queue until it
// says that it has. What is queued for the peer is still sent, so that a last
// message can say that we left; then the rest is forgotten. There are no more
// events of it.
func (t *Turn) Erase(id ConnID) error {
	c := t.edit(id)
	if c == nil || c.state == Leaving {
		return ErrUnknownConn
	}
	for _, q := range []*receiveQueue{c.receive, c.fresh} {
		if q == nil {
			continue
		}
		if err := t.deleteQueue(c.user, q); err != nil {
			return err
		}
	}
	c.receive, c.fresh, c.switching = nil, nil, SwitchNone
	if c.state == Established && c.outFirst < c.outNext {
		c.state = Leaving
		return nil
	}
	return t.forget(c)
}

// deleteQueue has a queue deleted in the background.
func (t *Turn) deleteQueue(u User, q *receiveQueue) error {
	key, err := t.a.randomName()
	if err != nil {
		return err
	}
	t.deletes = append(t.deletes, &deletion{key: key, user: u, relay: q.relay, id: q.id, auth: q.auth})
	return nil
}

// forget removes every record of c.
func (t *Turn) forget(c *conn) error {
	t.dropOut(c)
	for _, bucket := range []string{bucketSkipped, bucketSent, bucketReceived} {
		records, err := t.a.store.Scan(t.ctx, bucket, store.Query{Prefix: string(c.id) + "/"})
		if err != nil {
			return fmt.Errorf("agent: erase: %w", err)
		}
		for _, r := range records {
			t.remove(bucket, r.Key)
		}
	}
	t.remove(bucketRatchets, string(c.id))
	t.remove(bucketLinks, string(c.id))
	t.conns[c.id] = nil
	return nil
}

// dropOut removes everything that c had to send.
func (t *Turn) dropOut(c *conn) {
	for c.outFirst < c.outNext {
		t.dequeue(c)
	}
}

// failOut removes everything that c had to send, and tells the app which of its
// messages were among it.
func (t *Turn) failOut(c *conn, reason error) error {
	for c.outFirst < c.outNext {
		d, err := t.a.outgoing(t.ctx, c.id, c.outFirst)
		if err != nil {
			return err
		}
		if err := t.giveUp(c, d, reason); err != nil || t.left(c) {
			return err
		}
	}
	return nil
}

// lost is the turn in which it turned out that a queue of ours is not on its
// relay.
func (t *Turn) lost(c *conn, q *receiveQueue, err error) error {
	switch {
	case q == c.fresh:
		return t.stay(c, err)
	case c.switching == SwitchSecured:
		return t.switched(c)
	}
	c.receive = nil
	return t.end(c, err)
}

// end is the turn in which it turned out that nothing can be sent any more, or
// nothing received. What the peer sent before is still received: it may say why.
func (t *Turn) end(c *conn, err error) error {
	switch c.state {
	case Over:
		return nil
	case Leaving:
		return t.forget(c)
	}
	c.state = Over
	if err := t.failOut(c, err); err != nil || t.left(c) {
		return err
	}
	return t.event(Ended{c.id, err})
}

// deleteJob deletes a queue. SMP: "Delete queue".
func (a *Agent) deleteJob(d *deletion) *job {
	return &job{a.relay(a.party(d.user, d.key), d.relay), 0, func(ctx context.Context, rc line) (any, error) {
		return nil, client.OK(rc.Do(ctx, d.id, d.auth.private(), smp.DEL{}))
	}, func(t *Turn, _ any, _ error) error {
		// A refusal means that the queue is not there any more.
		t.batch.Delete(bucketDeletes, d.key)
		t.After(func() {
			delete(a.deletes, d.key)
			a.dismiss(t.ctx, party{d.user, ConnID(d.key)})
		})
		return nil
	}}
}
