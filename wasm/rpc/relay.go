package rpc

import (
	"context"
	"errors"
	"slices"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/agent"
	"sotto/wasm/chat"
)

// maxRelays is how many relays a person can add.
const maxRelays = 20

// A choice is a relay to receive on, and what was chosen about it.
type choice struct {
	smp.PasswordAddress
	own, enabled bool
}

// choices returns the relays of the person and of the site, in the order in
// which they are tried.
func (s *Session) choices() []choice {
	var list []choice
	chosen := s.chat.Relays()
	for _, r := range chosen {
		a, err := smp.ParsePasswordAddress(r.Address)
		if err == nil && r.Own {
			list = append(list, choice{a, true, !r.Disabled})
		}
	}
	for _, a := range s.config.Relays {
		off := slices.ContainsFunc(chosen, func(r chat.RelayChoice) bool { return r.Disabled && !r.Own && r.Address == a.Address.String() })
		list = append(list, choice{a, false, !off})
	}
	return list
}

// policies returns what the agent is to do for each profile.
func (s *Session) policies() map[agent.User]agent.Policy {
	var relays []smp.PasswordAddress
	for _, c := range s.choices() {
		if c.enabled {
			relays = append(relays, c.PasswordAddress)
		}
	}
	users := map[agent.User]agent.Policy{"": {Relays: relays}}
	for _, o := range s.chat.Profiles() {
		p := o.Routing.Agent()
		p.Relays = relays
		users[chat.User(o.ID)] = p
	}
	return users
}

