package agent

import (
	"context"
	"strings"
)

// A job is one command to a relay.
type job struct {
	relay *relay
	place uint64 // of the delivery, if it is one
	// run does it, off the loop.
	run func(ctx context.Context, l line) (any, error)
	// done is the turn with its result. The error is one of the relay's own, or
	// nil: everything else is tried again.
	done func(t *Turn, result any, err error) error
}

// next returns what a connection or a deletion needs next, nil if nothing. It
// follows from the stored state, so that nothing is lost by a restart, and
// nothing said twice in different words.
func (a *Agent) next(l *lane) *job {
	if d := a.deletes[l.key]; d != nil {
		return a.deleteJob(d)
	}
	if id, ok := strings.CutSuffix(l.key, switchLane); ok {
		return a.nextOfSwitch(a.conns[ConnID(id)])
	}
	c := a.conns[l.conn()]
	switch {
	case c == nil || c.state == Over:
		return nil
	case c.state == Resolving:
		return a.resolveJob(c)
	case c.linkDue && c.receive != nil && c.state != Leaving:
		return a.linkJob(c)
	case c.state == Asked || c.state == Invited || c.send == nil:
		return nil
	case c.state == Requesting && c.receive == nil:
		return a.replyJob(c)
	case c.state == Requesting && c.outFirst < c.outNext:
		return a.sendJob(c, l)
	case c.state == Requesting:
		return nil
	case c.receive != nil && !c.receive.peer.IsZero():
		return a.keyJob(c)
	case c.send.mode.CanSecure() && !c.send.secured:
		return a.secureJob(c)
	case c.state == Joining && c.receive == nil:
		return a.replyJob(c)
	case c.outFirst < c.outNext:
		return a.sendJob(c, l)
	}
	return nil
}
