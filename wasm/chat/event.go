package chat

import (
	"errors"

	"sotto/wasm/agent"
)

// Event takes what the agent has to say, in the turn that it belongs to.
func (c *Chat) Event(t *agent.Turn, e agent.Event) error {
	if k, m := c.memberOf(e); m != nil {
		return c.memberEvent(t, k, m, e)
	}
	switch e := e.(type) {
	case agent.Requested:
		return c.requested(t, e)
	case agent.Confirmed:
		return c.with(e.Conn, func(k *contact) error { return c.confirmed(t, k, e.Info) })
	case agent.InfoReceived:
		return c.with(e.Conn, func(k *contact) error { c.learn(t, k, e.Info); return nil })
	case agent.Connected:
		return c.with(e.Conn, func(k *contact) error { return c.connected(t, k, e.PQ) })
	case agent.PQChanged:
		return c.with(e.Conn, func(k *contact) error { k.PostQuantum = e.PQ; c.save(t, k); return nil })
	case agent.Received:
		return c.with(e.Conn, func(k *contact) error { return c.receive(t, k, e) })
	case agent.SentToRelay:
		return c.with(e.Conn, func(k *contact) error { return c.onRelay(t, k, e) })
	case agent.SendFailed:
		return c.with(e.Conn, func(k *contact) error {
			return c.setStatus(t, k, e.Conn, e.MsgID, Undeliverable, Refusal(e.Err))
		})
	case agent.Delivered:
		return c.with(e.Conn, func(k *contact) error { return c.delivered(t, k, e) })
	case agent.SendDelayed:
		return c.with(e.Conn, func(k *contact) error {
			return c.setStatus(t, k, e.Conn, e.MsgID, Pending, Sentence(e.Err))
		})
	case agent.JoinFailed:
		return c.with(e.Conn, func(k *contact) error { return c.end(t, k, Failed, Sentence(e.Err)) })
	case agent.Ended:
		return c.with(e.Conn, func(k *contact) error { return c.end(t, k, Ended, Sentence(e.Err)) })
	case agent.Unreadable:
		return c.with(e.Conn, func(k *contact) error {
			c.note(t, k, "A message could not be decrypted and is lost.", t.Now())
			return nil
		})
	case agent.Gap:
		return c.with(e.Conn, func(k *contact) error { c.integrity(t, k, e.Integrity, t.Now()); return nil })
	case agent.Synced:
		return c.with(e.Conn, func(k *contact) error { return c.synced(t, k, e) })
	case agent.Moved:
		return c.with(e.Conn, func(k *contact) error {
			c.note(t, k, "The other person receives at another place now. Nothing is lost.", t.Now())
			return nil
		})
	case agent.Switching:
		return c.with(e.Conn, func(k *contact) error { c.moving(t, k, e); return nil })
	case agent.RelayState:
		c.emit(t, Event{Relay: &e})
	}
	return nil // events of later versions change nothing here
}

// memberOf returns the member of a group, other than its host, whose connection
// an event is about.
func (c *Chat) memberOf(e agent.Event) (*contact, *member) {
	var conn agent.ConnID
	switch e := e.(type) {
	case agent.InfoReceived:
		conn = e.Conn
	case agent.Connected:
		conn = e.Conn
	case agent.PQChanged:
		conn = e.Conn
	case agent.Received:
		conn = e.Conn
	case agent.SentToRelay:
		conn = e.Conn
	case agent.SendDelayed:
		conn = e.Conn
	case agent.SendFailed:
		conn = e.Conn
	case agent.Delivered:
		conn = e.Conn
	case agent.JoinFailed:
		conn = e.Conn
	case agent.Ended:
		conn = e.Conn
	case agent.Synced:
		conn = e.Conn
	case agent.Unreadable:
		conn = e.Conn
	case agent.Gap:
		conn = e.Conn
	}
	k := c.byConn[conn]
	if k == nil || !k.isGroup() || conn == k.Conn {
		return nil, nil
	}
	return k, k.memberAt(conn)
}

// with runs f for the contact of conn; a connection without one was deleted meanwhile.
func (c *Chat) with(conn agent.ConnID, f func(*contact) error) error {
	if k := c.byConn[conn]; k != nil {
		return f(k)
	}
	return nil
}

// confirmed answers the person who opened our link, or accepted our request,
// with who we are.
func (c *Chat) confirmed(t *agent.Turn, k *contact, info []byte) error {
	body, err := c.answered(t, k, info)
	if errors.Is(err, errRejected) {
		return c.end(t, k, Failed, "You were not let in.")
	}
	if err != nil {
		return err
	}
	if err := t.Allow(k.Conn, body); err != nil {
		return err
	}
	k.State, k.Link, k.Short = Joining, "", ""
	c.save(t, k)
	return nil
}

// learn takes the other side's profile from connection info. Info that cannot
// be read leaves the name as it is and the connection alone.
func (c *Chat) learn(t *agent.Turn, k *contact, info []byte) {
	if k.isGroup() {
		return // the host of a group says x.ok
	}
	msgs, _, err := Parse(info)
	if err == nil {
		for _, m := range msgs {
			if p, err := parseInfo(m.Params); err == nil && (m.Event == eventInfo || m.Event == eventContact) {
				k.Profile, k.TTL = p, parseTTL(m.Params)
			}
		}
	}
	c.save(t, k)
}

// connected is the turn in which messages begin to flow both ways: what waited
// for it is sent.
func (c *Chat) connected(t *agent.Turn, k *contact, pq bool) error {
	if k.over() {
		return nil
	}
	k.State, k.Link, k.Short, k.Problem, k.PostQuantum = Connected, "", "", "", pq
	k.ActiveAt = t.Now().UnixMilli()
	if k.First > 0 {
		if err := c.mark(t, k, k.First, Delivered, ""); err != nil { // they have read it to decide
			return err
		}
		k.First = 0
	}
	c.save(t, k)
	if err := c.greet(t, k); err != nil {
		return err
	}
	return c.flush(t, k)
}

// onRelay is the turn in which the relay took a message, or our request, which
// has no number.
func (c *Chat) onRelay(t *agent.Turn, k *contact, e agent.SentToRelay) error {
	if e.MsgID == 0 {
		return c.mark(t, k, k.First, OnRelay, "")
	}
	return c.setStatus(t, k, e.Conn, e.MsgID, OnRelay, "")
}

// end closes the conversation; what was written stays.
func (c *Chat) end(t *agent.Turn, k *contact, s ContactState, problem string) error {
	if k.over() {
		return nil
	}
	k.State, k.Link, k.Short, k.Problem = s, "", "", problem
	c.save(t, k)
	if err := c.giveUp(t, k, problem); err != nil {
		return err
	}
	if k.isGroup() {
		if err := c.eraseConns(t, k); err != nil {
			return err
		}
	}
	return t.Erase(k.Conn)
}

func (k *contact) over() bool { return k.State == Ended || k.State == Failed }

func (c *Chat) delivered(t *agent.Turn, k *contact, e agent.Delivered) error {
	for _, id := range e.MsgIDs {
		if err := c.setStatus(t, k, e.Conn, id, Delivered, ""); err != nil {
			return err
		}
	}
	for _, id := range e.BadHash {
		if err := c.setStatus(t, k, e.Conn, id, Undeliverable, "The other device received something else than what was sent. Send it again."); err != nil {
			return err
		}
	}
	return nil
}
