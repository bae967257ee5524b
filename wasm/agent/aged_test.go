//go:build !js

package agent

import (
	"errors"
	"slices"
	"testing"
)

// TestDoubt: after a copy that was not old, both go on, and it is forgotten.
func TestDoubt(t *testing.T) {
	inSync(t, func(w *world, alice *person, a ConnID, bob *person, b ConnID) {
		if ids, err := bob.agent.Established(w.ctx); err != nil || !slices.Equal(ids, []ConnID{b}) {
			t.Errorf("established: %v, %v", ids, err)
		}
		for range 2 { // the second time changes nothing
			bob.do(func(t *Turn) error { return t.Doubt(b) })
		}
		if e := one[Synced](bob); e.State != SyncAllowed || !errors.Is(e.Err, ErrAged) {
			t.Errorf("%+v", e)
		}
		w.converse(alice, a, bob, b, 1)
		if e := one[Synced](bob); e.State != SyncOK {
			t.Errorf("%+v", e)
		}
		if err := bob.agent.Do(w.ctx, func(t *Turn) error { return t.Doubt("unknown") }); !errors.Is(err, ErrUnknownConn) {
			t.Error(err)
		}
	})
}
