package agent

import (
	"context"
	"slices"

	"sotto/smp"
)

// A party is for whom a line is: a user or, if the policy wants it, one of the
// user's connections.
type party struct {
	user User
	conn ConnID // "" if it is the user
}

// A session names a line. The reference calls it a transport session.
type session struct {
	of      party
	relay   string // text form of its address
	outward bool   // it is only sent to, and may be behind a relay of ours
}

// party returns whose lines something of a user uses. The name is its own if
// every connection has its own lines.
func (a *Agent) party(u User, name string) party {
	if a.policy(u).PerConnection {
		return party{u, ConnID(name)}
	}
	return party{user: u}
}

func (a *Agent) partyOf(c *conn) party { return a.party(c.user, string(c.id)) }

// relay returns the relay of an address, for its receivers.
func (a *Agent) relay(of party, addr smp.Address) *relay {
	return a.session(session{of: of, relay: addr.String()}, addr)
}

// session returns the relay of a session.
func (a *Agent) session(s session, addr smp.Address) *relay {
	r := a.relays[s]
	if r == nil {
		r = &relay{a: a, session: s, address: addr, parked: map[*lane]bool{}}
		a.relays[s] = r
	}
	return r
}

// isHome reports whether the user makes queues on the relay: it is kept
// connected, for the next invitation.
func (r *relay) isHome() bool {
	p := r.a.policy(r.of.user)
	return !r.outward && !p.PerConnection && slices.ContainsFunc(p.Relays, func(h smp.PasswordAddress) bool { return h.Address.Equal(r.address) })
}

// home returns the first of the relays to receive on that is not known to be
// down, or the first if all are. Those to avoid come last.
func (a *Agent) home(of party, avoid ...smp.Address) (smp.PasswordAddress, bool) {
	var best smp.PasswordAddress
	least := -1
	for _, h := range a.policy(of.user).Relays {
		cost := 0
		if r := a.relays[session{of: of, relay: h.Address.String()}]; r != nil && r.failure != "" {
			cost++
		}
		if n := slices.IndexFunc(avoid, func(other smp.Address) bool { return sameRelay(h.Address, other) }); n >= 0 {
			cost += 2 * (len(avoid) - n)
		}
		if least < 0 || cost < least {
			best, least = h, cost
		}
	}
	return best, least >= 0
}

// dismiss ends the lines of a connection that is no more, if it had its own.
func (a *Agent) dismiss(ctx context.Context, of party) {
	if !a.policy(of.user).PerConnection {
		return
	}
	for s, r := range a.relays {
		if s.of == of {
			r.retire(ctx)
		}
	}
}
