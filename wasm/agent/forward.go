package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/transport"
)

// Routing says which relays are sent to through one of ours, so that they do
// not learn from where. SMP: "Proxying sender commands".
type Routing uint8

// The policies.
const (
	// RouteUnreachable is for relays that Config.Dial has no way to.
	RouteUnreachable Routing = iota
	// RouteUnknown is for all relays but ours.
	RouteUnknown
	// RouteAlways is for ours too, if there is another one of ours.
	RouteAlways
	// RouteNever: every relay is connected to.
	RouteNever
)

var (
	// ErrNotForwarded means that none of our relays forwards for us.
	ErrNotForwarded = errors.New("agent: our relay does not forward to others")
	// ErrUnreachable means that our relay has no answer of the other one.
	ErrUnreachable = errors.New("agent: our relay does not reach the other one")
)

// An ownRelayError is why our relay cannot forward now. Of the other relay it
// says nothing.
type ownRelayError struct{ err error }

func (e *ownRelayError) Error() string { return "agent: forwarding: " + e.err.Error() }
func (e *ownRelayError) Unwrap() error { return e.err }

// maxForwards is how many commands are under way to one other relay, and
// maxAllForwards to all of them: a relay that forwards stops reading what a
// client says when too many wait (32, in the reference as in ours), and those
// that do not answer must not be in the way of the others for long.
const (
	maxForwards    = 8
	maxAllForwards = 24
)

// outwardTimeout is how long it may take to get a session with another relay:
// to reach ours, and for ours to reach that one.
const outwardTimeout = dialTimeout + 45*time.Second

// route returns the relay of an address, for its senders.
func (a *Agent) route(of party, addr smp.Address) *relay {
	s := session{of: of, relay: addr.String()}
	p := a.policy(of.user)
	if r := a.relays[s]; p.isDirect(addr) || p.Routing != RouteAlways && r != nil && r.client != nil {
		return a.session(s, addr)
	}
	s.outward = true
	return a.session(s, addr)
}

// isDirect reports whether a relay is never sent to through another one.
func (p Policy) isDirect(addr smp.Address) bool {
	is := func(h smp.PasswordAddress) bool { return sameRelay(h.Address, addr) }
	switch p.Routing {
	case RouteNever:
		return true
	case RouteAlways:
		return !slices.ContainsFunc(p.Relays, func(h smp.PasswordAddress) bool { return !is(h) })
	}
	return slices.ContainsFunc(p.Relays, is)
}

// sameRelay reports whether two addresses are of one relay. Links may name other
// hosts of it than we know.
func sameRelay(a, b smp.Address) bool { return bytes.Equal(a.Fingerprint, b.Fingerprint) }

// outwards makes the line of an outward relay, as the policy wants it.
func (r *relay) outwards(ctx context.Context, p Policy) (line, error) {
	if p.Routing == RouteUnreachable {
		if l, err := r.dial(ctx); !errors.Is(err, ErrNoRoute) {
			return l, err
		}
	}
	l, err := r.forward(ctx, p.Relays)
	if p.Direct && (errors.Is(err, ErrNotForwarded) || errors.Is(err, ErrNoRoute)) {
		if l, err := r.dial(ctx); !errors.Is(err, ErrNoRoute) {
			return l, err
		}
	}
	return l, err
}

// forward gets a session with the relay through the first of ours that forwards.
func (r *relay) forward(ctx context.Context, homes []smp.PasswordAddress) (line, error) {
	within, cancel := context.WithTimeout(ctx, outwardTimeout)
	defer cancel()
	err := ErrNoRoute
	for _, home := range homes {
		if sameRelay(home.Address, r.address) {
			continue
		}
		var c *client.Client
		if c, err = r.a.proxy(within, r.of, home.Address); err != nil {
			continue
		}
		session, refusal := c.Proxy(within, r.address, home.Password)
		switch err = forwardError(c, refusal); {
		case err == nil:
			return r.a.newForward(ctx, session, c), nil
		case !errors.Is(err, ErrNotForwarded):
			return nil, err
		}
	}
	return nil, err
}

// proxy waits for the connection to a relay of ours. It does not hurry that one.
func (a *Agent) proxy(ctx context.Context, of party, home smp.Address) (*client.Client, error) {
	l, err := a.await(ctx, func(t *Turn, w chan<- reached) {
		if r := a.relay(of, home); r.timer == nil {
			r.wait(t.ctx, w)
		} else {
			w <- reached{err: r.err}
		}
	})
	if err != nil {
		return nil, &ownRelayError{err}
	}
	return l.(*client.Client), nil
}

