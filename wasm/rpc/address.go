package rpc

import (
	"context"

	"sotto/wasm/agent"
	"sotto/wasm/chat"
)

func (p AddressSettings) settings() chat.Terms {
	return chat.Terms{AutoAccept: p.AutoAccept, Limit: p.Limit, Welcome: p.Welcome}
}

// makeAddress makes one, or changes the settings of the one there is: a page may
// ask twice.
func (s *Session) makeAddress(ctx context.Context, p AddressSettings) (chat.Address, error) {
	shown, has, err := s.addressData(ctx, p.ProfileID, p.settings())
	if err != nil {
		return chat.Address{}, explain(err)
	}
	if has {
		return s.setAddress(ctx, p)
	}
	return s.newAddress(ctx, p.ProfileID, p.settings(), shown)
}

// addressData returns what an address shows, and whether there is one.
func (s *Session) addressData(ctx context.Context, profileID string, set chat.Terms) (shown []byte, has bool, err error) {
	err = s.agent.Do(ctx, func(*agent.Turn) (err error) {
		shown, has, err = s.chat.AddressData(profileID, set)
		return err
	})
	return shown, has, err
}

func (s *Session) newAddress(ctx context.Context, profileID string, set chat.Terms, shown []byte) (chat.Address, error) {
	var a chat.Address
	err := s.as(ctx, profileID).NewAddress(ctx, shown, func(t *agent.Turn, conn agent.ConnID, links agent.Links) error {
		return s.try(func(t *agent.Turn) (err error) {
			a, err = s.chat.MakeAddress(t, profileID, set, conn, links)
			return err
		})(t)
	})
	return a, explain(err)
}

func (s *Session) setAddress(ctx context.Context, p AddressSettings) (chat.Address, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Address, error) { return s.chat.SetAddress(t, p.ProfileID, p.settings()) })
}

func (s *Session) rotateAddress(ctx context.Context, p ProfileRef) (chat.Address, error) {
	var set chat.Terms
	var shown []byte
	err := s.agent.Do(ctx, func(*agent.Turn) (err error) {
		if set, err = s.chat.Terms(p.ProfileID); err == nil {
			shown, _, err = s.chat.AddressData(p.ProfileID, set)
		}
		return err
	})
	if err != nil {
		return chat.Address{}, explain(err)
	}
	return s.newAddress(ctx, p.ProfileID, set, shown)
}

func (s *Session) deleteAddress(ctx context.Context, p ProfileRef) (Empty, error) {
	return do(ctx, s, func(t *agent.Turn) (Empty, error) { return Empty{}, s.chat.DeleteAddress(t, p.ProfileID) })
}

func (s *Session) acceptRequest(ctx context.Context, p Acceptance) (chat.Contact, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Contact, error) { return s.chat.Accept(t, p.ContactID, p.Incognito) })
}

func (s *Session) rejectRequest(ctx context.Context, p ContactRef) (Empty, error) {
	return do(ctx, s, func(t *agent.Turn) (Empty, error) { return Empty{}, s.chat.Reject(t, p.ContactID) })
}
