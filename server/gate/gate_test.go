package gate

import (
	"context"
	"testing"
)

func TestGate(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	g := New(ctx)
	first, ok := g.Enter()
	if !ok || first.Err() != nil || g.Suspended() {
		t.Fatal("the gate is not open at first")
	}
	for range 2 {
		g.Suspend()
	}
	if first.Err() == nil {
		t.Error("who is inside may stay")
	}
	if _, ok := g.Enter(); ok || !g.Suspended() {
		t.Error("the gate is open")
	}
	for range 2 {
		g.Resume()
	}
	second, ok := g.Enter()
	if !ok || second.Err() != nil {
		t.Error("the gate does not open again")
	}
	stop()
	if second.Err() == nil {
		t.Error("who is inside may stay for ever")
	}
}
