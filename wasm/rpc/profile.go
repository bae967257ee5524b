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
	return do(ctx, s, func(t *agent.Turn) (chat.OwnProfile, error) { return s.chat.AddProfile(t, p.change()) })
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
