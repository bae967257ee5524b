package agent

import "time"

// A backoff is a series of growing delays.
type backoff struct {
	first, limit time.Duration
	// steady is how long the delay stays as it is before it grows.
	steady time.Duration
}

// The intervals of the reference: defaultMessageRetryInterval (fast for the
// network, slow for a full queue) and defaultReconnectInterval.
var (
	fastRetry = backoff{first: 2 * time.Second, limit: 2 * time.Minute, steady: 10 * time.Second}
	slowRetry = backoff{first: 5 * time.Minute, limit: 6 * time.Hour, steady: time.Minute}
	reconnect = backoff{first: 2 * time.Second, limit: 3 * time.Minute, steady: 10 * time.Second}
)

// A wait is a place in a series of delays. The zero value is its beginning.
type wait struct{ delay, elapsed time.Duration }

// next returns the delay before the next attempt.
func (w *wait) next(b backoff) time.Duration {
	switch {
	case w.delay == 0:
		w.delay = b.first
	case w.elapsed >= b.steady:
		w.delay = min(w.delay*3/2, b.limit)
	}
	w.elapsed += w.delay
	return w.delay
}
