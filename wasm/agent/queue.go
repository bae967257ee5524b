package agent

import (
	"context"
	"crypto/sha3"
	"fmt"

	"sotto/smp"
	"sotto/smp/client"
)

// A plan says what queue to make.
type plan struct {
	home    smp.PasswordAddress
	version smp.ClientVersion
	mode    smp.QueueMode
	// link makes the data of a short link to the queue; nil: there is none.
	link func(q *receiveQueue) (*linkKeys, error)
}

// newQueue makes a queue on a relay.
func (a *Agent) newQueue(ctx context.Context, c line, p plan) (*receiveQueue, error) {
	q, _, err := a.newLinkedQueue(ctx, c, p)
	return q, err
}

// newLinkedQueue makes a queue on a relay, with the data of a short link if the
// plan says so and the relay can. SMP: "Create queue command".
func (a *Agent) newLinkedQueue(ctx context.Context, c line, p plan) (*receiveQueue, *linkKeys, error) {
	q, dh, err := a.draftQueue(p)
	if err != nil {
		return nil, nil, err
	}
	create := smp.NEW{AuthKey: q.auth.private().Public(), DHKey: dh.Public(), BasicAuth: p.home.Password, Subscribe: true}
	if q.mode != 0 {
		create.Queue = &smp.QueueRequest{Mode: q.mode}
	}
	r := client.Request{Key: q.auth.private(), Command: create}
	var keys *linkKeys
	rc, direct := c.(*client.Client)
	if direct && p.link != nil && q.mode != 0 && rc.Session().Version >= smp.VersionShortLinks {
		if keys, err = a.linkQueue(&r, q, p); err != nil {
			return nil, nil, err
		}
	}
	ids, err := client.As[smp.IDS](send(ctx, c, r))
	if err != nil {
		return nil, nil, fmt.Errorf("agent: new queue: %w", err)
	}
	if keys != nil && (string(ids.SenderID) != string(q.senderID) || len(ids.LinkID) == 0) {
		return nil, nil, fmt.Errorf("agent: new queue: %w", client.ErrUnexpected)
	}
	if keys != nil {
		keys.id = ids.LinkID // of an invitation, the relay chose it
	}
	if q.delivery, err = dh.DH(ids.DHKey); err != nil {
		return nil, nil, fmt.Errorf("agent: new queue: %w", err)
	}
	q.id, q.senderID = ids.RecipientID, ids.SenderID
	return q, keys, nil
}

// draftQueue makes the keys of a queue, ours and the one for the relay.
func (a *Agent) draftQueue(p plan) (*receiveQueue, smp.PrivateKey, error) {
	q := &receiveQueue{relay: p.home.Address, version: p.version, mode: p.mode}
	if p.mode == smp.Messaging {
		q.mode = a.speaks.mode()
	}
	var dh smp.PrivateKey
	var err error
	if q.auth, err = newSignKey(a.rand); err != nil {
		return nil, dh, err
	}
	if dh, err = smp.GenerateKey(a.rand, smp.X25519); err != nil {
		return nil, dh, err
	}
	q.key, err = smp.GenerateKey(a.rand, smp.X25519)
	return q, dh, err
}

// linkQueue adds the data of a short link to the command that makes q. They name
// the queue, so that its sender id must be known before: it follows from the
// correlation id.
func (a *Agent) linkQueue(r *client.Request, q *receiveQueue, p plan) (*linkKeys, error) {
	nonce, err := a.newNonce()
	if err != nil {
		return nil, err
	}
	h := sha3.Sum384(nonce[:])
	r.CorrID, q.senderID = nonce[:], h[:linkIDSize]
	keys, err := p.link(q)
	if err != nil {
		return nil, err
	}
	create := r.Command.(smp.NEW)
	create.Queue.Link = &smp.LinkRequest{SenderID: q.senderID, Data: keys.data}
	if q.mode == smp.Contact {
		create.Queue.Link.LinkID = keys.id
	}
	r.Command = create
	return keys, nil
}

// send sends a request on a line, which can choose a correlation id only if it
// is a connection.
func send(ctx context.Context, c line, r client.Request) (smp.Response, error) {
	if rc, ok := c.(*client.Client); ok {
		return rc.Send(ctx, r)
	}
	return c.Do(ctx, r.EntityID, r.Key, r.Command)
}
