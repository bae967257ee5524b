//go:build !js

package agent

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	server "sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
)

// A world has relays and people in a bubble with its own time.
type world struct {
	*testing.T
	ctx    context.Context
	cancel context.CancelFunc
	relays []*testRelay
	apart  bool // people reach only their own relays
	people []*person
}

// inWorld runs a test with n relays.
func inWorld(t *testing.T, n int, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t}
		w.ctx, w.cancel = context.WithCancel(t.Context())
		for range n {
			w.relays = append(w.relays, newTestRelay(w))
		}
		test(w)
		for _, p := range w.people {
			p.kill()
		}
		w.cancel()
		for _, r := range w.relays {
			r.stop()
			r.served.Wait()
		}
		w.pass(time.Minute) // what still sleeps in the network ends
	})
}

// pass lets d pass, and everything that happens in it.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// A testRelay is a relay that can be restarted, or be out of reach.
type testRelay struct {
	w       *world
	address smp.PasswordAddress
	config  server.Config
	print   transport.Fingerprint

	mu     sync.Mutex
	relay  *server.Relay
	away   error // what dialling says while it cannot be reached
	filter func(net.Conn) net.Conn
	served sync.WaitGroup
}

func newTestRelay(w *world) *testRelay {
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		w.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "localhost", time.Now())
	if err != nil {
		w.Fatal(err)
	}
	print := authority.Fingerprint()
	r := &testRelay{w: w, print: print, config: server.Config{Store: new(memory.Store), Chain: chain, Key: key, Log: slog.New(slog.DiscardHandler)}}
	r.address.Address = smp.Address{Fingerprint: print[:], Hosts: []string{"relay.example"}}
	r.relay = server.New(r.config)
	return r
}

func (r *testRelay) stop() {
	r.mu.Lock()
	running := r.relay
	r.mu.Unlock()
	running.Close()
}

// restart ends all connections and starts again with what is stored.
func (r *testRelay) restart() {
	r.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relay = server.New(r.config)
}

// setAway makes the relay unreachable, or with nil reachable again.
func (r *testRelay) setAway(err error) {
	r.mu.Lock()
	r.away = err
	r.mu.Unlock()
	if err != nil {
		r.restart()
	}
}

// setFilter changes what later connections are like.
func (r *testRelay) setFilter(f func(net.Conn) net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.filter = f
}

// connect returns our end of a connection that the relay serves.
func (r *testRelay) connect() (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away != nil {
		return nil, r.away
	}
	ours, theirs := net.Pipe()
	running := r.relay
	r.served.Go(func() { running.ServeConn(r.w.ctx, theirs, server.Options{WebSocket: true}) })
	if r.filter != nil {
		ours = r.filter(ours)
	}
	return ours, nil
}

func (r *testRelay) dial(ctx context.Context, versions smp.Range[smp.Version]) (*transport.Conn, error) {
	ours, err := r.connect()
	if err != nil {
		return nil, err
	}
	return transport.Client(ctx, ours, &transport.ClientConfig{Relay: r.print, Versions: versions})
}

// A person has an agent, which can be killed and started again on what it had
// stored, and writes down what happens.
type person struct {
	w     *world
	name  string
	store store.Store
	// records returns what the agent gets instead of store, if it is set.
	records func() store.Store
	homes   []smp.PasswordAddress
	speak   versions
	// smp is the range of relay versions; zero means all.
	smp smp.Range[smp.Version]
	// routing and direct are the policy.
	routing Routing
	direct  bool
	users   map[User]Policy
	// allow answers Confirmed at once, receipt confirms every message.
	allow, receipt bool
	// cut is a relay that only this person does not reach.
	cut atomic.Pointer[testRelay]
	// skew is how wrong the person's clock is.
	skew atomic.Int64
	on   func(t *Turn, e Event) error

	mu     sync.Mutex
	events []Event
	agent  *Agent
}

func (w *world) person(name string, homes ...*testRelay) *person {
	p := &person{w: w, name: name, store: new(store.Mem), speak: current, allow: true}
	for _, r := range homes {
		p.homes = append(p.homes, r.address)
	}
	w.people = append(w.people, p)
	return p
}

var errUnknownRelay = errors.New("no such relay")

func (p *person) dial(ctx context.Context, addr smp.Address) (*transport.Conn, error) {
	ours := func(h smp.PasswordAddress) bool { return h.Address.Equal(addr) }
	if p.w.apart && !slices.ContainsFunc(p.homes, ours) {
		return nil, ErrNoRoute
	}
	r := p.w.relayOf(addr)
	if r == nil {
		return nil, errUnknownRelay
	}
	if r == p.cut.Load() {
		return nil, errors.New("no way")
	}
	return r.dial(ctx, p.smp)
}

