//go:build !js

package rpc

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/agent"
	"sotto/wasm/chat"
	"sotto/wasm/store"
)

// A world has one relay, in a bubble with its own time.
type world struct {
	*testing.T
	ctx     context.Context
	relay   *relay.Relay
	address smp.PasswordAddress
	print   transport.Fingerprint
	served  sync.WaitGroup
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

func (w *world) dial(ctx context.Context, a smp.Address) (*transport.Conn, error) {
	if !a.Equal(w.address.Address) {
		return nil, agent.ErrNoRoute
	}
	ours, theirs := net.Pipe()
	w.served.Go(func() { w.relay.ServeConn(w.ctx, theirs, relay.Options{WebSocket: true}) })
	return transport.Client(ctx, ours, &transport.ClientConfig{Relay: w.print})
}

func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// A person has a session, and notes what pages are told.
type person struct {
	API
	w       *world
	session *Session
	store   *store.Mem

	mu     sync.Mutex
	events []string
	relays map[string]Relay
}

func (w *world) person(name string) *person {
	p := &person{w: w, store: new(store.Mem), relays: map[string]Relay{}}
	p.start()
	must(w, p.SetProfile, NewProfile{DisplayName: name})
	return p
}

func (p *person) start() {
	var err error
	p.session, err = OpenSession(p.w.ctx, SessionConfig{
		Store: p.store, StorageInfo: Storage{Kind: InMemory}, Relays: []smp.PasswordAddress{p.w.address}, Dial: p.w.dial, Events: p.told(),
	})
	if err != nil {
		p.w.Fatal(err)
	}
	p.API = p.session.API()
}

func (p *person) stop() {
	p.session.end()
	<-p.session.Done()
}

func (p *person) told() Events {
	return Events{
		Contacts: func(Contacts) {},
		Contact:  func(chat.Contact) {}, ContactDeleted: func(ContactDeleted) { p.note("contactDeleted") },
		Item: func(chat.Item) {}, ItemDeleted: func(ItemDeleted) { p.note("itemDeleted") },
		Profile:        func(o chat.Profile) { p.note("profile " + o.DisplayName) },
		OwnProfile:     func(o chat.OwnProfile) { p.note("ownProfile " + o.Profile.DisplayName) },
		ProfileDeleted: func(ProfileDeleted) { p.note("profileDeleted") }, ProfileSwitched: func(ProfileRef) { p.note("profileSwitched") },
		Relay: func(r Relay) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.relays[r.Address] = r
		},
		RelayRemoved: func(r RelayRemoved) { p.note("relayRemoved") }, Storage: func(Storage) {}, Fatal: func(Fatal) { p.note("fatal") },
	}
}

func (p *person) note(event string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, event)
}

func (p *person) heard(event string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.events, event)
}

func must[P, R any](w *world, m Method[P, R], p P) R {
	w.Helper()
	r, err := m(w.ctx, p)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func refused[P, R any](w *world, m Method[P, R], p P, says string) {
	w.Helper()
	_, err := m(w.ctx, p)
	if e := errorFor(err); err == nil || !strings.Contains(e.Message, says) {
		w.Errorf("%v, want %q", err, says)
	}
}

func (p *person) contact(id string) chat.Contact {
	p.w.Helper()
	for _, k := range must(p.w, p.Hello, Empty{}).Contacts {
		if k.ID == id || id == "" {
			return k
		}
	}
	p.w.Fatal("no such contact")
	return chat.Contact{}
}
