package relay

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha3"
	"crypto/subtle"
	"errors"

	"sotto/smp"
)

// attempts is how often ids are made anew when one of them is taken.
const attempts = 3

// create answers NEW. SMP: "Create queue command". A notifier that is asked for
// is not made, which the client sees in IDS.
func (r *request) create(ctx context.Context, c smp.NEW) (smp.Response, error) {
	if !r.relay.knowsPassword(c.BasicAuth) {
		return nil, smp.ErrAuth
	}
	if c.Subscribe && r.conn.full() {
		return nil, smp.ErrCmdProhibited
	}
	q, key, err := r.newQueue(c)
	if err != nil {
		return nil, err
	}
	if err := r.store(ctx, q, c.Queue); err != nil {
		return nil, err
	}
	if c.Subscribe {
		if r.held, err = r.conn.subscribe(q); err != nil {
			return nil, err
		}
	}
	ids := smp.IDS{RecipientID: q.Recipient[:], SenderID: q.Sender[:], DHKey: key, Mode: q.Mode}
	if q.Link != nil {
		ids.LinkID = q.Link.ID[:]
	}
	return ids, nil
}

// knowsPassword reports whether a client may create queues and use this relay
// to reach others.
func (r *Relay) knowsPassword(password []byte) bool {
	return r.config.Password == nil || subtle.ConstantTimeCompare(r.config.Password, password) == 1
}

// newQueue makes a queue without ids, and the key that the recipient needs to
// read deliveries.
func (r *request) newQueue(c smp.NEW) (*Queue, smp.PublicKey, error) {
	key, err := smp.GenerateKey(rand.Reader, smp.X25519)
	if err != nil {
		return nil, smp.PublicKey{}, err
	}
	secret, err := key.DH(c.DHKey)
	if err != nil {
		return nil, smp.PublicKey{}, smp.ErrCmdSyntax
	}
	q := &Queue{RecipientKeys: []smp.PublicKey{c.AuthKey}, Secret: [32]byte(secret)}
	if c.Queue != nil {
		q.Mode = c.Queue.Mode
	}
	return q, key.Public(), nil
}

// store gives q its ids and adds it to the store.
func (r *request) store(ctx context.Context, q *Queue, ask *smp.QueueRequest) error {
	if ask != nil && ask.Link != nil {
		return r.storeWithLink(ctx, q, ask)
	}
	for range attempts {
		q.Recipient, q.Sender = newID(), newID()
		if err := r.relay.config.Store.Create(ctx, q); !errors.Is(err, ErrDuplicate) {
			return err
		}
	}
	return smp.ErrInternal
}

// storeWithLink adds a queue whose sender id, and for an address whose link id,
// the client chose. The sender id must come of the correlation id: otherwise
// anyone could ask in this way whether a queue exists.
func (r *request) storeWithLink(ctx context.Context, q *Queue, ask *smp.QueueRequest) error {
	sum := sha3.Sum384(r.t.CorrID)
	sender, ok := ParseID(ask.Link.SenderID)
	if !ok || !bytes.Equal(sender[:], sum[:IDSize]) {
		return smp.ErrCmdProhibited
	}
	link := newID()
	if ask.Mode == smp.Contact {
		if link, ok = ParseID(ask.Link.LinkID); !ok {
			return smp.ErrCmdSyntax
		}
	}
	q.Recipient, q.Sender, q.Link = newID(), sender, &Link{ID: link, Data: ask.Link.Data}
	return r.relay.config.Store.Create(ctx, q)
}