// relayOf returns the relay of an address, nil if there is none.
func (w *world) relayOf(addr smp.Address) *testRelay {
	for _, r := range w.relays {
		if slices.Equal(addr.Fingerprint, r.address.Fingerprint) {
			return r
		}
	}
	return nil
}

// now is the time as the person's clock has it.
func (p *person) now() time.Time { return time.Now().Add(time.Duration(p.skew.Load())).Round(0) }

// start starts the agent; again, if it dies in its first moment.
func (p *person) start() *person {
	p.w.Helper()
	a, err := p.open()
	for errors.Is(err, errKilled) {
		a, err = p.open()
	}
	if err != nil {
		p.w.Fatalf("%s: %v", p.name, err)
	}
	p.agent = a
	return p
}

func (p *person) open() (*Agent, error) {
	records := p.store
	if p.records != nil {
		records = p.records()
	}
	return open(p.w.ctx, Config{Store: records, App: p, Relays: p.homes, Dial: p.dial, Routing: p.routing, Direct: p.direct, Users: p.users, clock: p.now, pairs: 1}, p.speak)
}

// kill stops the agent wherever it is.
func (p *person) kill() {
	if p.agent != nil {
		p.agent.cancel()
		<-p.agent.Done()
		p.agent = nil
	}
}

// Event writes e down with the turn.
func (p *person) Event(t *Turn, e Event) error {
	t.After(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.events = append(p.events, e)
	})
	if p.on != nil {
		if err := p.on(t, e); err != nil {
			return err
		}
	}
	switch e := e.(type) {
	case Confirmed:
		if p.allow {
			return t.Allow(e.Conn, []byte("info of "+p.name))
		}
	case Received:
		if p.receipt {
			return t.Receipt(e.Conn, e.MsgID)
		}
	}
	return nil
}

// happened returns and forgets the events of a type so far.
func happened[E Event](p *person) []E {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []E
	p.events = slices.DeleteFunc(p.events, func(e Event) bool {
		if e, ok := e.(E); ok {
			found = append(found, e)
			return true
		}
		return false
	})
	return found
}

// one returns the one event of a type.
func one[E Event](p *person) E {
	p.w.Helper()
	found := happened[E](p)
	if len(found) != 1 {
		p.w.Fatalf("%s: %d events %T, want one; all others: %v", p.name, len(found), *new(E), p.events)
	}
	return found[0]
}

func (p *person) invite() (ConnID, string) {
	p.w.Helper()
	var id ConnID
	var link string
	err := p.agent.Invite(p.w.ctx, func(_ *Turn, c ConnID, l string) error {
		id, link = c, l
		return nil
	})
	if err != nil {
		p.w.Fatalf("%s: invite: %v", p.name, err)
	}
	return id, link
}

func (p *person) join(link string) ConnID {
	p.w.Helper()
	var id ConnID
	p.do(func(t *Turn) (err error) {
		id, err = t.Join(link, []byte("info of "+p.name))
		return err
	})
	return id
}

func (p *person) do(f func(*Turn) error) {
	p.w.Helper()
	if err := p.agent.Do(p.w.ctx, f); err != nil {
		p.w.Fatalf("%s: %v", p.name, err)
	}
}

func (p *person) send(id ConnID, text string) (n uint64) {
	p.w.Helper()
	p.do(func(t *Turn) (err error) {
		n, err = t.Send(id, []byte(text), SendOptions{Notify: true})
		return err
	})
	return n
}

func (p *person) info(id ConnID) (i ConnInfo) {
	p.w.Helper()
	p.do(func(t *Turn) error {
		var ok bool
		if i, ok = t.Conn(id); !ok {
			return ErrUnknownConn
		}
		return nil
	})
	return i
}

func (p *person) code(id ConnID) (code []byte) {
	p.w.Helper()
	p.do(func(t *Turn) (err error) {
		code, err = t.SecurityCode(id)
		return err
	})
	return code
}

// texts returns the bodies received since the last call.
func (p *person) texts() []string {
	var texts []string
	for _, e := range happened[Received](p) {
		texts = append(texts, string(e.Body))
		if e.Integrity != (Integrity{}) {
			p.w.Errorf("%s: message %d: %+v", p.name, e.MsgID, e.Integrity)
		}
	}
	return texts
}

// delivered returns how many messages were confirmed since the last call.
func (p *person) delivered() (n int) {
	for _, e := range happened[Delivered](p) {
		n += len(e.MsgIDs)
	}
	return n
}

// connect makes a connection of two people, and returns the ids each has.
func (w *world) connect(alice, bob *person) (ConnID, ConnID) {
	w.Helper()
	a, link := alice.invite()
	b := bob.join(link)
	w.pass(time.Minute)
	one[Connected](alice)
	one[Connected](bob)
	return a, b
}
