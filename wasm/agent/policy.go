package agent

import (
	"context"
	"maps"
	"slices"

	"sotto/smp"
)

// A User is a tag of connections: those of one profile of the app have the same.
// Relays cannot tell that two users are one person: they never share a
// connection to a relay. The empty one is a user, too.
type User string

// A Policy says which relays a user works with, and how.
type Policy struct {
	// Relays are where queues to receive on are made, the first that answers.
	Relays []smp.PasswordAddress
	// Routing says which relays are sent to through ours, and Direct whether one
	// of those is connected to when none of ours can forward to it.
	Routing Routing
	Direct  bool
	// PerConnection has every connection of the user use relay connections of its
	// own, so that relays do not see that they are one user's.
	PerConnection bool
}

// policy returns what holds for a user.
func (a *Agent) policy(u User) Policy {
	if p, ok := a.users[u]; ok {
		return p
	}
	return a.usual
}

// SetPolicy changes what holds for a user. It is not stored: the app gives it to
// [Open] the next time. Queues stay where they are, only new ones are made on
// other relays; what is connected in another way than the policy wants is
// connected again.
func (a *Agent) SetPolicy(ctx context.Context, u User, p Policy) error {
	p.Relays = slices.Clone(p.Relays)
	return a.Do(ctx, func(t *Turn) error {
		t.After(func() {
			a.users[u] = p
			a.regroup(t.ctx, u)
		})
		return nil
	})
}

// regroup ends the lines of a user; those that are needed are made again.
func (a *Agent) regroup(ctx context.Context, u User) {
	for _, r := range slices.Collect(maps.Values(a.relays)) {
		if r.of.user == u {
			r.retire(ctx)
		}
	}
	a.connect(ctx, func(p party) bool { return p.user == u })
}

// An Account is the agent as one user has it.
type Account struct {
	a    *Agent
	user User
}

// As returns what a user can do. The methods of the Agent itself are those of the
// user without a name.
func (a *Agent) As(u User) Account { return Account{a, u} }

// policy waits for what holds for the user now, and says whose lines something
// with a name uses.
func (u Account) policy(ctx context.Context, name string) (of party, p Policy, err error) {
	err = u.a.Do(ctx, func(*Turn) error {
		of, p = u.a.party(u.user, name), u.a.policy(u.user)
		return nil
	})
	return of, p, err
}
