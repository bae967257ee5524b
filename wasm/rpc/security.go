package rpc

import (
	"context"

	"sotto/wasm/agent"
	"sotto/wasm/chat"
)

func (s *Session) securityCode(ctx context.Context, p ContactRef) (SecurityCode, error) {
	return do(ctx, s, func(t *agent.Turn) (SecurityCode, error) {
		code, err := s.chat.SecurityCode(t, p.ContactID)
		return SecurityCode{code.Digits, code.Verified}, err
	})
}

func (s *Session) verify(ctx context.Context, p Verification) (chat.Contact, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Contact, error) { return s.chat.Verify(t, p.ContactID, p.Verified) })
}

func (s *Session) resync(ctx context.Context, p Resync) (chat.Contact, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Contact, error) { return s.chat.Resync(t, p.ContactID, p.Force) })
}

func (s *Session) switchQueue(ctx context.Context, p ContactRef) (chat.Contact, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Contact, error) { return s.chat.Move(t, p.ContactID) })
}

func (s *Session) setPostQuantum(ctx context.Context, p PostQuantum) (chat.Contact, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Contact, error) { return s.chat.SetPostQuantum(t, p.ContactID, p.On) })
}
