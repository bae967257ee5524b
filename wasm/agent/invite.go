package agent

import (
	"context"
	"fmt"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/wasm/ratchet"
)

// Invite makes a one-time invitation: a queue on the first of our relays that
// makes one, then a turn in which then can write what belongs to it. If the
// turn fails, or the program dies before it, a queue that nobody knows is all
// that remains.
func (a *Agent) Invite(ctx context.Context, then func(t *Turn, id ConnID, link string) error) error {
	q, c, err := a.makeQueue(ctx)
	if err != nil {
		return fmt.Errorf("agent: invite: %w", err)
	}
	err = a.Do(ctx, func(t *Turn) error {
		id, link, err := t.invite(q)
		if err != nil {
			return err
		}
		t.After(func() { a.adoptQueue(t.ctx, q, c) })
		return then(t, id, link)
	})
	if err != nil {
		a.post(func(t *Turn) error { return t.dropQueue(q) })
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
func (a *Agent) makeQueue(ctx context.Context) (*receiveQueue, line, error) {
	err := ErrNoRelay
	for _, home := range a.homes {
		var c line
		if c, err = a.reach(ctx, a.relay, home.Address); err != nil {
			continue
		}
		var q *receiveQueue
		if q, err = a.newQueue(ctx, c, home, a.speaks.client.Max); err == nil {
			return q, c, nil
		}
	}
	return nil, nil, err
}

// newQueue makes a queue on a relay. SMP: "Create queue command".
func (a *Agent) newQueue(ctx context.Context, c line, home smp.PasswordAddress, v smp.ClientVersion) (*receiveQueue, error) {
	auth, err := newSignKey(a.rand)
	if err != nil {
		return nil, err
	}
	dh, err := smp.GenerateKey(a.rand, smp.X25519)
	if err != nil {
		return nil, err
	}
	key, err := smp.GenerateKey(a.rand, smp.X25519)
	if err != nil {
		return nil, err
	}
	create := smp.NEW{AuthKey: auth.private().Public(), DHKey: dh.Public(), BasicAuth: home.Password, Subscribe: true}
	if a.speaks.secure {
		create.Queue = &smp.QueueRequest{Mode: smp.Messaging}
	}
	ids, err := client.As[smp.IDS](c.Do(ctx, nil, auth.private(), create))
	if err != nil {
		return nil, fmt.Errorf("agent: new queue: %w", err)
	}
	delivery, err := dh.DH(ids.DHKey)
	if err != nil {
		return nil, fmt.Errorf("agent: new queue: %w", err)
	}
	return &receiveQueue{
		relay: home.Address, id: ids.RecipientID, senderID: ids.SenderID, auth: auth, delivery: delivery,
		key: key, version: v, mode: a.speaks.mode(),
	}, nil
}

// invite makes the connection of a new queue, and its link.
func (t *Turn) invite(q *receiveQueue) (ConnID, string, error) {
	id, err := t.a.newConnID()
	if err != nil {
		return "", "", err
	}
	// Full links have no KEM key, as the official ones: it would make them five
	// times as long. The joiner proposes one, and the first answer uses it.
	offer, err := ratchet.NewOffer(t.a.keys(), false)
	if err != nil {
		return "", "", fmt.Errorf("agent: invite: %w", err)
	}
	stored, err := offer.MarshalBinary()
	if err != nil {
		return "", "", fmt.Errorf("agent: invite: %w", err)
	}
	v := t.a.speaks
	t.add(&conn{id: id, state: Invited, initiator: true, version: v.agent.Max, pq: v.pq, receive: q, offer: stored})
	params := offer.ParamsRange()
	link := &Request{Versions: v.agent, Queues: []smp.QueueURI{{Versions: v.client, QueueAddress: q.public()}}, Params: &params}
	return id, link.String(), nil
}
