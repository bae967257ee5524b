package agent

import (
	"context"
	"errors"
	"fmt"

	"sotto/smp"
	"sotto/wasm/ratchet"
)

// Invite makes a one-time invitation: a queue on the first of our relays that
// makes one, then a turn in which then can write what belongs to it. If the
// turn fails, or the program dies before it, a queue that nobody knows is all
// that remains.
func (u Account) Invite(ctx context.Context, then func(t *Turn, id ConnID, link string) error) error {
	m, err := u.makeQueue(ctx, plan{mode: smp.Messaging})
	if err != nil {
		return fmt.Errorf("agent: invite: %w", err)
	}
	return u.publish(ctx, m, func(t *Turn, id ConnID, links Links) error { return then(t, id, links.Full) })
}

// InviteShort is Invite with a short link, too, for official clients of today
// show those: shown is what people see who resolve it, such as a profile. The
// queue is made with the link, so that it costs no more.
func (u Account) InviteShort(ctx context.Context, shown []byte, then func(t *Turn, id ConnID, links Links) error) error {
	m, err := u.makeLink(ctx, LinkInvitation, shown)
	if err != nil {
		return fmt.Errorf("agent: invite: %w", err)
	}
	return u.publish(ctx, m, then)
}

// A made is a queue that a relay has made, and what belongs to it.
type made struct {
	user  User
	id    ConnID // of the connection that it is for
	queue *receiveQueue
	by    line
	offer *ratchet.Offer // of an invitation, if it is in the link data
	keys  *linkKeys      // nil if there is no short link
}

// makeLink makes a queue with a short link.
func (u Account) makeLink(ctx context.Context, kind LinkKind, shown []byte) (*made, error) {
	a, p := u.a, plan{mode: smp.Contact}
	var offer *ratchet.Offer
	if kind == LinkInvitation {
		var err error
		if offer, err = ratchet.NewOffer(a.keys(), a.speaks.pq); err != nil {
			return nil, err
		}
		p.mode = smp.Messaging
	}
	p.link = func(q *receiveQueue) (*linkKeys, error) { return a.newLinkKeys(kind, a.request(q, offer), shown) }
	m, err := u.makeQueue(ctx, p)
	if err != nil {
		return nil, err
	}
	m.offer = offer
	return m, nil
}

// publish is the turn with the links of a new queue.
func (u Account) publish(ctx context.Context, m *made, then func(t *Turn, id ConnID, links Links) error) error {
	a := u.a
	err := a.Do(ctx, func(t *Turn) error {
		c, links, err := t.invite(u.user, m)
		if err != nil {
			return err
		}
		t.After(func() { a.adoptQueue(t.ctx, m.queue, m.by) })
		return then(t, c.id, links)
	})
	if err != nil {
		a.post(func(t *Turn) error { return t.dropQueue(u.user, m.queue) })
	}
	return err
}

// dropQueue deletes a queue that was to be used, unless it is: the caller may
// have gone while the turn was being committed.
func (t *Turn) dropQueue(u User, q *receiveQueue) error {
	if _, used := t.a.receives[q.address()]; used {
		return nil
	}
	return t.deleteQueue(u, q)
}

// makeQueue makes a queue on the first of the user's relays that makes one.
func (u Account) makeQueue(ctx context.Context, p plan) (*made, error) {
	a := u.a
	id, err := a.newConnID()
	if err != nil {
		return nil, err
	}
	of, policy, err := u.policy(ctx, string(id))
	if err == nil {
		err = ErrNoRelay
	}
	for _, p.home = range policy.Relays {
		var c line
		if c, err = a.reach(ctx, a.relay, of, p.home.Address); err != nil {
			continue
		}
		m := &made{user: u.user, id: id, by: c}
		p.version = a.speaks.client.Max
		if m.queue, m.keys, err = a.newLinkedQueue(ctx, c, p); err == nil || errors.Is(err, ErrDataTooLong) {
			return m, err
		}
	}
	return nil, err
}

// invite makes the connection of a new queue, or its address, and the links.
func (t *Turn) invite(u User, m *made) (c *conn, _ Links, err error) {
	v := t.a.speaks
	c = t.add(&conn{id: m.id, user: u, state: Address, initiator: true, version: v.agent.Max, pq: v.pq, receive: m.queue})
	if m.queue.mode != smp.Contact {
		if m.offer == nil {
			// Full links have no KEM key, as the official ones: it would make them five
			// times as long. The joiner proposes one, and the first answer uses it.
			if m.offer, err = ratchet.NewOffer(t.a.keys(), false); err != nil {
				return nil, Links{}, fmt.Errorf("agent: invite: %w", err)
			}
		}
		c.state = Invited
		if c.offer, err = m.offer.MarshalBinary(); err != nil {
			return nil, Links{}, fmt.Errorf("agent: invite: %w", err)
		}
	}
	return c, t.links(c, m), nil
}

// links returns the links of a new queue, and keeps what the short one needs.
func (t *Turn) links(c *conn, m *made) Links {
	r := t.a.request(m.queue, m.offer)
	if r.invites() {
		r.Params.KEM = nil
	}
	links := Links{Full: r.String()}
	if m.keys != nil {
		kind := LinkContact
		if r.invites() {
			kind = LinkInvitation
		}
		links.Short = m.keys.short(kind, m.queue.relay).String()
		c.link = []byte(links.Short)
		t.put(bucketLinks, string(c.id), m.keys.marshal())
	}
	return links
}

// request returns what the full link to a queue says. Without an offer it is an
// address.
func (a *Agent) request(q *receiveQueue, offer *ratchet.Offer) *Request {
	r := &Request{Versions: a.speaks.agent, Queues: []smp.QueueURI{{Versions: a.speaks.client, QueueAddress: q.public()}}}
	if offer != nil {
		params := offer.ParamsRange()
		r.Params = &params
	}
	return r
}
