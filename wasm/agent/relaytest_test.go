//go:build !js

package agent

import (
	"errors"
	"testing"

	"sotto/smp"
)

// TestRelayTest: a good relay passes and keeps no queue; otherwise the step that
// failed is told.
func TestRelayTest(t *testing.T) {
	t.Parallel()
	inWorld(t, 2, func(w *world) {
		alice := w.person("alice", w.relays[0]).start()
		w.relays[1].config.Password = []byte("secret")
		w.relays[1].restart()
		with := func(r *testRelay, password string) smp.PasswordAddress {
			return smp.PasswordAddress{Address: r.address.Address, Password: []byte(password)}
		}
		away := errors.New("no network")
		for _, c := range []struct {
			relay smp.PasswordAddress
			away  error
			step  RelayStep
			err   error
		}{
			{with(w.relays[0], ""), nil, 0, nil},
			{with(w.relays[1], "secret"), nil, 0, nil},
			{with(w.relays[1], "wrong"), nil, RelayCreate, smp.ErrAuth},
			{with(w.relays[1], "secret"), away, RelayConnect, away},
		} {
			w.relays[1].setAway(c.away)
			err := alice.agent.TestRelay(w.ctx, c.relay)
			var failed *RelayTestError
			if c.step == 0 && err != nil || c.step != 0 && (!errors.As(err, &failed) || failed.Step != c.step) {
				t.Errorf("%v, want step %d", err, c.step)
			}
			if c.away != nil && !errors.Is(err, c.err) {
				t.Errorf("%v, want %v", err, c.err)
			}
		}
	})
}
