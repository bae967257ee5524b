package agent

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
)

// nobody is an App that is told nothing.
type nobody struct{}

func (nobody) Event(*Turn, Event) error { return nil }

// TestHopeless counts the attempts to reach our relay in an hour. If something
// else answers in its place there is one every three minutes.
func TestHopeless(t *testing.T) {
	for _, c := range []struct {
		err  error
		most int
	}{
		{fmt.Errorf("socket: %w", transport.ErrIdentity), 21},
		{transport.ErrValidity, 21},
		{ErrBridgeRelay, 100},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			dialled := 0
			home := smp.PasswordAddress{Address: smp.Address{Fingerprint: make([]byte, 32), Hosts: []string{"relay.example"}}}
			a, err := Open(ctx, Config{
				Store: new(store.Mem), App: nobody{}, Relays: []smp.PasswordAddress{home},
				Dial: func(context.Context, smp.Address) (*transport.Conn, error) {
					dialled++
					return nil, c.err
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			cancel()
			<-a.Done()
			if dialled > c.most || dialled < 20 {
				t.Errorf("%v: dialled %d times", c.err, dialled)
			}
		})
	}
}
