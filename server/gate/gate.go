// Package gate is what every client passes on its way to the relay. The
// operator can close it for a while: those who are inside are asked to leave,
// each after what it is at was answered, and nobody comes in. Clients try again
// by themselves until it is open.
package gate

import (
	"context"
	"sync"
)

// A Gate is open at first.
type Gate struct {
	ctx context.Context

	mu     sync.Mutex
	inside context.Context // of those who came in; nil while the gate is closed
	clear  context.CancelFunc
}

// New returns a gate whose visitors have to leave at the latest when ctx ends.
func New(ctx context.Context) *Gate {
	g := &Gate{ctx: ctx}
	g.Resume()
	return g
}

// Enter lets a client in, unless the gate is closed. The client has to leave
// when inside ends. A nil gate is always open.
func (g *Gate) Enter() (inside context.Context, ok bool) {
	if g == nil {
		return context.Background(), true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside, g.inside != nil
}

// Suspend closes the gate.
func (g *Gate) Suspend() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clear()
	g.inside = nil
}

// Resume opens the gate.
func (g *Gate) Resume() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside == nil {
		g.inside, g.clear = context.WithCancel(g.ctx)
	}
}

// Suspended reports whether the gate is closed.
func (g *Gate) Suspended() bool {
	_, open := g.Enter()
	return !open
}
