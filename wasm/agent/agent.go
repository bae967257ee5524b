package agent

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/ratchet"
	"sotto/wasm/store"
)

// Errors of the calls. Those of links are LinkError.
var (
	// ErrClosed means that the agent has stopped; Agent.Err says why.
	ErrClosed = errors.New("agent: stopped")
	// ErrUnknownConn means that there is no such connection, or no more.
	ErrUnknownConn = errors.New("agent: unknown connection")
	// ErrNotConnected means that the connection cannot send yet, or no more.
	ErrNotConnected = errors.New("agent: not connected")
	// ErrTooLong means that a message is longer than Turn.Room says.
	ErrTooLong = errors.New("agent: message too long")
	// ErrInfoTooLong means that the info for a confirmation is too long.
	ErrInfoTooLong = errors.New("agent: connection info too long")
	// ErrJoined means that this link was joined before; the ConnID is that of
	// the connection made then.
	ErrJoined = errors.New("agent: link was joined before")
	// ErrLinkUsed means that somebody else opened a one-time link first, or that
	// its owner withdrew it.
	ErrLinkUsed = errors.New("agent: link was used or withdrawn")
	// ErrVersion means that the peer speaks no version that we speak.
	ErrVersion = errors.New("agent: no common version")
	// ErrQueueGone means that a queue of a connection is no longer on its relay.
	ErrQueueGone = errors.New("agent: queue does not exist any more")
	// ErrExpired means that a message could not be sent for too long.
	ErrExpired = errors.New("agent: not sent in time")
	// ErrNoRoute is what Config.Dial wraps for a relay that it will never reach,
	// so that nothing waits for it.
	ErrNoRoute = errors.New("agent: relay cannot be reached from here")
	// ErrNoRelay means that a user has no relay to receive on.
	ErrNoRelay = errors.New("agent: no relay to receive on")
)

// A Config is what an Agent needs. Store, App and Dial are required.
type Config struct {
	// Store holds everything the agent knows. No other agent may use it.
	Store store.Store
	// App is told what happens.
	App App
	// Relays, Routing and Direct are the policy for users without one of their own.
	Relays  []smp.PasswordAddress
	Routing Routing
	Direct  bool
	// Users have policies of their own.
	Users map[User]Policy
	// Dial returns a connection to relay after the handshake. It must give up
	// when ctx is done, which is after 30 seconds at the latest.
	Dial func(ctx context.Context, relay smp.Address) (*transport.Conn, error)
	// Rand is the source of all keys, nonces and ids; nil means crypto/rand.
	Rand io.Reader

	clock func() time.Time // nil means time.Now
	pairs int              // KEM keys kept ready; 0 means kemPairs
}

// An Agent owns a set of connections.
//
// All state is owned by the loop goroutine. Other goroutines reach it with post
// and Do.
type Agent struct {
	Account // of the user without a name

	store    store.Store
	app      App
	dial     func(context.Context, smp.Address) (*transport.Conn, error)
	forwards chan struct{} // one for each command under way to others
	rand     io.Reader
	clock    func() time.Time
	speaks   versions

	inputs  chan input
	stopped chan struct{} // closed when the loop takes no more inputs
	done    chan struct{} // closed when every goroutine has ended, too
	err     error         // why the loop ended; set before stopped is closed
	cancel  context.CancelFunc
	workers sync.WaitGroup

	conns    map[ConnID]*conn // committed state: never changed in place
	receives map[address]ConnID
	deletes  map[string]*deletion
	ratchets map[ConnID]*ratchet.State
	lanes    map[string]*lane
	usual    Policy
	users    map[User]Policy
	early    map[ConnID]*early
	pauses   map[ConnID]*time.Timer // receipts wait
	relays   map[session]*relay
	kems     *kemStock
}

// Open loads what the store has and starts the agent. It stops when ctx is done.
func Open(ctx context.Context, c Config) (*Agent, error) { return open(ctx, c, current) }

func open(ctx context.Context, c Config, v versions) (*Agent, error) {
	a := &Agent{
		store: c.Store, app: c.App, dial: c.Dial, forwards: make(chan struct{}, maxAllForwards), rand: &lockedReader{r: c.Rand}, clock: c.clock, speaks: v,
		inputs: make(chan input), stopped: make(chan struct{}), done: make(chan struct{}),
		conns: map[ConnID]*conn{}, receives: map[address]ConnID{}, deletes: map[string]*deletion{},
		ratchets: map[ConnID]*ratchet.State{}, lanes: map[string]*lane{}, relays: map[session]*relay{}, early: map[ConnID]*early{}, pauses: map[ConnID]*time.Timer{},
		usual: Policy{Relays: c.Relays, Routing: c.Routing, Direct: c.Direct}, users: map[User]Policy{},
	}
	a.Account = a.As("")
	maps.Copy(a.users, c.Users)
	if c.Rand == nil {
		a.rand = rand.Reader
	}
	if a.clock == nil {
		a.clock = time.Now
	}
	a.kems = newKEMStock(a.rand, cmp.Or(c.pairs, kemPairs))
	a.kems.touch(time.Now())
	if err := a.load(ctx); err != nil {
		return nil, fmt.Errorf("agent: open: %w", err)
	}
	ctx, a.cancel = context.WithCancel(ctx)
	a.workers.Go(func() { a.kems.fill(ctx) })
	a.workers.Go(func() { a.watch(ctx) })
	go a.run(ctx)
	return a, nil
}

// Done is closed when the agent has stopped and none of its goroutines runs.
func (a *Agent) Done() <-chan struct{} { return a.done }

// Err returns why the agent stopped, nil while it runs.
func (a *Agent) Err() error {
	select {
	case <-a.done:
		return a.err
	default:
		return nil
	}
}

// A lockedReader makes a source of randomness safe for concurrent use.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(b)
}
