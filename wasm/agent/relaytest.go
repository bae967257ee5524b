package agent

import (
	"context"
	"fmt"

	"sotto/smp"
	"sotto/smp/client"
)

// A RelayStep is what is tried at a relay.
type RelayStep uint8

// The steps, in their order.
const (
	RelayConnect RelayStep = iota + 1 // connection, certificates, versions
	RelayCreate                       // a queue; the password counts here
	RelaySecure
	RelayDelete
)

// A RelayTestError says which step of TestRelay failed, and why.
type RelayTestError struct {
	Step RelayStep
	Err  error
}

func (e *RelayTestError) Error() string {
	return fmt.Sprintf("agent: relay test: %s: %v", [...]string{"", "connect", "create queue", "secure queue", "delete queue"}[e.Step], e.Err)
}

func (e *RelayTestError) Unwrap() error { return e.Err }

// TestRelay tries what a user needs of a relay to receive on, on a connection of
// its own: a queue is made, secured and deleted. The error is a *RelayTestError.
func (a *Agent) TestRelay(ctx context.Context, relay smp.PasswordAddress) error {
	dialing, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := a.dial(dialing, relay.Address)
	if err != nil {
		return &RelayTestError{RelayConnect, err}
	}
	c := client.New(ctx, conn, client.Options{Rand: a.rand})
	defer c.Close()
	q, err := a.newQueue(ctx, c, plan{home: relay, version: a.speaks.client.Max, mode: smp.Messaging})
	if err != nil {
		return &RelayTestError{RelayCreate, err}
	}
	sender, err := newSignKey(a.rand)
	if err != nil {
		return err
	}
	if err := client.OK(c.Do(ctx, q.id, q.auth.private(), smp.KEY{Key: sender.private().Public()})); err != nil {
		return &RelayTestError{RelaySecure, err}
	}
	if err := client.OK(c.Do(ctx, q.id, q.auth.private(), smp.DEL{})); err != nil {
		return &RelayTestError{RelayDelete, err}
	}
	return nil
}
