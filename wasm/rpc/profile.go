package rpc

import (
	"context"

	"sotto/wasm/agent"
	"sotto/wasm/chat"
)

func (p NewProfile) change() chat.Change {
	return chat.Change{DisplayName: p.DisplayName, FullName: p.FullName, Image: p.Image, Description: p.Description}
}

func (s *Session) setProfile(ctx context.Context, p NewProfile) (chat.Profile, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Profile, error) { return s.chat.SetProfile(t, p.change()) })
}

func (s *Session) addProfile(ctx context.Context, p NewProfile) (chat.OwnProfile, error) {
	o, err := do(ctx, s, func(t *agent.Turn) (chat.OwnProfile, error) { return s.chat.AddProfile(t, p.change()) })
	if err != nil {
		return o, err
	}
	return o, explain(s.apply(ctx))
}

func (s *Session) switchProfile(ctx context.Context, p ProfileRef) (chat.OwnProfile, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.OwnProfile, error) { return s.chat.SwitchProfile(t, p.ProfileID) })
}

func (s *Session) deleteProfile(ctx context.Context, p ProfileRef) (Empty, error) {
	return do(ctx, s, func(t *agent.Turn) (Empty, error) { return Empty{}, s.chat.DeleteProfile(t, p.ProfileID) })
}

func (s *Session) suggestName(context.Context, Empty) (SuggestedName, error) {
	name, err := chat.RandomName(nil)
	return SuggestedName{name}, err
}

// as returns the agent as a profile has it, the current one for "".
func (s *Session) as(ctx context.Context, profileID string) agent.Account {
	if profileID == "" {
		// If the agent stopped, what is asked of the account fails, too.
		_ = s.agent.Do(ctx, func(*agent.Turn) error { profileID = s.chat.Current(); return nil })
	}
	return s.agent.As(chat.User(profileID))
}
