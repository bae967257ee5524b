package relay

import (
	"context"
	"errors"

	"sotto/smp"
)

// Block blocks the queue whose sender or link has an id: nothing can be sent to
// it and nothing read, and those who use it are told why. It is what an operator
// does about spam and unlawful contents; blocking again changes the reason.
// ErrNotFound if there is no such queue.
func (r *Relay) Block(ctx context.Context, id ID, why smp.Blocking) error {
	q, err := r.blockable(ctx, id)
	if err != nil {
		return err
	}
	if err := r.config.Store.Update(ctx, q.Recipient, Block{why}); err != nil {
		return err
	}
	r.config.Metrics.Blocked.Add(1)
	r.tell(q, smp.ERR{Err: blocked(&why)})
	return nil
}

// Unblock ends what Block did.
func (r *Relay) Unblock(ctx context.Context, id ID) error {
	q, err := r.blockable(ctx, id)
	if err != nil {
		return err
	}
	return r.config.Store.Update(ctx, q.Recipient, Unblock{})
}

func (r *Relay) blockable(ctx context.Context, id ID) (*Queue, error) {
	q, err := r.config.Store.Queue(ctx, SenderID, id)
	if errors.Is(err, ErrNotFound) {
		return r.config.Store.Queue(ctx, LinkID, id)
	}
	return q, err
}

// tell says something to who is subscribed to the queue.
func (r *Relay) tell(q *Queue, what smp.Response) {
	s := r.subs.get(q.Recipient)
	if s == nil {
		return
	}
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if !s.ended && !s.conn.outbox.failed {
		s.conn.event(q.Recipient, what)
	}
}

func blocked(why *smp.Blocking) *smp.Error { return &smp.Error{Code: smp.CodeBlocked, Blocked: why} }

// checkBlocked refuses what cannot be done with a blocked queue. SEND has its own
// order of errors, and one can always leave.
func (r *request) checkBlocked() error {
	if r.queue == nil || r.queue.Blocked == nil {
		return nil
	}
	switch r.command.(type) {
	case smp.SEND, smp.NSUB, smp.OFF, smp.DEL:
		return nil
	}
	return blocked(r.queue.Blocked)
}
