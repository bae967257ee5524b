package agent

import (
	"context"
	"errors"

	"sotto/smp"
)

// A reached is the answer to who waits for a connection.
type reached struct {
	line line
	err  error
}

// errRetired means that the policy changed while somebody waited for a line.
var errRetired = errors.New("agent: relays were changed meanwhile")

// reach waits for a line to a relay, or for the next failure to get one. find is
// relay or, to send or to ask about links, route.
func (a *Agent) reach(ctx context.Context, find func(party, smp.Address) *relay, of party, addr smp.Address) (line, error) {
	return a.await(ctx, func(t *Turn, w chan<- reached) {
		r := find(of, addr)
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

// answer tells everybody who waits how it went.
func (r *relay) answer(result reached) {
	for _, w := range r.waiters {
		w <- result
	}
	r.waiters = nil
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
