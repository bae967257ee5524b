package relay

import (
	"context"
	"time"

	"sotto/smp"
)

// secure answers SKEY and KEY: once there is a key, only it. SMP: "Secure queue
// by sender", "Secure queue by recipient".
func (r *request) secure(ctx context.Context, key smp.PublicKey) (smp.Response, error) {
	return r.update(ctx, Secure{key})
}

// send answers SEND. SMP: "Send message".
func (r *request) send(ctx context.Context, c smp.SEND) (smp.Response, error) {
	if len(c.Body) > smp.MaxMessageSize(r.version()) {
		return nil, smp.ErrLargeMsg
	}
	if !r.queue.Suspended.IsZero() {
		return nil, smp.ErrAuth
	}
	if r.queue.Blocked != nil {
		return nil, blocked(r.queue.Blocked)
	}
	if err := r.useLink(ctx); err != nil {
		return nil, err
	}
	now := time.Now()
	m := &Message{ID: newID(), Time: now.Truncate(time.Second).UTC(), Flags: c.Flags, Body: c.Body}
	err := r.relay.config.Store.Append(ctx, r.queue.Recipient, m, r.relay.limits(now))
	if err != nil {
		return nil, err
	}
	r.relay.config.Metrics.Sent.Add(1)
	r.relay.config.Active(r.queue.Recipient, c.Flags.Notify)
	r.relay.wake(r.queue)
	r.relay.notify(r.queue, m)
	return smp.OK{}, nil
}

// useLink removes the data of a one-time link: with the first message of the
// one who secured the queue it has done its work.
func (r *request) useLink(ctx context.Context) error {
	if r.queue.Link == nil || !r.queue.Secured() {
		return nil
	}
	return r.relay.config.Store.Update(ctx, r.queue.Recipient, DeleteLink{})
}

func (r *Relay) limits(now time.Time) Limits {
	return Limits{Messages: r.config.Quota, Expired: now.Add(-r.config.MessageLife)}
}
