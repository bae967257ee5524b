package agent

import (
	"context"
	"errors"
	"fmt"

	"sotto/smp"
	"sotto/smp/client"
)

// secureJob secures the peer's queue. SMP: "Secure queue by sender command".
func (a *Agent) secureJob(c *conn) *job {
	q := c.send
	return &job{a.route(a.partyOf(c), q.relay), 0, func(ctx context.Context, rc line) (any, error) {
		return nil, client.OK(rc.Do(ctx, q.id, q.auth.private(), smp.SKEY{Key: q.auth.private().Public()}))
	}, func(t *Turn, _ any, err error) error {
		c := t.edit(c.id)
		if c == nil || c.state == Leaving {
			return nil
		}
		if err != nil {
			return t.refused(c, err)
		}
		c.send.secured = true
		return nil
	}}
}

// keyJob tells the relay the key of the peer, who could not do it. SMP: "Secure
// queue command".
func (a *Agent) keyJob(c *conn) *job {
	q := c.receive
	return &job{a.relay(a.partyOf(c), q.relay), 0, func(ctx context.Context, rc line) (any, error) {
		return nil, client.OK(rc.Do(ctx, q.id, q.auth.private(), smp.KEY{Key: q.peer}))
	}, func(t *Turn, _ any, err error) error {
		c := t.edit(c.id)
		if c == nil || c.receive == nil {
			return nil
		}
		c.receive.peer = smp.PublicKey{}
		if err != nil {
			return t.lost(c, c.receive, gone(err))
		}
		return nil
	}}
}

// refused is the turn after the relay refused a step of the handshake.
func (t *Turn) refused(c *conn, err error) error {
	if !c.opening() {
		return t.end(c, gone(err))
	}
	if isRefusal(err) {
		err = fmt.Errorf("%w: %w", ErrLinkUsed, err)
	}
	return t.joinFailed(c, err)
}

// gone adds to a relay's AUTH what it means.
func gone(err error) error {
	if isRefusal(err) {
		return fmt.Errorf("%w: %w", ErrQueueGone, err)
	}
	return err
}

// isRefusal reports whether a relay said that there is no such queue for us.
func isRefusal(err error) bool { return errors.Is(err, smp.ErrAuth) }
