package rpc

import (
	"context"

	"sotto/wasm/chat"
)

// export makes a copy of everything, of the moment when it was asked for.
func (s *Session) export(ctx context.Context, p Passphrase) (Export, error) {
	all, err := s.config.Store.All(ctx)
	if err != nil {
		return Export{}, explain(err)
	}
	return s.archives.export(all, p.Passphrase)
}

func (s *Session) beginImport(ctx context.Context, p Passphrase) (TransferRef, error) {
	if s.config.StorageInfo.Kind == InMemory {
		return TransferRef{}, &Error{CodeStorage, "This browser keeps nothing for Sotto, so nothing can be brought into it."}
	}
	return s.archives.begin(ctx, p)
}

// replace ends the agent for good: nothing that it still knows may be written
// over what comes from the file.
func (s *Session) replace(ctx context.Context, p TransferRef) (Empty, error) {
	b, err := s.archives.take(p)
	if err != nil {
		return Empty{}, err
	}
	s.end()
	<-s.agent.Done()
	markCopied(b)
	if err := s.config.Store.Replace(ctx, b); err != nil {
		s.config.Events.Fatal(Fatal{chat.Refusal(err) + " Nothing was replaced. Reload to go on."})
		return Empty{}, err
	}
	s.config.Restart()
	return Empty{}, nil
}
