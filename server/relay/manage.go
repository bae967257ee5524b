package relay

import (
	"context"
	"encoding/base64"
	"time"

	"sotto/smp"
)

// update makes a change and answers OK.
func (r *request) update(ctx context.Context, change Change) (smp.Response, error) {
	if err := r.relay.config.Store.Update(ctx, r.queue.Recipient, change); err != nil {
		return nil, err
	}
	return smp.OK{}, nil
}

// useGrain is how exactly it is known when a queue was last used: each step is a
// write.
const useGrain = 7 * 24 * time.Hour

// use notes that the queue is used.
func (r *request) use(ctx context.Context) error {
	now := time.Now()
	if r.queue == nil || now.Sub(r.queue.Used) < useGrain {
		return nil
	}
	return r.relay.config.Store.Update(ctx, r.queue.Recipient, Use{now})
}

// setKeys answers RKEY, which is for addresses. SMP: "Set queue recipient keys".
func (r *request) setKeys(ctx context.Context, c smp.RKEY) (smp.Response, error) {
	if r.queue.Mode != smp.Contact {
		return nil, smp.ErrAuth
	}
	return r.update(ctx, SetRecipientKeys{c.Keys})
}

// suspend answers OFF. SMP: "Suspend queue".
func (r *request) suspend(ctx context.Context) (smp.Response, error) {
	return r.update(ctx, Suspend{time.Now()})
}

// delete answers DEL. Another connection that is subscribed is told. SMP:
// "Delete queue".
func (r *request) delete(ctx context.Context) (smp.Response, error) {
	if err := r.relay.config.Store.Delete(ctx, r.queue.Recipient); err != nil {
		return nil, err
	}
	r.relay.config.Metrics.Deleted.Add(1)
	r.verifier.Secrets.Forget(append(r.queue.RecipientKeys[:len(r.queue.RecipientKeys):len(r.queue.RecipientKeys)], r.queue.SenderKey)...)
	r.forgetNotifier(r.queue.Notifier)
	r.leave(r.queue.Service, r.queue.Recipient, smp.DELD{})
	s := r.relay.subs.take(r.queue.Recipient)
	r.conn.forget(r.queue.Recipient)
	if s != nil && s.conn != r.conn {
		s.conn.end(s, smp.DELD{})
	}
	return smp.OK{}, nil
}

// info answers QUE. SMP: "Get queue state".
func (r *request) info(ctx context.Context) (smp.Response, error) {
	n, err := r.relay.config.Store.Count(ctx, r.queue.Recipient)
	if err != nil {
		return nil, err
	}
	m, err := r.relay.config.Store.Next(ctx, r.queue.Recipient, ID{})
	if err != nil {
		return nil, err
	}
	return smp.NewINFO(smp.QueueState{
		Secured:  !r.queue.SenderKey.IsZero(),
		Notifier: r.queue.Notifier != nil,
		Sub:      r.conn.describe(r.queue.Recipient),
		Size:     n,
		Msg:      m.describe(),
	})
}

// describe returns what the connection's subscription to a queue does, nil if
// there is none. The words are the reference's.
func (c *conn) describe(queue ID) *smp.QueueSub {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.subs[queue]
	if s == nil {
		return nil
	}
	info := &smp.QueueSub{Thread: "noSub"}
	if s.polls {
		info.Thread = "prohibitSub"
	}
	if !s.delivered.IsZero() {
		info.Delivered = base64.URLEncoding.EncodeToString(s.delivered[:])
	}
	return info
}

func (m *Message) describe() *smp.QueuedMsg {
	if m == nil {
		return nil
	}
	info := &smp.QueuedMsg{MsgID: base64.URLEncoding.EncodeToString(m.ID[:]), Time: m.Time, Type: "message"}
	if m.Quota {
		info.Type = "quota"
	}
	return info
}