// apply tells the agent the policies after they changed.
func (s *Session) apply(ctx context.Context) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	var users map[agent.User]agent.Policy
	err := s.agent.Do(ctx, func(*agent.Turn) error { users = s.policies(); return nil })
	if err != nil {
		return err
	}
	for u, p := range users {
		if err := s.agent.SetPolicy(ctx, u, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) setRouting(ctx context.Context, p NewRouting) (chat.OwnProfile, error) {
	o, err := do(ctx, s, func(t *agent.Turn) (chat.OwnProfile, error) {
		return s.chat.SetRouting(t, p.ProfileID, chat.Routing{Policy: p.Policy, Direct: p.Direct})
	})
	if err != nil {
		return o, err
	}
	return o, explain(s.apply(ctx))
}

var (
	errNotRelay  = &Error{codeRefused, "This is not the address of a relay. It begins with smp:// and says how to know the relay again."}
	errNoSuch    = &Error{codeRefused, "This relay is not in the list."}
	errSiteRelay = &Error{codeRefused, "This relay belongs to the site. It can be turned off, but not removed."}
	errLastRelay = &Error{codeRefused, "One relay must stay on, or nobody could write to you."}
	errManyRelay = &Error{codeRefused, "These are too many relays. Remove one first."}
)

func parseRelay(text string) (smp.PasswordAddress, error) {
	a, err := smp.ParsePasswordAddress(text)
	if err != nil || len(a.Fingerprint) != len(transport.Fingerprint{}) {
		return a, errNotRelay
	}
	return a, nil
}

func (s *Session) addRelay(ctx context.Context, p RelayRef) (Relay, error) {
	a, err := parseRelay(p.Address)
	if err != nil {
		return Relay{}, err
	}
	return s.choose(ctx, a.Address, func(list []choice, at int) ([]choice, error) {
		switch {
		case at >= 0:
			list[at].enabled = true
			return list, nil
		case len(list) >= maxRelays:
			return nil, errManyRelay
		}
		return append([]choice{{a, true, true}}, list...), nil
	})
}

func (s *Session) setRelay(ctx context.Context, p RelaySwitch) (Relay, error) {
	a, err := parseRelay(p.Address)
	if err != nil {
		return Relay{}, err
	}
	return s.choose(ctx, a.Address, func(list []choice, at int) ([]choice, error) {
		if at < 0 {
			return nil, errNoSuch
		}
		list[at].enabled = p.Enabled
		return list, nil
	})
}

func (s *Session) removeRelay(ctx context.Context, p RelayRef) (Empty, error) {
	a, err := parseRelay(p.Address)
	if err != nil {
		return Empty{}, err
	}
	gone := false
	_, err = s.choose(ctx, a.Address, func(list []choice, at int) ([]choice, error) {
		switch {
		case at < 0:
			return list, nil // removed in another tab
		case !list[at].own:
			return nil, errSiteRelay
		}
		gone = true
		return slices.Delete(list, at, at+1), nil
	})
	if err == nil && gone {
		s.mu.Lock()
		delete(s.relays, a.Address.String())
		s.mu.Unlock()
		s.config.Events.RelayRemoved(RelayRemoved{a.Address.String()})
	}
	return Empty{}, err
}

// choose changes the list of relays, in which a is at place at or, if that is
// negative, not yet; then the agent and the pages are told.
func (s *Session) choose(ctx context.Context, a smp.Address, change func(list []choice, at int) ([]choice, error)) (Relay, error) {
	_, err := do(ctx, s, func(t *agent.Turn) (Empty, error) {
		list := s.choices()
		at := slices.IndexFunc(list, func(c choice) bool { return c.Address.Equal(a) })
		list, err := change(list, at)
		if err != nil {
			return Empty{}, err
		}
		if !slices.ContainsFunc(list, func(c choice) bool { return c.enabled }) {
			return Empty{}, errLastRelay
		}
		s.chat.SetRelays(t, stored(list))
		t.After(func() { s.tellRelay(list, a) })
		return Empty{}, nil
	})
	if err != nil {
		return Relay{}, err
	}
	if err := s.apply(ctx); err != nil {
		return Relay{}, explain(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.relays[a.String()], nil
}

// tellRelay shows what was chosen about a relay.
func (s *Session) tellRelay(list []choice, a smp.Address) {
	i := slices.IndexFunc(list, func(c choice) bool { return c.Address.Equal(a) })
	if i < 0 {
		return
	}
	s.mu.Lock()
	r, known := s.relays[a.String()]
	if !known {
		r = Relay{Address: a.String(), Host: a.Hosts[0], State: RelayConnecting}
	}
	r.Own, r.Enabled = list[i].own, list[i].enabled
	s.relays[r.Address] = r
	s.mu.Unlock()
	s.config.Events.Relay(r)
}

// stored is the list as it is kept: of the site's relays only those that are off.
func stored(list []choice) []chat.RelayChoice {
	var kept []chat.RelayChoice
	for _, c := range list {
		switch {
		case c.own:
			kept = append(kept, chat.RelayChoice{Address: c.PasswordAddress.String(), Own: true, Disabled: !c.enabled})
		case !c.enabled:
			kept = append(kept, chat.RelayChoice{Address: c.Address.String(), Disabled: true})
		}
	}
	return kept
}

// testRelay tries a relay; the password of one in the list is known.
func (s *Session) testRelay(ctx context.Context, p RelayRef) (RelayTest, error) {
	a, err := parseRelay(p.Address)
	if err != nil {
		return RelayTest{Problem: errNotRelay.Message}, nil
	}
	err = s.agent.Do(ctx, func(*agent.Turn) error {
		for _, c := range s.choices() {
			if c.Address.Equal(a.Address) && len(a.Password) == 0 {
				a = c.PasswordAddress
			}
		}
		return nil
	})
	if err != nil {
		return RelayTest{}, explain(err)
	}
	err = s.agent.TestRelay(ctx, a)
	var failed *agent.RelayTestError
	switch {
	case err == nil:
		return RelayTest{OK: true}, nil
	case errors.As(err, &failed):
		return RelayTest{Problem: testProblem(failed)}, nil
	}
	return RelayTest{}, explain(err)
}

// testProblem says which step failed, and why.
func testProblem(e *agent.RelayTestError) string {
	if errors.Is(e.Err, agent.ErrNoRoute) {
		return "This browser cannot connect to that relay from this site."
	}
	step := map[agent.RelayStep]string{
		agent.RelayConnect: "No connection. ",
		agent.RelayCreate:  "The relay makes no place for messages. ",
		agent.RelaySecure:  "The relay does not secure a place for messages. ",
		agent.RelayDelete:  "The relay does not delete a place for messages. ",
	}[e.Step]
	return step + chat.Refusal(e.Err)
}
