package agent

import (
	"context"
	"fmt"
	"time"
)

// An input is one step for the loop. Its answer, if anybody waits for one, is
// sent before the next step begins.
type input struct {
	turn  func(*Turn) error
	reply chan<- error // buffered; nil: an error stops the agent
}

// run is the loop. It ends with the first error that leaves memory and store
// apart, or that the app could not deal with.
func (a *Agent) run(ctx context.Context) {
	a.err = a.loop(ctx)
	close(a.stopped)
	a.cancel()
	for _, r := range a.relays {
		r.close()
	}
	for _, l := range a.lanes {
		l.rest()
	}
	for _, p := range a.pauses {
		p.Stop()
	}
	for _, e := range a.early {
		e.rest()
	}
	a.workers.Wait()
	close(a.done)
}

func (a *Agent) loop(ctx context.Context) error {
	a.start(ctx)
	for {
		select {
		case in := <-a.inputs:
			if err := a.step(ctx, in); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// step runs one turn. The error of the turn itself is its caller's, if there is
// one: nothing has changed. An error of the commit ends the loop: it may or may
// not be in the store.
func (a *Agent) step(ctx context.Context, in input) error {
	t := &Turn{a: a, ctx: ctx, now: a.clock()}
	a.kems.touch(time.Now())
	if err := in.turn(t); err != nil {
		if in.reply == nil {
			return err
		}
		in.reply <- err
		return nil
	}
	err := t.commit()
	if in.reply != nil {
		in.reply <- err
	}
	if err != nil {
		return fmt.Errorf("agent: commit: %w", err)
	}
	return nil
}

// post gives the loop a step and does not wait for its end. It reports false if
// the agent has stopped.
func (a *Agent) post(turn func(*Turn) error) bool {
	select {
	case a.inputs <- input{turn: turn}:
		return true
	case <-a.stopped:
		return false
	}
}

// Do runs f as one turn and waits until what it wrote is durable. If f returns
// an error, nothing of the turn is kept and Do returns that error. If ctx ends
// while the turn runs, Do returns at once, and the turn may be done all the same.
func (a *Agent) Do(ctx context.Context, f func(*Turn) error) error {
	reply := make(chan error, 1)
	select {
	case a.inputs <- input{f, reply}:
	case <-a.stopped:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-reply:
		return err
	case <-a.stopped:
	case <-ctx.Done():
	}
	// The answer may have come together with the reason to leave.
	select {
	case err := <-reply:
		return err
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return ErrClosed
}
