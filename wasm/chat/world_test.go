//go:build !js

package chat

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/agent"
	"sotto/wasm/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world has one relay, in a bubble with its own time.
type world struct {
	*testing.T
	ctx     context.Context
	relay   *relay.Relay
	address smp.PasswordAddress
	print   transport.Fingerprint
	served  sync.WaitGroup
	people  []*person
}

func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := &world{T: t, ctx: ctx}
		authority, err := transport.NewAuthority(nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		chain, key, err := authority.Issue(nil, "localhost", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		w.print = authority.Fingerprint()
		w.address.Address = smp.Address{Fingerprint: w.print[:], Hosts: []string{"relay.example"}}
		w.relay = relay.New(relay.Config{Store: new(memory.Store), Chain: chain, Key: key, Log: slog.New(slog.DiscardHandler)})
		test(w)
		cancel()
		w.relay.Close()
		w.served.Wait()
	})
}

func (w *world) dial(ctx context.Context, _ smp.Address) (*transport.Conn, error) {
	ours, theirs := net.Pipe()
	w.served.Go(func() { w.relay.ServeConn(w.ctx, theirs, relay.Options{WebSocket: true}) })
	return transport.Client(ctx, ours, &transport.ClientConfig{Relay: w.print})
}

// pass lets d pass, and everything that happens in it.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// A person has a chat on a store of their own.
type person struct {
	w      *world
	store  *store.Mem
	chat   *Chat
	agent  *agent.Agent
	cancel context.CancelFunc

	mu     sync.Mutex
	events []Event
}

func (w *world) person(name string) *person {
	p := &person{w: w, store: new(store.Mem)}
	w.people = append(w.people, p)
	p.start()
	p.do(func(t *agent.Turn) error { _, err := p.chat.SetProfile(t, Change{DisplayName: name}); return err })
	return p
}

func (p *person) start() {
	ctx, cancel := context.WithCancel(p.w.ctx)
	p.cancel = cancel
	var err error
	if p.chat, err = Open(ctx, p.store, Config{Emit: p.note}); err != nil {
		p.w.Fatal(err)
	}
	p.agent, err = agent.Open(ctx, agent.Config{Store: p.store, App: p.chat, Relays: []smp.PasswordAddress{p.w.address}, Dial: p.w.dial})
	if err != nil {
		p.w.Fatal(err)
	}
}

// randomText returns a text that does not become shorter when compressed.
func randomText(n int) string {
	b := make([]byte, n*3/4)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

func (p *person) stop() {
	p.cancel()
	<-p.agent.Done()
}

func (p *person) note(e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
}

// do runs f as a turn that must succeed.
func (p *person) do(f func(*agent.Turn) error) {
	p.w.Helper()
	if err := p.try(f); err != nil {
		p.w.Fatal(err)
	}
}

// try runs f as a turn and returns its error.
func (p *person) try(f func(*agent.Turn) error) error {
	return p.agent.Do(p.w.ctx, func(t *agent.Turn) error { return p.chat.Try(t, func() error { return f(t) }) })
}

func (p *person) invite() (id, link string) {
	p.w.Helper()
	err := p.agent.Invite(p.w.ctx, func(t *agent.Turn, conn agent.ConnID, l string) error {
		from, err := p.chat.Identify("", false)
		if err != nil {
			return err
		}
		k, err := p.chat.Invited(t, from, conn, agent.Links{Full: l})
		id, link = k.ID, l
		return err
	})
	if err != nil {
		p.w.Fatal(err)
	}
	return id, link
}

func (p *person) connect(link string) (id string) {
	p.w.Helper()
	p.do(func(t *agent.Turn) error {
		k, err := p.chat.Connect(t, Visit{Text: link})
		id = k.ID
		return err
	})
	return id
}

func (p *person) send(id, text, clientID string) (it Item) {
	p.w.Helper()
	p.do(func(t *agent.Turn) (err error) {
		it, err = p.chat.Send(t, id, Text{Text: text, ClientID: clientID})
		return err
	})
	return it
}

func (p *person) items(id string) (list []Item) {
	p.w.Helper()
	p.do(func(t *agent.Turn) error {
		page, err := p.chat.Items(t, id, 0, maxPage)
		list = page.Items
		return err
	})
	return list
}

func (p *person) contact(id string) (found Contact) {
	p.w.Helper()
	p.do(func(*agent.Turn) error {
		k, err := p.chat.contact(id)
		if err == nil {
			found = k.Contact
		}
		return err
	})
	return found
}

// couple connects two people and returns what each calls the other.
func (w *world) couple() (alice, bob *person, bobID, aliceID string) {
	w.Helper()
	alice, bob = w.person("Alice"), w.person("Bob")
	bobID, link := alice.invite()
	aliceID = bob.connect(link)
	w.pass(5 * time.Second)
	if a, b := alice.contact(bobID), bob.contact(aliceID); a.State != Connected || b.State != Connected {
		w.Fatalf("states %s (%s), %s (%s)", a.State, a.Problem, b.State, b.Problem)
	}
	return alice, bob, bobID, aliceID
}

var everything store.Query
