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
func (a *Agent) Invite(ctx context.Context, then func(t *Turn, id ConnID, link string) error) error {
	m, err := a.makeQueue(ctx, plan{mode: smp.Messaging})
	if err != nil {
		return fmt.Errorf("agent: invite: %w", err)
	}
	return a.publish(ctx, m, func(t *Turn, id ConnID, links Links) error { return then(t, id, links.Full) })
}

// InviteShort is Invite with a short link, too, for official clients of today
// show those: shown is what people see who resolve it, such as a profile. The
// queue is made with the link, so that it costs no more.
func (a *Agent) InviteShort(ctx context.Context, shown []byte, then func(t *Turn, id ConnID, links Links) error) error {
	m, err := a.makeLink(ctx, LinkInvitation, shown)
	if err != nil {
		return fmt.Errorf("agent: invite: %w", err)
	}
	return a.publish(ctx, m, then)
}

// A made is a queue that a relay has made, and what belongs to it.
type made struct {
	queue *receiveQueue
	by    line
	offer *ratchet.Offer // of an invitation, if it is in the link data
	keys  *linkKeys      // nil if there is no short link
}

// makeLink makes a queue with a short link.
func (a *Agent) makeLink(ctx context.Context, kind LinkKind, shown []byte) (*made, error) {
	p := plan{mode: smp.Contact}
	var offer *ratchet.Offer
	if kind == LinkInvitation {
		var err error
		if offer, err = ratchet.NewOffer(a.keys(), a.speaks.pq); err != nil {
			return nil, err
		}
		p.mode = smp.Messaging
	}
	p.link = func(q *receiveQueue) (*linkKeys, error) { return a.newLinkKeys(kind, a.request(q, offer), shown) }
	m, err := a.makeQueue(ctx, p)
	if err != nil {
		return nil, err
	}
	m.offer = offer
	return m, nil
}

// publish is the turn with the links of a new queue.
func (a *Agent) publish(ctx context.Context, m *made, then func(t *Turn, id ConnID, links Links) error) error {
	err := a.Do(ctx, func(t *Turn) error {
		c, links, err := t.invite(m)
		if err != nil {
			return err
		}
		t.After(func() { a.adoptQueue(t.ctx, m.queue, m.by) })
		return then(t, c.id, links)
	})
	if err != nil {
		a.post(func(t *Turn) error { return t.dropQueue(m.queue) })
	}
	return err
}

// dropQueue deletes a queue that was to be used, unless it is: the caller may
// have gone while the turn was being committed.
func (t *Turn) dropQueue(q *receiveQueue) error {
	if _, used := t.a.receives[q.address()]; used {
		return nil
	}
	return t.deleteQueue(q)
}

// makeQueue makes a queue on the first of our relays that makes one.
func (a *Agent) makeQueue(ctx context.Context, p plan) (*made, error) {
	err := ErrNoRelay
	for _, p.home = range a.homes {
		var c line
		if c, err = a.reach(ctx, a.relay, p.home.Address); err != nil {
			continue
		}
		m := &made{by: c}
		p.version = a.speaks.client.Max
		if m.queue, m.keys, err = a.newLinkedQueue(ctx, c, p); err == nil || errors.Is(err, ErrDataTooLong) {
			return m, err
		}
	}
	return nil, err
}

// invite makes the connection of a new queue, or its address, and the links.
func (t *Turn) invite(m *made) (*conn, Links, error) {
	id, err := t.a.newConnID()
	if err != nil {
		return nil, Links{}, err
	}
	v := t.a.speaks
	c := t.add(&conn{id: id, state: Address, initiator: true, version: v.agent.Max, pq: v.pq, receive: m.queue})
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
