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

// maxJobs is how many commands of lanes wait for one relay's answers at a time.
const maxJobs = 64

// shortLife is how long a connection must have lived to be made again without
// a pause.
const shortLife = 30 * time.Second

// dialTimeout is how long an attempt to connect may take.
const dialTimeout = 30 * time.Second

// A line takes commands to a relay: a connection to it, or a session with it
// through a relay of ours.
type line interface {
	Do(ctx context.Context, entityID []byte, key smp.PrivateKey, command smp.Command) (smp.Response, error)
	Probe()
	Close()
	Done() <-chan struct{}
	Err() error // why it ended
}

// A relay is the one line to a relay, or the attempt to have it. It is owned by
// the loop. A relay that we receive from and also send to, through one of ours,
// is two of them.
type relay struct {
	a       *Agent
	address smp.Address
	key     string // in Agent.relays
	home    bool   // it is one of Config.Relays
	outward bool   // it is only sent to, and may be behind a relay of ours

	line    line           // nil while down
	client  *client.Client // the line, unless it is outward
	since   time.Time
	dialing bool
	timer   *time.Timer // until the next attempt
	pause   wait
	failure string // what the app was told last; "" while up
	err     error  // of the last attempt

	parked  map[*lane]bool // lanes that wait for the connection
	waiters []chan<- reached
	running int
	queue   []func() // jobs above maxJobs
}

// A reached is the answer to who waits for a connection.
type reached struct {
	line line
	err  error
}

// relay returns the relay of an address, for its receivers.
func (a *Agent) relay(addr smp.Address) *relay {
	key := addr.String()
	r := a.relays[key]
	if r == nil {
		r = &relay{a: a, address: addr, key: key, home: a.isHome(key), parked: map[*lane]bool{}}
		a.relays[key] = r
	}
	return r
}

// isHome reports whether queues are made on the relay of an address.
func (a *Agent) isHome(key string) bool {
	return slices.ContainsFunc(a.homes, func(h smp.PasswordAddress) bool { return h.Address.String() == key })
}

// home returns the first of our relays that is not known to be down, or the
// first if all are.
func (a *Agent) home() (smp.PasswordAddress, bool) {
	for _, h := range a.homes {
		if r := a.relays[h.Address.String()]; r == nil || r.failure == "" {
			return h, true
		}
	}
	if len(a.homes) == 0 {
		return smp.PasswordAddress{}, false
	}
	return a.homes[0], true
}

// submit does the job of a lane as soon as there is a connection.
func (r *relay) submit(ctx context.Context, l *lane, j *job) {
	if r.line == nil {
		r.parked[l] = true
		r.ensure(ctx)
		return
	}
	c := r.line
	start := func() {
		r.running++
		r.a.workers.Go(func() { r.work(ctx, c, l, j) })
	}
	if r.running < r.limit() {
		start()
	} else {
		r.queue = append(r.queue, start)
	}
}

// limit is how many jobs run at a time.
func (r *relay) limit() int {
	if _, ok := r.line.(*forward); ok {
		return maxForwards
	}
	return maxJobs
}

// work does a job, off the loop.
func (r *relay) work(ctx context.Context, c line, l *lane, j *job) {
	result, err := j.run(ctx, c)
	r.a.post(func(t *Turn) error {
		t.After(r.jobDone)
		return r.a.finish(t, l, j, c, result, err)
	})
}

// jobDone starts a job that waited for its place.
func (r *relay) jobDone() {
	r.running--
	if len(r.queue) > 0 {
		start := r.queue[0]
		r.queue = r.queue[1:]
		start()
	}
}

// ensure connects, unless that is going on or has to wait.
func (r *relay) ensure(ctx context.Context) {
	if r.line == nil && !r.dialing && r.timer == nil {
		r.dialing = true
		r.a.workers.Go(func() { r.connect(ctx) })
	}
}