// goOn is called when a relay of ours is there: those behind it are tried now.
func (a *Agent) goOn(ctx context.Context, of party) {
	for _, r := range a.relays {
		if r.outward && r.of == of {
			r.redial(ctx)
		}
	}
}

// A forward is a session with another relay through one of ours.
type forward struct {
	session *client.Proxied
	through *client.Client
	slots   chan struct{}

	ctx context.Context // ends with the session; its cause is the reason
	end context.CancelCauseFunc
}

var (
	_ line = (*forward)(nil)
	_ line = (*client.Client)(nil)
)

func (a *Agent) newForward(ctx context.Context, session *client.Proxied, through *client.Client) *forward {
	f := &forward{session: session, through: through, slots: a.forwards}
	f.ctx, f.end = context.WithCancelCause(ctx)
	a.workers.Go(func() {
		select {
		case <-through.Done():
			f.end(&ownRelayError{through.Err()})
		case <-f.ctx.Done():
		}
	})
	return f
}

// Do sends a command of a sender. An *[smp.Error] is the word of the other
// relay; after any other word of ours there is no session any more.
func (f *forward) Do(ctx context.Context, entityID []byte, key smp.PrivateKey, command smp.Command) (smp.Response, error) {
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-f.ctx.Done():
		return nil, f.Err()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	response, err := f.session.Forward(ctx, entityID, key, command)
	var said *smp.Error
	if err == nil || errors.As(err, &said) {
		return response, err
	}
	why := forwardError(f.through, err)
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, transport.ErrTooLarge) && !errors.Is(err, client.ErrKey) {
		f.end(why)
	}
	return nil, why
}

// Probe does nothing: the connection to our relay is asked itself.
func (f *forward) Probe() {}

// Close ends the session, as far as we are concerned.
func (f *forward) Close() { f.end(client.ErrClosed) }

// Done is closed when the session is over.
func (f *forward) Done() <-chan struct{} { return f.ctx.Done() }

// Err tells why.
func (f *forward) Err() error { return context.Cause(f.ctx) }

// errForgotten means that our relay does not know the session any more: it, or
// the other one, has ended the connection between them.
var errForgotten = errors.New("agent: our relay has a new connection to the other one")

// isForgotten reports whether a session has to be asked for again, and nothing
// else is wrong.
func isForgotten(err error) bool { return errors.Is(err, errForgotten) }

// concernsOther reports whether err says something of the relay behind ours.
func concernsOther(err error) bool {
	var ours *ownRelayError
	return !errors.As(err, &ours) && !isForgotten(err)
}

// forwardError says what an error means that came by one of our relays. None is
// the word of the other relay, so that none wraps an answer, which would be
// final.
func forwardError(ours *client.Client, err error) error {
	if err != nil && ours.Err() != nil {
		return &ownRelayError{ours.Err()}
	}
	return meaning(err)
}

// meaning is forwardError while our relay is there.
func meaning(err error) error {
	var said *client.ProxyError
	switch {
	case errors.As(err, &said):
		return fmt.Errorf("%w: %w", refusal(said), err)
	case errors.Is(err, transport.ErrVersion):
		return fmt.Errorf("%w: %w", ErrNotForwarded, err)
	case errors.Is(err, client.ErrUnexpected):
		return fmt.Errorf("%w: %v", ErrUnreachable, err)
	}
	return err
}

// refusal is what our relay means.
func refusal(e *client.ProxyError) error {
	p := e.Err.Proxy
	switch {
	case e.NoSession():
		return errForgotten
	case p == nil:
	case p.Code == smp.ProxyBasicAuth:
		return ErrNotForwarded
	case p.Broker != nil && p.Broker.Code == smp.BrokerHost:
		return ErrNoRoute // it never dials such addresses
	case p.Broker != nil && p.Broker.Code == smp.BrokerTransport:
		return connectionError(p.Broker.Transport)
	}
	return ErrUnreachable
}

// connectionError is what is wrong between the two relays.
func connectionError(e smp.TransportError) error {
	switch e {
	case smp.TransportVersion:
		return ErrNotForwarded // the other one is too old for it
	case smp.TransportIdentity:
		return transport.ErrIdentity
	case smp.TransportBadAuth:
		return transport.ErrCertificate
	}
	return ErrUnreachable
}
