package rpc

import (
	"context"
	"runtime"
	"sync"

	"sotto/wasm/agent"
	"sotto/wasm/chat"
)

// A start is the time between LoadSession and the end of Start. Pages are shown
// what there is before the agent has read its own records and connects: with
// many conversations, that takes longer than all the rest.
type start struct {
	open chan struct{} // closed by Start
	late bool          // pages are served when it is over: what they would be shown is changed first

	mu    sync.Mutex
	begun bool // the chat belongs to the agent's loop
}

func (st *start) begin() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.begun = true
}

// wait waits until it is over.
func (st *start) wait(ctx context.Context) error {
	select {
	case <-st.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// An app is the chat of a Session, for the agent.
type app struct{ *Session }

// Event implements agent.App.
func (a app) Event(t *agent.Turn, e agent.Event) error {
	a.start.begin()
	return a.chat.Event(t, e)
}

// Serve answers the requests of a page, as Hub.Serve does.
func (s *Session) Serve(ctx context.Context, h *Hub, port Port) error {
	api := s.API()
	return h.serve(ctx, &api, port, s.start.wait)
}

func (s *Session) hello(ctx context.Context, _ Empty) (Snapshot, error) {
	if first, ok := s.firstSnapshot(); ok {
		return first, nil
	}
	if err := s.start.wait(ctx); err != nil {
		return Snapshot{}, err
	}
	return do(ctx, s, func(*agent.Turn) (Snapshot, error) { return s.snapshot(), nil })
}

// firstSnapshot returns what was loaded, as long as nobody changes it.
func (s *Session) firstSnapshot() (Snapshot, bool) {
	s.start.mu.Lock()
	defer s.start.mu.Unlock()
	if s.start.begun || s.start.late {
		return Snapshot{}, false
	}
	return s.snapshot(), true
}

const (
	// hops is how many goroutines an answer passes, each of which wakes the next.
	hops = 8
	// toldAtOnce is about how many conversations pages are told of together: they
	// paint the first ones in peace before.
	toldAtOnce = 1024
)

// loadRest loads the conversations that are further down in the list, and tells
// pages that have seen the first of them.
func (s *Session) loadRest() error {
	var untold []chat.Contact
	for s.chat.More() {
		for range hops {
			runtime.Gosched() // lets pages have what is there
		}
		if err := s.loadMore(&untold); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) loadMore(untold *[]chat.Contact) error {
	s.start.mu.Lock()
	defer s.start.mu.Unlock()
	list, err := s.chat.LoadMore()
	*untold = append(*untold, list...)
	if more := s.chat.More(); err == nil && (!more || len(*untold) >= toldAtOnce) {
		s.config.Events.Contacts(Contacts{Contacts: *untold, More: more})
		*untold = nil
	}
	return err
}

func (s *Session) snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	relays := []Relay{}
	for _, r := range s.relays {
		relays = append(relays, r)
	}
	return Snapshot{
		Profile: s.chat.Profile(), ProfileID: s.chat.Current(), Profiles: s.chat.Profiles(), Contacts: s.chat.Contacts(), More: s.chat.More(), Relays: relays,
		Storage: s.storage, Echo: s.config.Echo, Version: s.config.Version,
	}
}
