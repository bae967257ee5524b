package rpc

import (
	"context"

	"sotto/wasm/agent"
	"sotto/wasm/chat"
)

func (s *Session) editMessage(ctx context.Context, p Edit) (chat.Item, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Item, error) { return s.chat.Edit(t, p.ContactID, p.Seq, p.Text) })
}

func (s *Session) deleteMessage(ctx context.Context, p Deletion) (Empty, error) {
	return do(ctx, s, func(t *agent.Turn) (Empty, error) {
		if p.Everyone {
			return Empty{}, s.chat.TakeBack(t, p.ContactID, p.Seq)
		}
		return Empty{}, s.chat.Remove(t, p.ContactID, p.Seq)
	})
}

func (s *Session) react(ctx context.Context, p NewReaction) (chat.Item, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Item, error) {
		return s.chat.React(t, p.ContactID, p.Seq, p.Emoji, p.Add)
	})
}
