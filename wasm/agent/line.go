package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/transport"
)

// shortLife is how long a connection must have lived to be made again without
// a pause.
const shortLife = 30 * time.Second

// dialTimeout is how long an attempt to connect may take.
const dialTimeout = 30 * time.Second

// A line takes commands to a relay: a connection to it, or a session with it
// through a relay of ours. Its life, turn by turn:
//
//	ensure -> up -> down -> ensure, if it is wanted
//	       -> failed -> again: a pause -> redial
type line interface {
	Do(ctx context.Context, entityID []byte, key smp.PrivateKey, command smp.Command) (smp.Response, error)
	Probe()
	Close()
	Done() <-chan struct{}
	Err() error // why it ended
}

// ensure connects, unless that is going on or has to wait.
func (r *relay) ensure(ctx context.Context) {
	if r.line == nil && !r.dialing && r.timer == nil {
		r.dialing = true
		p := r.a.policy(r.of.user)
		r.a.workers.Go(func() { r.connect(ctx, p) })
	}
}

// connect makes the connection and stays until it ends, off the loop.
func (r *relay) connect(ctx context.Context, p Policy) {
	l, err := r.open(ctx, p)
	if err != nil {
		r.a.post(func(t *Turn) error { return r.failed(t, err) })
		return
	}
	defer l.Close()
	if r.a.post(func(t *Turn) error { return r.up(t, l) }) {
		<-l.Done()
		r.a.post(func(t *Turn) error { return r.down(t, l) })
	}
}

// open makes the line.
func (r *relay) open(ctx context.Context, p Policy) (line, error) {
	if r.outward {
		return r.outwards(ctx, p)
	}
	return r.dial(ctx)
}

// dial makes a connection.
func (r *relay) dial(ctx context.Context) (line, error) {
	dialing, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := r.a.dial(dialing, r.address)
	if err != nil {
		return nil, err
	}
	return client.New(ctx, conn, client.Options{Handler: r.handle, Rand: r.a.rand}), nil
}

// up is the turn in which the connection is there.
func (r *relay) up(t *Turn, l line) error {
	if r.retired() {
		l.Close()
		return nil
	}
	renewed := r.outward && !r.since.IsZero() && r.failure == ""
	t.After(func() {
		r.line, r.since, r.dialing, r.failure, r.err = l, t.now, false, "", nil
		r.answer(reached{line: l})
		if c, ok := l.(*client.Client); ok && !r.outward {
			r.client = c
			r.subscribe(t.ctx, c, slices.Collect(r.subscriptions))
			r.a.goOn(t.ctx, r.of)
		}
		r.unpark(t.ctx)
	})
	if renewed {
		return nil
	}
	return t.event(RelayState{User: r.of.user, Relay: r.address, Up: true, Outward: r.outward})
}

// down is the turn in which the connection has ended.
func (r *relay) down(t *Turn, l line) error {
	if r.line != l {
		return nil
	}
	err := l.Err()
	t.After(func() {
		r.line, r.client, r.err = nil, nil, err
		long := t.now.Sub(r.since) >= shortLife
		if long {
			r.pause = wait{}
		}
		switch wanted := r.running > 0 || r.wanted(); { // what runs will want it again
		case wanted && long && isForgotten(err):
			r.ensure(t.ctx)
		case wanted:
			r.again(t.ctx)
		}
	})
	return r.tell(t, err)
}

// failed is the turn in which there is no connection.
func (r *relay) failed(t *Turn, err error) error {
	if r.retired() {
		return nil
	}
	t.After(func() {
		r.dialing, r.err = false, err
		r.answer(reached{err: err})
		if isHopeless(err) {
			r.pause.delay = reconnect.limit // somebody has to do something first
		}
		r.again(t.ctx)
		r.unpark(t.ctx) // who can go elsewhere does
		r.rest()
	})
	for l := range r.parked {
		if err := r.hold(t, l, err); err != nil {
			return err
		}
	}
	return r.tell(t, err)
}

// hold tells a connection that its relay is not reached.
func (r *relay) hold(t *Turn, l *lane, err error) error {
	c := t.conn(l.conn())
	if c != nil && c.state == Joining && isHopeless(err) && c.send.relay.Equal(r.address) {
		return t.joinFailed(t.edit(c.id), err)
	}
	return t.delay(l, err, offlineLimit)
}

// isHopeless reports whether a relay that could not be reached never will.
func isHopeless(err error) bool {
	var ours *ownRelayError
	if errors.As(err, &ours) {
		return false
	}
	return errors.Is(err, ErrNoRoute) || errors.Is(err, ErrNotForwarded) || errors.Is(err, transport.ErrIdentity) || errors.Is(err, transport.ErrCertificate)
}

// tell tells the app why there is no connection, once for each reason.
func (r *relay) tell(t *Turn, err error) error {
	if r.outward && !concernsOther(err) {
		return nil
	}
	reason := "connection closed"
	if err != nil {
		reason = err.Error()
	}
	if reason == r.failure {
		return nil
	}
	t.After(func() {
		if r.line == nil {
			r.failure = reason
		}
	})
	return t.event(RelayState{User: r.of.user, Relay: r.address, Err: err, Outward: r.outward})
}

// again connects after a pause.
func (r *relay) again(ctx context.Context) {
	if r.line != nil || r.dialing || r.timer != nil {
		return
	}
	r.timer = time.AfterFunc(r.pause.next(reconnect), func() {
		r.a.post(func(t *Turn) error {
			t.After(func() { r.redial(ctx) })
			return nil
		})
	})
}

// wanted reports whether the connection is to be there: somebody needs it, or it
// leads to a relay of ours, which the next invitation will need.
func (r *relay) wanted() bool {
	return len(r.parked) > 0 || r.isHome() || r.receives()
}

// rest forgets that the relay was out of reach, if nobody needs it now: who
// needs it next tries at once.
func (r *relay) rest() {
	if !r.wanted() && r.timer != nil {
		r.timer.Stop()
		r.timer, r.failure = nil, ""
	}
}

// redial ends the pause.
func (r *relay) redial(ctx context.Context) {
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
		r.ensure(ctx)
	}
}

// wake connects now, or looks whether the connection still lives.
func (r *relay) wake(ctx context.Context) {
	r.pause = wait{}
	r.redial(ctx)
	if r.line != nil {
		r.line.Probe()
	}
}

// retire ends the line because its user has another policy now. Whoever needs
// one looks again which.
func (r *relay) retire(ctx context.Context) {
	delete(r.a.relays, r.session)
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	if r.line != nil {
		r.line.Close()
		r.line, r.client = nil, nil
	}
	r.answer(reached{err: errRetired})
	r.unpark(ctx)
}

func (r *relay) retired() bool { return r.a.relays[r.session] != r }

// close ends everything of the relay; the loop has ended.
func (r *relay) close() {
	if r.timer != nil {
		r.timer.Stop()
	}
	r.answer(reached{err: ErrClosed})
}
