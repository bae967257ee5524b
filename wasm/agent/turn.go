package agent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sotto/wasm/ratchet"
	"sotto/wasm/store"
)

// A Turn is one step of the loop: everything done with it is committed at once,
// or not at all. It must not be used after the call that it was given to.
type Turn struct {
	a     *Agent
	ctx   context.Context
	now   time.Time
	batch store.Batch
	after []func()

	conns    map[ConnID]*conn          // copies that the turn may change; nil: forgotten
	ratchets map[ConnID]*ratchet.State // new states
	deletes  []*deletion               // queues to delete
	unread   map[string][]byte         // hashes of messages received in this turn, by record key
	records  []record                  // other records of connections
}

// Now returns the time of the turn.
func (t *Turn) Now() time.Time { return t.now }

// Context is done when the agent stops.
func (t *Turn) Context() context.Context { return t.ctx }

// Put writes an app's record with the turn's commit.
func (t *Turn) Put(bucket, key string, value []byte) {
	mustBeApps(bucket)
	t.batch.Put(bucket, key, value)
}

// Delete removes an app's record with the turn's commit.
func (t *Turn) Delete(bucket, key string) {
	mustBeApps(bucket)
	t.batch.Delete(bucket, key)
}

// mustBeApps panics if a bucket is the agent's: an app that writes there is
// wrong, and would destroy ratchets.
func mustBeApps(bucket string) {
	if strings.HasPrefix(bucket, bucketPrefix) {
		panic("agent: bucket " + bucket + " is not the app's")
	}
}

// Get returns a committed record; what the turn wrote itself is not seen.
func (t *Turn) Get(bucket, key string) ([]byte, error) {
	return t.a.store.Get(t.ctx, bucket, key)
}

// Scan returns committed records; what the turn wrote itself is not seen.
func (t *Turn) Scan(bucket string, q store.Query) ([]store.Record, error) {
	return t.a.store.Scan(t.ctx, bucket, q)
}

// After has f run on the loop once the turn is committed. It must not block.
func (t *Turn) After(f func()) { t.after = append(t.after, f) }

// event tells the app.
func (t *Turn) event(e Event) error {
	if err := t.a.app.Event(t, e); err != nil {
		return fmt.Errorf("agent: app: %T: %w", e, err)
	}
	return nil
}

// conn returns the state of a connection to read, nil if there is none.
func (t *Turn) conn(id ConnID) *conn {
	if c, ok := t.conns[id]; ok {
		return c
	}
	return t.a.conns[id]
}

// edit returns the state of a connection to change, nil if there is none.
func (t *Turn) edit(id ConnID) *conn {
	if c, ok := t.conns[id]; ok {
		return c
	}
	c := t.a.conns[id]
	if c == nil {
		return nil
	}
	return t.add(c.clone())
}

// add makes c part of the turn.
func (t *Turn) add(c *conn) *conn {
	if t.conns == nil {
		t.conns = map[ConnID]*conn{}
	}
	t.conns[c.id] = c
	return c
}

// A record is a change of one of the agent's records.
type record struct {
	bucket, key string
	value       []byte // nil: removed
}

// put writes a record whose key begins with the id of a connection.
func (t *Turn) put(bucket, key string, value []byte) {
	t.records = append(t.records, record{bucket, key, value})
}

// remove removes a record whose key begins with the id of a connection.
func (t *Turn) remove(bucket, key string) { t.put(bucket, key, nil) }

// commit writes the turn, makes it the agent's state, and tells the world.
func (t *Turn) commit() error {
	if err := t.write(); err != nil {
		return err
	}
	if t.batch.Len() > 0 {
		if err := t.a.store.Commit(t.ctx, &t.batch); err != nil {
			return err
		}
	}
	t.adopt()
	for _, f := range t.after {
		f()
	}
	t.kick()
	return nil
}

// write adds the records of everything that the turn changed.
func (t *Turn) write() error {
	for key, hash := range t.unread {
		t.put(bucketReceived, key, hash)
	}
	for _, r := range t.records {
		c, touched := t.conns[ConnID(r.key[:connIDSize])]
		if r.value == nil {
			t.batch.Delete(r.bucket, r.key)
		} else if c != nil || !touched {
			t.batch.Put(r.bucket, r.key, r.value)
		}
	}
	for id, c := range t.conns {
		if c == nil {
			t.batch.Delete(bucketConns, string(id))
		} else {
			t.batch.Put(bucketConns, string(id), c.marshal())
		}
	}
	for id, s := range t.ratchets {
		if t.conn(id) == nil {
			continue
		}
		b, err := s.MarshalBinary()
		if err != nil {
			return err
		}
		t.batch.Put(bucketRatchets, string(id), b)
	}
	for _, d := range t.deletes {
		t.batch.Put(bucketDeletes, d.key, d.marshal())
	}
	return nil
}

// adopt makes the turn's state the agent's.
func (t *Turn) adopt() {
	for id, c := range t.conns {
		if old := t.a.conns[id]; c == nil && old != nil {
			t.a.dismiss(t.ctx, party{old.user, id})
		}
		t.a.set(id, c)
	}
	for id, s := range t.ratchets {
		t.a.keepRatchet(id, s)
	}
	for _, d := range t.deletes {
		t.a.deletes[d.key] = d
	}
}

// kick looks what is to be done next for everything that the turn changed. What
// there is to send is remembered by then, and need not be read.
func (t *Turn) kick() {
	for _, d := range t.deletes {
		t.a.kick(t.ctx, d.key)
	}
	for id := range t.conns {
		t.a.kickConn(t.ctx, id)
	}
}
