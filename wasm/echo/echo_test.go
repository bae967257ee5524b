//go:build !js

package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/agent"
	"sotto/wasm/chat"
	"sotto/wasm/store"
	"sotto/wasm/store/file"
)

// startRelay runs a relay in memory and returns its address and how to reach it.
func startRelay(t *testing.T) (smp.PasswordAddress, dialer) {
	t.Helper()
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r := relay.New(relay.Config{Store: new(memory.Store), Chain: chain, Key: key, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { r.Close() })
	id := authority.Fingerprint()
	address := smp.PasswordAddress{Address: smp.Address{Fingerprint: id[:], Hosts: []string{"relay.example"}}}
	return address, func(ctx context.Context, _ smp.Address) (*transport.Conn, error) {
		ours, theirs := net.Pipe()
		go r.ServeConn(context.Background(), theirs, relay.Options{WebSocket: true})
		return transport.Client(ctx, ours, &transport.ClientConfig{Relay: id})
	}
}

// visitor is a chat that talks to Echo.
type visitor struct {
	t     *testing.T
	agent *agent.Agent
	chat  *chat.Chat
	heard chan string
	ready chan struct{}
	conn  agent.ConnID
}

// Event implements agent.App: the visitor's is the chat's.
func (v *visitor) Event(t *agent.Turn, e agent.Event) error {
	if e, ok := e.(agent.Connected); ok {
		v.conn = e.Conn
	}
	return v.chat.Event(t, e)
}

func visit(t *testing.T, relay smp.PasswordAddress, d dialer, link string) (*visitor, string) {
	t.Helper()
	v := &visitor{t: t, heard: make(chan string, 100), ready: make(chan struct{}, 100)}
	s := new(store.Mem)
	var err error
	if v.chat, err = chat.Open(t.Context(), s, chat.Config{Emit: v.emit}); err != nil {
		t.Fatal(err)
	}
	v.agent, err = agent.Open(t.Context(), agent.Config{Store: s, App: v, Relays: []smp.PasswordAddress{relay}, Dial: d})
	if err != nil {
		t.Fatal(err)
	}
	var id string
	err = v.agent.Do(t.Context(), func(t *agent.Turn) error {
		if _, err := v.chat.SetProfile(t, chat.Change{DisplayName: "Visitor"}); err != nil {
			return err
		}
		k, err := v.chat.Connect(t, chat.Visit{Text: link})
		id = k.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	<-v.ready
	return v, id
}

func (v *visitor) emit(e chat.Event) {
	switch {
	case e.Contact != nil && e.Contact.State == chat.Connected:
		select {
		case v.ready <- struct{}{}:
		default:
		}
	case e.Item != nil && e.Item.Direction == chat.Received:
		v.heard <- e.Item.Text
	}
}

func (v *visitor) say(id, text string) {
	v.t.Helper()
	err := v.agent.Do(v.t.Context(), func(t *agent.Turn) error {
		_, err := v.chat.Send(t, id, chat.Text{Text: text})
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
}

func TestEchoAnswersAlsoAfterARestart(t *testing.T) {
	address, d := startRelay(t)
	path := filepath.Join(t.TempDir(), "echo.log")
	stop := startEcho(t, path, address, d, nil)
	var link string
	stop()
	stop = startEcho(t, path, address, d, func(e *echo) { link = askForLink(t, e) })
	v, id := visit(t, address, d, link)
	v.say(id, "one")
	if got := <-v.heard; got != "one" {
		t.Errorf("Echo said %q", got)
	}
	stop()
	v.say(id, "two")
	v.say(id, "three")
	stop = startEcho(t, path, address, d, nil)
	defer stop()
	for _, want := range []string{"two", "three"} {
		if got := <-v.heard; got != want {
			t.Errorf("Echo said %q, want %q", got, want)
		}
	}
}

func TestEchoLetsEverybodyInAtItsAddress(t *testing.T) {
	relay, d := startRelay(t)
	path := filepath.Join(t.TempDir(), "echo.log")
	var first, again string
	stop := startEcho(t, path, relay, d, func(e *echo) { first = askForAddress(t, e) })
	stop()
	stop = startEcho(t, path, relay, d, func(e *echo) { again = askForAddress(t, e) })
	defer stop()
	if again != first {
		t.Error("Echo has another address after a restart")
	}
	for range 2 {
		v, id := visit(t, relay, d, first)
		if got := <-v.heard; got != terms.Welcome {
			t.Errorf("Echo welcomed with %q", got)
		}
		v.say(id, "one")
		if got := <-v.heard; got != "one" {
			t.Errorf("Echo said %q", got)
		}
	}
}

func TestEchoOutlivesWhatItCannotRepeat(t *testing.T) {
	address, d := startRelay(t)
	var link string
	stop := startEcho(t, filepath.Join(t.TempDir(), "echo.log"), address, d, func(e *echo) { link = askForLink(t, e) })
	defer stop()
	v, id := visit(t, address, d, link)
	for _, text := range []string{"", " ", strings.Repeat("x", 15001)} {
		body, err := chat.Encode(chat.Message{Event: "x.msg.new", Params: json.RawMessage(`{"content":{"type":"text","text":"` + text + `"}}`)}, 13000)
		if err != nil {
			t.Fatal(err)
		}
		err = v.agent.Do(t.Context(), func(t *agent.Turn) error {
			_, err := t.Send(v.conn, body, agent.SendOptions{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := <-v.heard; got != cannotRepeat {
			t.Errorf("Echo said %q to a text of %d bytes", got, len(text))
		}
	}
	v.say(id, "still there?")
	if got := <-v.heard; got != "still there?" {
		t.Errorf("Echo said %q", got)
	}
}

// startEcho runs an echo on the store at path until the returned function is called.
func startEcho(t *testing.T, path string, relay smp.PasswordAddress, d dialer, use func(*echo)) (stop func()) {
	t.Helper()
	s, err := file.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e, err := open(ctx, s, relay, d)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); e.answer(ctx) }()
	if use != nil {
		use(e)
	}
	return func() {
		cancel()
		<-done
		<-e.agent.Done()
		s.Close()
	}
}

func askForLink(t *testing.T, e *echo) string { return ask(t, e, "POST", "/echo/invitation") }

func askForAddress(t *testing.T, e *echo) string { return ask(t, e, "GET", "/echo/address") }

func ask(t *testing.T, e *echo, method, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	e.handler().ServeHTTP(w, httptest.NewRequest(method, path, nil))
	var answer struct{ Link string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Link == "" {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	return answer.Link
}

func TestUnopenedLinksAreBounded(t *testing.T) {
	address, d := startRelay(t)
	stop := startEcho(t, filepath.Join(t.TempDir(), "echo.log"), address, d, func(e *echo) {
		for range maxWaiting + 3 {
			askForLink(t, e)
		}
		if n := len(e.chat.Contacts()); n != maxWaiting {
			t.Errorf("%d links wait", n)
		}
	})
	stop()
}
