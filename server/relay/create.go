package relay

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha3"
	"crypto/subtle"
	"errors"
	"time"

	"sotto/smp"
)

// attempts is how often ids are made anew when one of them is taken.
const attempts = 3

// create answers NEW. SMP: "Create queue command".
func (r *request) create(ctx context.Context, c smp.NEW) (smp.Response, error) {
	if !r.relay.knowsPassword(c.BasicAuth) {
		return nil, smp.ErrAuth
	}
	if !r.mayKeep(c) {
		return nil, smp.ErrCmdProhibited
	}
	if !r.conn.mayCreate() {
		return nil, smp.ErrQuota
	}
	q, ids, err := r.newQueue(c)
	if err != nil {
		return nil, err
	}
	if err := r.store(ctx, q, c.Queue); err != nil {
		return nil, err
	}
	r.relay.config.Metrics.Created.Add(1)
	if c.Subscribe {
		if err := r.subscribeNew(q); err != nil {
			return nil, err
		}
	}
	return ids.of(q), nil
}

// mayKeep reports whether the connection may have one more queue. A service
// subscribes to every queue that it creates.
func (r *request) mayKeep(c smp.NEW) bool {
	if !r.serviceID().IsZero() {
		return c.Subscribe
	}
	return !c.Subscribe || !r.conn.full()
}

func (r *request) subscribeNew(q *Queue) error {
	if !q.Service.IsZero() {
		r.attendTo(q.Recipient, true)
		return nil
	}
	var err error
	r.held, err = r.conn.subscribe(q)
	return err
}

// newKeys are what the recipient needs to know of a new queue's secrets.
type newKeys struct{ delivery, notification smp.PublicKey }

// of makes the answer to NEW.
func (k newKeys) of(q *Queue) smp.IDS {
	ids := smp.IDS{RecipientID: q.Recipient[:], SenderID: q.Sender[:], DHKey: k.delivery, Mode: q.Mode}
	if q.Link != nil {
		ids.LinkID = q.Link.ID[:]
	}
	if q.Notifier != nil {
		ids.Notifier = &smp.NotifierID{ID: q.Notifier.ID[:], DHKey: k.notification}
	}
	if !q.Service.IsZero() {
		ids.ServiceID = q.Service[:]
	}
	return ids
}

// knowsPassword reports whether a client may create queues and use this relay
// to reach others.
func (r *Relay) knowsPassword(password []byte) bool {
	return r.config.Password == nil || subtle.ConstantTimeCompare(r.config.Password, password) == 1
}

// newQueue makes a queue without ids.
func (r *request) newQueue(c smp.NEW) (*Queue, newKeys, error) {
	q := &Queue{RecipientKeys: []smp.PublicKey{c.AuthKey}, Service: r.serviceID(), Used: time.Now().Truncate(time.Second).UTC()}
	var keys newKeys
	var err error
	if q.Secret, keys.delivery, err = newSecret(c.DHKey); err != nil {
		return nil, newKeys{}, err
	}
	if c.Queue != nil {
		q.Mode = c.Queue.Mode
	}
	if n := c.Notifier; n != nil {
		if q.Notifier, keys.notification, err = newNotifier(n.AuthKey, n.DHKey); err != nil {
			return nil, newKeys{}, err
		}
	}
	return q, keys, nil
}

// newSecret makes a secret that is shared with who has the private half of a
// key and gets the key that is returned.
func newSecret(peer smp.PublicKey) ([32]byte, smp.PublicKey, error) {
	key, err := smp.GenerateKey(rand.Reader, smp.X25519)
	if err != nil {
		return [32]byte{}, smp.PublicKey{}, err
	}
	secret, err := key.DH(peer)
	if err != nil {
		return [32]byte{}, smp.PublicKey{}, smp.ErrCmdSyntax
	}
	return [32]byte(secret), key.Public(), nil
}

// store gives q its ids and adds it to the store.
func (r *request) store(ctx context.Context, q *Queue, ask *smp.QueueRequest) error {
	if q.Notifier != nil {
		q.Notifier.ID = newID()
	}
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
