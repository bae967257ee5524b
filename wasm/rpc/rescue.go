package rpc

import (
	"context"

	"sotto/wasm/chat"
)

// A Rescue is the API while there are conversations that cannot be opened. No
// agent runs then, and nothing is stored: a new profile beside the old one
// would be a second identity that nobody asked for.
type Rescue struct {
	// Problem says to people what happened.
	Problem string
	Version string
	// Reset deletes everything, and then starts the worker again.
	Reset func(ctx context.Context) error
}

// API returns the few methods there are; the others are refused.
func (r *Rescue) API() API {
	return API{
		Hello:   r.hello,
		Reset:   r.reset,
		Wake:    nothing[Empty],
		Storage: nothing[Persisted],
	}
}

func (r *Rescue) hello(context.Context, Empty) (Snapshot, error) {
	return Snapshot{
		Contacts: []chat.Contact{},
		Relays:   []Relay{},
		Storage:  Storage{Kind: Unreadable, Problem: r.Problem},
		Version:  r.Version,
	}, nil
}

func (r *Rescue) reset(ctx context.Context, _ Empty) (Empty, error) {
	if err := r.Reset(ctx); err != nil {
		return Empty{}, &Error{CodeStorage, "The browser does not let Sotto delete what is damaged. Delete this site’s data in the browser’s settings instead."}
	}
	return Empty{}, nil
}

func nothing[P any](context.Context, P) (Empty, error) { return Empty{}, nil }
