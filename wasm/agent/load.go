package agent

import (
	"context"

	"sotto/wasm/store"
)

// loadPage is how many records are read at once.
const loadPage = 256

// load reads what the loop must know: the connections, without ratchets and
// messages, and the queues to delete.
func (a *Agent) load(ctx context.Context) error {
	err := a.scan(ctx, bucketConns, func(r store.Record) error {
		c, err := parseConn(ConnID(r.Key), r.Value)
		if err == nil {
			a.set(c.id, c)
		}
		return err
	})
	if err != nil {
		return err
	}
	return a.scan(ctx, bucketDeletes, func(r store.Record) error {
		d, err := parseDeletion(r.Key, r.Value)
		a.deletes[r.Key] = d
		return err
	})
}

// scan reads a bucket page by page.
func (a *Agent) scan(ctx context.Context, bucket string, each func(store.Record) error) error {
	q := store.Query{Limit: loadPage}
	for {
		records, err := a.store.Scan(ctx, bucket, q)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := each(r); err != nil {
				return err
			}
			q.After = r.Key
		}
		if len(records) < loadPage {
			return nil
		}
	}
}

// start goes on where the last run of the program was.
func (a *Agent) start(ctx context.Context) {
	a.connect(ctx, func(party) bool { return true })
	for id := range a.conns {
		a.kickConn(ctx, id)
	}
	for key := range a.deletes {
		a.kick(ctx, key)
	}
	a.workers.Go(func() { a.post((*Turn).payAll) })
}

// connect connects to the relays that some parties receive from, and to those
// that their next invitations will need.
func (a *Agent) connect(ctx context.Context, which func(party) bool) {
	users := map[User]bool{"": true}
	for u := range a.users {
		users[u] = true
	}
	for _, c := range a.conns {
		of := a.partyOf(c)
		users[c.user] = true
		if !which(of) {
			continue
		}
		for s := range c.subscriptions {
			a.relay(of, s.queue.relay).ensure(ctx)
		}
	}
	for u := range users {
		p := a.policy(u)
		if of := (party{user: u}); !p.PerConnection && which(of) {
			for _, h := range p.Relays {
				a.relay(of, h.Address).ensure(ctx)
			}
		}
	}
}

// set makes c the state of a connection; nil forgets it.
func (a *Agent) set(id ConnID, c *conn) {
	if old := a.conns[id]; old != nil {
		for s := range old.subscriptions {
			delete(a.receives, s.at)
		}
	}
	if c == nil {
		delete(a.conns, id)
		delete(a.ratchets, id)
		return
	}
	a.conns[id] = c
	for s := range c.subscriptions {
		a.receives[s.at] = id
	}
}