// connect makes the connection and stays until it ends, off the loop.
func (r *relay) connect(ctx context.Context) {
	l, err := r.open(ctx)
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
func (r *relay) open(ctx context.Context) (line, error) {
	if r.outward {
		return r.outwards(ctx)
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

// handle takes what the relay says on its own. It waits for the loop, so that a
// relay that says much is read slowly.
func (r *relay) handle(e client.Event) {
	r.a.post(func(t *Turn) error { return r.event(t, e) })
}

// event is the turn in which the relay said something on its own.
func (r *relay) event(t *Turn, e client.Event) error {
	id, ok := r.a.receives[address{r.key, string(e.EntityID)}]
	if !ok {
		return nil
	}
	switch m := e.Response.(type) {
	case smp.MSG:
		return t.receive(id, m)
	case smp.DELD:
		if c := t.edit(id); c != nil {
			return t.lost(c, ErrQueueGone)
		}
	}
	// END: another connection of ours subscribed. It has the messages now.
	return nil
}

// up is the turn in which the connection is there.
func (r *relay) up(t *Turn, l line) error {
	renewed := r.outward && !r.since.IsZero() && r.failure == ""
	t.After(func() {
		r.line, r.since, r.dialing, r.failure, r.err = l, t.now, false, "", nil
		r.answer(reached{line: l})
		if c, ok := l.(*client.Client); ok && !r.outward {
			r.client = c
			r.subscribe(t.ctx, c, r.a.queuesAt(r.key))
		}
		r.unpark(t.ctx)
		if r.home {
			r.a.goOn(t.ctx)
		}
	})
	if renewed {
		return nil
	}
	return t.event(RelayState{Relay: r.address, Up: true, Outward: r.outward})
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
	t.After(func() {
		r.dialing, r.err = false, err
		r.answer(reached{err: err})
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
	c := t.conn(ConnID(l.key))
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
	return t.event(RelayState{Relay: r.address, Err: err, Outward: r.outward})
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
	return r.home || len(r.parked) > 0 || !r.outward && r.a.receivesAt(r.key)
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

// unpark has the lanes look again what they need.
func (r *relay) unpark(ctx context.Context) {
	parked := r.parked
	r.parked = map[*lane]bool{}
	for l := range parked {
		l.busy = false
		r.a.kick(ctx, l.key)
	}
}

// answer tells everybody who waits how it went.
func (r *relay) answer(result reached) {
	for _, w := range r.waiters {
		w <- result
	}
	r.waiters = nil
}

// close ends everything of the relay; the loop has ended.
func (r *relay) close() {
	if r.timer != nil {
		r.timer.Stop()
	}
	r.answer(reached{err: ErrClosed})
}

// reach waits for a line to a relay, or for the next failure to get one. find is
// relay or, to send or to ask about links, route.
func (a *Agent) reach(ctx context.Context, find func(smp.Address) *relay, addr smp.Address) (line, error) {
	return a.await(ctx, func(t *Turn, w chan<- reached) {
		r := find(addr)
		r.redial(t.ctx) // somebody waits: the pause is over
		r.wait(t.ctx, w)
	})
}

// wait has w told how the attempt to connect ends, or that there is a line.
func (r *relay) wait(ctx context.Context, w chan<- reached) {
	if r.line != nil {
		w <- reached{line: r.line}
		return
	}
	r.waiters = append(r.waiters, w)
	r.ensure(ctx)
}

// await waits for what ask, on the loop, asks for. The channel has room for it.
func (a *Agent) await(ctx context.Context, ask func(*Turn, chan<- reached)) (line, error) {
	w := make(chan reached, 1)
	ok := a.post(func(t *Turn) error {
		t.After(func() { ask(t, w) })
		return nil
	})
	if !ok {
		return nil, ErrClosed
	}
	select {
	case result := <-w:
		return result.line, result.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-a.stopped:
		return nil, ErrClosed
	}
}
