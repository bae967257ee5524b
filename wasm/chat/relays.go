package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// A RelayChoice is what the person chose about a relay to receive on.
type RelayChoice struct {
	// Address is the whole address, with the password if there is one.
	Address string
	// Own: the person added it. Disabled: nothing new is made there.
	Own      bool `json:",omitempty"`
	Disabled bool `json:",omitempty"`
}

func (c *Chat) loadRelays(ctx context.Context, s store.Store) error {
	b, err := s.Get(ctx, bucketSetting, settingRelays)
	if err == nil {
		err = json.Unmarshal(b, &c.relays)
	}
	if ignoreMissing(err) != nil {
		return fmt.Errorf("chat: load relays: %w", err)
	}
	return nil
}

// Relays returns what the person chose about relays, in the order in which they
// are tried.
func (c *Chat) Relays() []RelayChoice { return slices.Clone(c.relays) }

// SetRelays keeps another choice of relays.
func (c *Chat) SetRelays(t *agent.Turn, list []RelayChoice) {
	touch(&c.journal, &c.relays)
	c.relays = slices.Clone(list)
	c.putJSON(t, bucketSetting, settingRelays, c.relays)
}

// SetRouting says which messages of a profile go through our own relay.
func (c *Chat) SetRouting(t *agent.Turn, profileID string, r Routing) (OwnProfile, error) {
	o, err := c.ownProfile(profileID)
	if err != nil {
		return OwnProfile{}, err
	}
	if _, ok := routings[r.Policy]; !ok {
		return OwnProfile{}, ErrBadRouting
	}
	touch(&c.journal, o)
	o.Routing = r
	c.saveOwn(t, o)
	return o.public(), nil
}

// routings are the agent's names of policies.
var routings = map[RoutingPolicy]agent.Routing{
	RouteUnreachable: agent.RouteUnreachable,
	RouteUnknown:     agent.RouteUnknown,
	RouteAlways:      agent.RouteAlways,
	RouteNever:       agent.RouteNever,
}

// Agent returns the policy without relays, as the agent has it.
func (r Routing) Agent() agent.Policy {
	return agent.Policy{Routing: routings[r.Policy], Direct: r.Direct}
}

// User is what the agent calls an own profile. Relays cannot see that two
// profiles are one person's.
func User(profileID string) agent.User {
	if profileID == firstProfile {
		return ""
	}
	return agent.User(profileID)
}
