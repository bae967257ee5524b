package agent

import (
	"context"
	"fmt"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/ratchet"
)

// Join opens the link of an invitation or of an address, full or short. All keys
// are made and kept by the turn; what has to be said to the relays follows
// (next.go), and goes on after a restart with the same keys. The answer is
// InfoReceived and Connected, or JoinFailed. If the link is an address, the
// answer is Confirmed, as if its owner had opened an invitation of ours, or
// none: rejection is silent. The error is a *LinkError, ErrInfoTooLong, or, with
// the id of the connection that is there already, ErrJoined.
func (t *Turn) Join(link string, info []byte) (ConnID, error) { return t.JoinAs("", link, info) }

// JoinAs is Join of a user.
func (t *Turn) JoinAs(u User, link string, info []byte) (ConnID, error) {
	l, err := ParseLink(link)
	if err != nil {
		return "", err
	}
	if _, ok := t.find(func(c *conn) bool { return c.user == u && c.owns(l) }); ok {
		return "", &LinkError{l.Kind, OwnLink}
	}
	if id, ok := t.Joined(l); ok && (l.Kind == LinkInvitation || t.conn(id).user == u) {
		return id, ErrJoined
	}
	if l.Short {
		return t.joinShort(u, l, info)
	}
	return t.open(u, l, info)
}

// open is Join when it is known what the link says.
func (t *Turn) open(u User, l Link, info []byte) (ConnID, error) {
	c, params, err := t.a.agree(l.Request)
	if err != nil {
		return "", &LinkError{l.Kind, IncompatibleLink}
	}
	room := c.infoLength() - t.a.replyOverhead(u)
	if !l.Request.invites() {
		room = t.a.requestLength(u)
	}
	if len(info) > room {
		return "", ErrInfoTooLong
	}
	if c.id, err = t.a.newConnID(); err != nil {
		return "", err
	}
	c.user, c.info = u, info
	if l.Request.invites() {
		return c.id, t.join(c, params)
	}
	c.opened(l.Request)
	return c.id, t.ask(c)
}

// requestLength is the longest info for a link of which it is not known yet what
// the answer to it will have room for.
func (a *Agent) requestLength(u User) int {
	return ratchet.InfoLength(uint16(VersionEarlyRatchet), true) - a.replyOverhead(u)
}

// agree finds the versions of a connection to the owner of a link.
func (a *Agent) agree(r *Request) (*conn, ratchet.Params, error) {
	version, ok := r.Versions.Agree(a.speaks.agent)
	clientVersion, ok2 := r.Queues[0].Versions.Agree(a.speaks.client)
	params := ratchet.Params{Version: oldestPQ}
	var err error
	if r.invites() {
		params, err = r.Params.Agree()
	}
	if err != nil || !ok || !ok2 {
		return nil, params, ErrVersion
	}
	q, err := a.newSendQueue(r.Queues[0].At(clientVersion))
	return &conn{state: Joining, version: version, pq: a.speaks.usesPQ(version, params.Version), send: q}, params, err
}

// join makes the ratchet.
func (t *Turn) join(c *conn, params ratchet.Params) error {
	state, reply, err := ratchet.Join(t.a.keys(), params, c.pq)
	if err != nil {
		return fmt.Errorf("agent: join: %w", err)
	}
	c.reply = ratchet.AppendParams(nil, reply)
	t.add(c)
	t.setRatchet(c.id, state)
	return nil
}

// replyOverhead is what a joiner's confirmation has besides the info: the
// length that padding adds, 'D', a count, and the address of a reply queue.
func (a *Agent) replyOverhead(u User) int {
	longest := 0
	for _, home := range a.policy(u).Relays {
		longest = max(longest, len(smp.AppendAddress(nil, home.Address)))
	}
	return 2 + 2 + 2 + longest + 25 + 45 + 1
}

// replyWith is the turn after the relay made the reply queue: the confirmation is
// made, and never again.
func (t *Turn) replyWith(c *conn, q *receiveQueue) error {
	p := wire.NewParser(c.reply)
	params := ratchet.ReadParams(p)
	if err := p.Done(); err != nil {
		return fmt.Errorf("agent: join: %w", err)
	}
	q.version = c.send.version
	c.receive = q
	if err := t.enqueueConfirmation(c, connInfoReply{[]smp.QueueInfo{q.info()}, c.info}, &params); err != nil {
		return err
	}
	c.reply, c.info = nil, nil
	return nil
}

// joinFailed ends a join.
func (t *Turn) joinFailed(c *conn, err error) error {
	c.state = Over
	if err := t.failOut(c, err); err != nil || t.left(c) {
		return err
	}
	return t.event(JoinFailed{c.id, err})
}

// replyJob makes the queue that a joiner receives on.
func (a *Agent) replyJob(c *conn) *job {
	of := a.partyOf(c)
	home, ok := a.home(of)
	if !ok {
		return nil
	}
	v := c.send.version
	if c.asks {
		v = a.speaks.client.Max
	}
	return &job{a.relay(of, home.Address), 0, func(ctx context.Context, rc line) (any, error) {
		q, err := a.newQueue(ctx, rc, plan{home: home, version: v, mode: smp.Messaging})
		return made{user: of.user, queue: q, by: rc}, err
	}, func(t *Turn, result any, err error) error {
		c := t.edit(c.id)
		m, _ := result.(made)
		switch {
		case c == nil || c.receive != nil || c.state != Joining && c.state != Requesting:
			if err == nil {
				return t.deleteQueue(m.user, m.queue)
			}
			return nil
		case err != nil:
			return t.joinFailed(c, fmt.Errorf("agent: our relay makes no queue: %w", err))
		}
		t.After(func() { a.adoptQueue(t.ctx, m.queue, m.by) })
		if c.state == Requesting {
			return t.askWith(c, m.queue)
		}
		return t.replyWith(c, m.queue)
	}}
}
