package relay

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// A Rate is how often something may happen: PerSecond in the long run, Burst at
// once. Rates below one a second are fractions.
type Rate struct {
	PerSecond float64
	Burst     int
}

// NoLimit is the Rate of what may happen at any time.
var NoLimit = Rate{PerSecond: -1}

// interval is the time from one to the next; 0 if there is no limit.
func (r Rate) interval() time.Duration {
	if r.PerSecond <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / r.PerSecond)
}

// A meter keeps something to a rate: the time at which everything that has
// happened would have been due, the generic cell rate algorithm. The zero meter
// is new. Times are since any one begin.
type meter time.Duration

// wait counts n more and returns how long the last of them is early.
func (m *meter) wait(now time.Duration, r Rate, n int) time.Duration {
	interval := r.interval()
	*m = max(*m, meter(now)) + meter(interval)*meter(n)
	return time.Duration(*m) - now - interval*time.Duration(r.Burst)
}

// A limiter keeps hosts to a rate each.
type limiter struct {
	rate  Rate
	begin time.Time

	mu     sync.Mutex
	meters map[netip.Prefix]meter
	prune  int // hosts, when it is time to forget those that were quiet
}

func newLimiter(r Rate) *limiter { return &limiter{rate: r, begin: time.Now()} }

// wait counts n more of a host, and returns how long it shall wait for them. It
// is never if the host is unknown, or this machine.
func (l *limiter) wait(host netip.Prefix, n int) time.Duration {
	if l.rate.interval() == 0 || !host.IsValid() || host.Addr().IsLoopback() {
		return 0
	}
	now := time.Since(l.begin)
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.meters[host]
	wait := m.wait(now, l.rate, n)
	if l.meters == nil {
		l.meters = make(map[netip.Prefix]meter)
	}
	l.meters[host] = m
	if len(l.meters) > l.prune {
		l.forget(now)
	}
	return max(0, wait)
}

// allow counts one more of a host if it may happen now.
func (l *limiter) allow(host netip.Prefix) bool {
	wait := l.wait(host, 1)
	if wait > 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.meters[host] -= meter(l.rate.interval()) // it does not happen
	}
	return wait == 0
}

// forget removes hosts of which nothing is known that a new one would not have.
// l.mu is held.
func (l *limiter) forget(now time.Duration) {
	for host, m := range l.meters {
		if time.Duration(m) <= now {
			delete(l.meters, host)
		}
	}
	l.prune = 1000 + 2*len(l.meters)
}

// errTooFast is why a connection ends that has far more commands than it may.
var errTooFast = errors.New("relay: too many commands")

// maxThrottle is how long commands wait at most.
const maxThrottle = 30 * time.Second

// throttle waits until n commands of the connection may be answered. Meanwhile
// nothing is read from it.
func (c *conn) throttle(n int) error {
	wait := c.relay.commands.wait(c.host, n)
	if rate := c.relay.config.ConnRate; rate.interval() > 0 {
		wait = max(wait, c.meter.wait(time.Since(c.relay.begin), rate, n))
	}
	if wait <= 0 {
		return nil
	}
	c.relay.config.Metrics.Throttled.Add(1)
	if wait > maxThrottle {
		return errTooFast
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.relay.closing:
	}
	return nil
}

// mayCreate counts a queue more of the connection and its host, if they may have
// one.
func (c *conn) mayCreate() bool {
	if c.created.Add(1) > int64(c.relay.config.MaxCreated) || !c.relay.creations.allow(c.host) {
		c.created.Add(-1)
		c.relay.config.Metrics.CreationsRefused.Add(1)
		return false
	}
	return true
}
