package agent

import (
	"context"
	"time"
)

// A lane does the jobs of one connection, or of one deletion, one after the
// other. It exists while there is something to do.
type lane struct {
	key    string // ConnID, also with switchLane behind it, or the key of a deletion
	busy   bool   // a job runs, or waits for its relay
	timer  *time.Timer
	faults wait // network
	full   wait // quota
	again  bool // the peer said to go on while a job ran
	eager  int  // quick attempts left since the peer said so

	// The first delivery of a connection, while it is known.
	first *delivery
	place uint64
	told  bool // the app knows that it is delayed
}

// conn returns whose deliveries the lane sends, if it is a connection's.
func (l *lane) conn() ConnID { return ConnID(l.key) }

// lane returns the lane of a key, a new one if there is none.
func (a *Agent) lane(key string) *lane {
	l := a.lanes[key]
	if l == nil {
		l = &lane{key: key}
		a.lanes[key] = l
	}
	return l
}

// kick starts the next job of a lane, unless one runs or waits.
func (a *Agent) kick(ctx context.Context, key string) {
	l := a.lane(key)
	if l.busy || l.timer != nil {
		return
	}
	j := a.next(l)
	if j == nil {
		delete(a.lanes, key)
		return
	}
	l.busy = true
	j.relay.submit(ctx, l, j)
}

// kickConn starts what a connection needs next.
func (a *Agent) kickConn(ctx context.Context, id ConnID) {
	a.kick(ctx, string(id))
	if c := a.conns[id]; c != nil && c.switching != SwitchNone {
		a.kick(ctx, string(id)+switchLane)
	}
}

// advance is called on the loop when a job has ended for good: the next follows.
func (a *Agent) advance(ctx context.Context, l *lane) {
	l.busy = false
	l.faults, l.full, l.again, l.eager = wait{}, wait{}, false, 0
	a.kick(ctx, l.key)
}

// retry tries the lane again after a time.
func (a *Agent) retry(ctx context.Context, l *lane, after time.Duration) {
	l.busy = false
	if l.again {
		l.again = false
		a.kick(ctx, l.key)
		return
	}
	l.timer = time.AfterFunc(after, func() {
		a.post(func(t *Turn) error {
			t.After(func() { a.wakeLane(ctx, l) })
			return nil
		})
	})
}

// wakeLane ends the pause of a lane.
func (a *Agent) wakeLane(ctx context.Context, l *lane) {
	l.rest()
	if a.lanes[l.key] == l {
		a.kick(ctx, l.key)
	}
}

// rest stops the timer of a lane.
func (l *lane) rest() {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
}

// eagerAttempts is how often a full queue is tried again quickly after the peer
// said to go on: its word may overtake its acknowledgement of what filled the
// queue, and the relay waits for that.
const eagerAttempts = 3

// proceed is for the peer's word that its full queue was emptied.
func (a *Agent) proceed(ctx context.Context, id ConnID) {
	l := a.lanes[string(id)]
	if l == nil {
		return
	}
	l.eager = eagerAttempts
	switch {
	case l.busy:
		l.again = true // what runs may still be told that the queue is full
	case l.full != (wait{}):
		a.wakeLane(ctx, l)
	}
}
