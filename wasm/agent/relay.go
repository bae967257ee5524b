package agent

import (
	"context"
	"time"

	"sotto/smp"
	"sotto/smp/client"
)

// maxJobs is how many commands of lanes wait for one relay's answers at a time.
const maxJobs = 64

// A relay is the one line of a session, or the attempt to have it (line.go), and
// what is to be done on it. It is owned by the loop. A relay that we receive from
// and also send to, through one of ours, is two of them.
type relay struct {
	a *Agent
	session
	address smp.Address

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

// unpark has the lanes look again what they need.
func (r *relay) unpark(ctx context.Context) {
	parked := r.parked
	r.parked = map[*lane]bool{}
	for l := range parked {
		l.busy = false
		r.a.kick(ctx, l.key)
	}
}

// handle takes what the relay says on its own. It waits for the loop, so that a
// relay that says much is read slowly.
func (r *relay) handle(e client.Event) {
	r.a.post(func(t *Turn) error { return r.event(t, e) })
}

// event is the turn in which the relay said something on its own.
func (r *relay) event(t *Turn, e client.Event) error {
	at := address{r.relay, string(e.EntityID)}
	c := t.conn(r.a.receives[at])
	if c == nil {
		return nil
	}
	switch m := e.Response.(type) {
	case smp.MSG:
		return t.receive(c.id, at, m)
	case smp.DELD:
		c := t.edit(c.id)
		return t.lost(c, c.receiveAt(at), ErrQueueGone)
	}
	// END: another connection of ours subscribed. It has the messages now.
	return nil
}
