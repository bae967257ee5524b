package rpc

import (
	"context"
	"runtime"
	"sync"
	"time"

	"sotto/wasm/agent"
)

// A start is the time between LoadSession and the end of Start. Pages are shown
// what there is before the agent has read its own records and connects: with
// many conversations, that takes longer than all the rest.
type start struct {
	open chan struct{} // closed by Start
	late bool          // pages are served when it is over: what they would be shown is changed first

	painted chan struct{} // holds an element when a page has painted what it was shown

	mu    sync.Mutex
	begun bool // the chat belongs to the agent's loop
	shown bool // a page was shown what there is
}

func (st *start) begin() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.begun = true
}

// wait waits until it is over.
func (st *start) wait(ctx context.Context) error {
	if st == nil {
		return nil
	}
	select {
	case <-st.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// acked is called when a page acknowledges messages, the first one as soon as it
// has painted what it was shown, or asks for something else.
func (st *start) acked() {
	if st == nil {
		return
	}
	select {
	case st.painted <- struct{}{}:
	default:
	}
}

// peace is how long a page has to paint what it is shown first, while nothing
// else is done: the browser has few threads, and the person looks at that one.
const peace = 50 * time.Millisecond

// letPaint waits until a page has painted, if there is one.
func (st *start) letPaint() {
	letRun()
	st.mu.Lock()
	shown := st.shown
	st.mu.Unlock()
	if !shown {
		return
	}
	select {
	case <-st.painted:
	case <-time.After(peace): // a page that nobody sees does not paint
	}
}

// letRun lets pages have what is there: an answer passes so many goroutines, each
// of which wakes the next.
func letRun() {
	for range 8 {
		runtime.Gosched()
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
	return h.serve(ctx, &api, port, &s.start)
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
	s.start.shown = true
	return s.snapshot(), true
}

// loadRest loads the conversations that are further down in the list, and tells
// pages that have seen the first of them.
func (s *Session) loadRest() error {
	for s.chat.More() {
		letRun()
		if err := s.loadMore(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) loadMore() error {
	s.start.mu.Lock()
	defer s.start.mu.Unlock()
	list, err := s.chat.LoadMore()
	if err == nil {
		s.config.Events.Contacts(Contacts{Contacts: list, More: s.chat.More()})
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
