package relay

import (
	"context"
	"errors"

	"sotto/smp"
)

// forgetNotifier ends a notifier that was replaced or deleted.
func (r *request) forgetNotifier(n *Notifier) {
	if n == nil {
		return
	}
	r.relay.notifications.take(n.ID)
	if c := r.relay.notifications.swap(n.ID, nil); c != nil {
		c.unwatch(n.ID, smp.DELD{})
	}
	r.leave(n.Service, n.ID, smp.DELD{})
}

// setNotifier answers NKEY. SMP: "Enable notifications command".
func (r *request) setNotifier(ctx context.Context, c smp.NKEY) (smp.Response, error) {
	n, key, err := newNotifier(c.AuthKey, c.DHKey)
	if err != nil {
		return nil, err
	}
	for range attempts {
		n.ID = newID()
		err := r.relay.config.Store.Update(ctx, r.queue.Recipient, SetNotifier{*n})
		if errors.Is(err, ErrDuplicate) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r.forgetNotifier(r.queue.Notifier)
		return smp.NID{NotifierID: n.ID[:], DHKey: key}, nil
	}
	return nil, smp.ErrInternal
}

// deleteNotifier answers NDEL. SMP: "Disable notifications command".
func (r *request) deleteNotifier(ctx context.Context) (smp.Response, error) {
	if err := r.relay.config.Store.Update(ctx, r.queue.Recipient, DeleteNotifier{}); err != nil {
		return nil, err
	}
	r.forgetNotifier(r.queue.Notifier)
	return smp.OK{}, nil
}

// newNotifier makes a notifier without id, and the key that the recipient needs
// to read notifications.
func newNotifier(auth, dh smp.PublicKey) (*Notifier, smp.PublicKey, error) {
	secret, key, err := newSecret(dh)
	if err != nil {
		return nil, smp.PublicKey{}, err
	}
	return &Notifier{Key: auth, Secret: secret}, key, nil
}

// subscribeNotifier answers NSUB. SMP: "Subscribe to queue notifications".
func (r *request) subscribeNotifier(ctx context.Context) (smp.Response, error) {
	n, service := r.queue.Notifier, r.serviceID()
	if n.Service != service {
		change := SetNotifierService{Notifier: n.ID, Service: service}
		if err := r.relay.config.Store.Update(ctx, r.queue.Recipient, change); err != nil {
			return nil, err
		}
		r.leave(n.Service, n.ID, smp.END{})
	}
	var old *conn
	if service.IsZero() {
		if !r.conn.watch(n.ID) {
			return nil, smp.ErrCmdProhibited
		}
		old = r.relay.notifications.swap(n.ID, r.conn)
	} else {
		r.attendTo(n.ID, n.Service != service)
		old = r.relay.notifications.swap(n.ID, nil)
	}
	if old != nil && old != r.conn {
		old.unwatch(n.ID, smp.END{})
	}
	if r.relay.notifications.has(n.ID) {
		r.after = func() { r.conn.notifyOne(n.ID) }
	}
	return smp.SOK{ServiceID: r.serviceAnswer()}, nil
}
