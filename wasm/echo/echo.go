//go:build !js

package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/agent"
	"sotto/wasm/chat"
	"sotto/wasm/store"
)

// maxWaiting is how many links may wait to be opened; the oldest go first.
const maxWaiting = 200

// cannotRepeat is said in place of what is no text, or too long.
const cannotRepeat = "I can repeat only texts, and none that are very long."

// An echo is one contact that answers everybody.
type echo struct {
	agent *agent.Agent
	chat  *chat.Chat
	news  chan struct{} // something was received
	links chan struct{} // one place per invitation being made
	one   chan struct{} // one place: the address is made once
}

type dialer func(context.Context, smp.Address) (*transport.Conn, error)

func open(ctx context.Context, s store.Store, relay smp.PasswordAddress, d dialer) (*echo, error) {
	e := &echo{news: make(chan struct{}, 1), links: make(chan struct{}, 4), one: make(chan struct{}, 1)}
	var err error
	if e.chat, err = chat.Open(ctx, s, chat.Config{Emit: e.emit}); err != nil {
		return nil, err
	}
	e.agent, err = agent.Open(ctx, agent.Config{Store: s, App: e.chat, Relays: []smp.PasswordAddress{relay}, Dial: d})
	if err != nil {
		return nil, err
	}
	e.wake() // what came in before a restart is still to be answered
	return e, e.agent.Do(ctx, func(t *agent.Turn) error {
		_, err := e.chat.SetProfile(t, chat.Change{DisplayName: "Echo"})
		return err
	})
}

func (e *echo) emit(ev chat.Event) {
	heard := ev.Item != nil && ev.Item.Direction == chat.Received
	// What was said in a request is answered once its sender is let in.
	letIn := ev.Contact != nil && ev.Contact.State == chat.Connected && ev.Contact.Unread > 0
	if heard || letIn {
		e.wake()
	}
}

func (e *echo) wake() {
	select {
	case e.news <- struct{}{}:
	default: // answer looks at everything anyway
	}
}

// answer replies until ctx is done or the agent stops.
func (e *echo) answer(ctx context.Context) error {
	for {
		select {
		case <-e.news:
			if err := e.agent.Do(ctx, e.replyAll); err != nil {
				return err
			}
		case <-e.agent.Done():
			return e.agent.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// replyAll answers what is unread and marks it read in the same turn, so that
// whatever stops the program, nothing is answered twice.
func (e *echo) replyAll(t *agent.Turn) error {
	for _, k := range e.chat.Contacts() {
		if k.Unread == 0 || k.State != chat.Connected {
			continue
		}
		if err := e.reply(t, k.ID); err != nil {
			return err
		}
	}
	return nil
}

func (e *echo) reply(t *agent.Turn, id string) error {
	items, err := e.chat.Unread(t, id)
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := e.repeat(t, id, it.Text); err != nil {
			return err
		}
	}
	return e.chat.Read(t, id, items[len(items)-1].Seq)
}

// repeat sends text back. What others may send is not always what can be sent:
// apps differ in how long a text may be, and in what is one.
func (e *echo) repeat(t *agent.Turn, id, text string) error {
	_, err := e.chat.Send(t, id, chat.Text{Text: text})
	var bad *chat.ErrBadText
	if errors.As(err, &bad) || errors.Is(err, chat.ErrTooLarge) || errors.Is(err, agent.ErrTooLong) {
		_, err = e.chat.Send(t, id, chat.Text{Text: cannotRepeat})
	}
	return err
}

// handler answers POST /echo/invitation with {"link": "..."}: a new link each
// time; and GET /echo/address with the one for everybody.
func (e *echo) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo/invitation", answerLink(e.invite))
	mux.HandleFunc("GET /echo/address", answerLink(e.address))
	return mux
}

func answerLink(ask func(context.Context) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
		defer cancel()
		link, err := ask(ctx)
		if err != nil {
			http.Error(w, "Echo cannot make a link now. Try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		json.NewEncoder(w).Encode(map[string]string{"link": link})
	}
}

// begin waits for a place among those who make something of a kind, and returns
// what gives it back.
func begin(ctx context.Context, places chan struct{}) (done func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *echo) invite(ctx context.Context) (string, error) {
	done, err := begin(ctx, e.links)
	if err != nil {
		return "", err
	}
	defer done()
	var link string
	err = e.agent.Invite(ctx, func(t *agent.Turn, conn agent.ConnID, l string) error {
		link = l
		from, err := e.chat.Identify("", false)
		if err != nil {
			return err
		}
		if _, err := e.chat.Invited(t, from, conn, agent.Links{Full: l}); err != nil {
			return err
		}
		return e.forgetOldest(t)
	})
	return link, err
}

// forgetOldest keeps the number of unopened links bounded.
func (e *echo) forgetOldest(t *agent.Turn) error {
	var oldest chat.Contact
	waiting := 0
	for _, k := range e.chat.Contacts() {
		if k.State != chat.Invited {
			continue
		}
		if waiting++; oldest.ID == "" || k.CreatedAt < oldest.CreatedAt {
			oldest = k
		}
	}
	if waiting <= maxWaiting {
		return nil
	}
	return e.chat.Delete(t, oldest.ID)
}
