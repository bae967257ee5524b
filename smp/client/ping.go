package client

import (
	"context"
	"sync/atomic"
	"time"

	"sotto/smp"
)

// heard is when the relay was last heard of.
type heard struct{ at atomic.Pointer[time.Time] }

func (h *heard) now() {
	now := time.Now()
	h.at.Store(&now)
}

func (h *heard) last() time.Time { return *h.at.Load() }

// Probe asks whether the relay is still there: after a request had no answer,
// or when the network came back. If nothing comes within PongTimeout, the
// connection ends with ErrNoPong. It does not wait.
func (c *Client) Probe() {
	select {
	case c.probes <- struct{}{}:
	default:
	}
}

// pingLoop sends PING when nothing was heard for PingAfter, or on Probe. SMP:
// "Keep-alive command".
func (c *Client) pingLoop() {
	timer := time.NewTimer(c.options.PingAfter)
	defer timer.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.probes:
		case <-timer.C:
			if left := c.options.PingAfter - time.Since(c.heard.last()); left > 0 {
				timer.Reset(left)
				continue
			}
		}
		if !c.ping() {
			c.end(ErrNoPong)
			return
		}
		timer.Reset(c.options.PingAfter)
	}
}

// ping reports whether anything came back. It need not be PONG: the relay may
// be busy with what it was asked before.
func (c *Client) ping() bool {
	ctx, cancel := context.WithTimeout(c.ctx, c.options.PongTimeout)
	defer cancel()
	sent := time.Now()
	_, err := c.Do(ctx, nil, smp.PrivateKey{}, smp.PING{})
	return err == nil || c.heard.last().After(sent)
}
