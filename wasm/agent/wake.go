package agent

import (
	"context"
	"time"
)

// Wake retries everything now: the network came back, the page is visible
// again, the clock jumped.
func (a *Agent) Wake() {
	go a.post(func(t *Turn) error {
		t.After(func() {
			for _, r := range a.relays {
				r.wake(t.ctx)
			}
			for _, l := range a.lanes {
				a.wakeLane(t.ctx, l)
			}
		})
		return nil
	})
}

// watchEvery is how often the clock is looked at.
const watchEvery = time.Minute

// watch wakes the agent when the clock jumped: the device slept, and what looks
// like a connection has long been forgotten at its other end.
func (a *Agent) watch(ctx context.Context) {
	last := a.clock()
	for {
		select {
		case <-time.After(watchEvery):
		case <-ctx.Done():
			return
		}
		now := a.clock()
		if jumped(last, now) {
			a.Wake()
		}
		last = now
	}
}

// jumped reports whether more time passed between two looks at the clock than
// between two looks, or less than none. What the program itself was told of time
// does not count: it stands still while the device sleeps.
func jumped(last, now time.Time) bool {
	d := now.Round(0).Sub(last.Round(0))
	return d < 0 || d > 2*watchEvery
}
