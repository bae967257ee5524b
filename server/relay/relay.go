package relay

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

// A Config says how a relay works. Zero values have the defaults given.
type Config struct {
	Store Store
	Chain transport.Chain // the relay's certificates, leaf first
	Key   smp.PrivateKey  // of the leaf

	// Password is asked of those who create queues; nil: anyone may.
	Password []byte
	// Versions that are offered: 6 to 19.
	Versions smp.Range[smp.Version]

	Quota            int           // messages a queue holds: 128
	MessageLife      time.Duration // how long a message waits: 21 days
	SuspendedLife    time.Duration // how long a suspended queue stays: 21 days
	UnusedLife       time.Duration // how long a queue that nobody uses stays; 0: always
	NotificationLife time.Duration // how long a notification waits: 1 day
	MaxNotifications int           // that wait for one notifier: 128
	ExpireEvery      time.Duration // how often Run removes what is too old: 2 hours

	HandshakeTimeout time.Duration // 30 seconds
	IdleTimeout      time.Duration // without a block from the client: 1 hour
	BlockTimeout     time.Duration // from the first to the last byte of a block: 1 minute
	WriteTimeout     time.Duration // for a block, then a slow reader is cut off: 1 minute

	MaxConns         int // connections: 100,000
	MaxConnsPerHost  int // from one IPv4 address or IPv6 /64: 1,000
	MaxSubscriptions int // of one connection: 200,000

	MaxCreated int  // queues that one connection creates: 20,000
	ConnRate   Rate // commands of one connection: 5,000 a second, 50,000 at once
	HostRate   Rate // commands from one host: 20,000 a second, 200,000 at once
	CreateRate Rate // queues from one host: 1 a second, 5,000 at once
	ProxyRate  Rate // sessions with other relays that one host asks for: 10 a second, 1,000 at once

	// Dial connects to another relay as its proxy, for clients whose first relay
	// this one is: see ErrHost. Nil: this relay forwards to none.
	Dial             func(ctx context.Context, relay smp.Address) (*transport.Conn, error)
	ProxyConcurrency int           // commands of one connection under way to others: 32
	MaxDestinations  int           // relays that are connected, or failed just now: 1,000
	DestinationIdle  time.Duration // how long a connection that nobody uses stays: 10 minutes

	// Active is told of each queue to which a message was sent, and whether that
	// asked for a notification, or of which one was acknowledged. Nil: nobody is.
	Active func(queue ID, notify bool)

	Metrics *Metrics     // counts; new if nil
	Log     *slog.Logger // errors of the store; slog.Default
}

func (c Config) withDefaults() Config {
	c.Versions = or(c.Versions, smp.Range[smp.Version]{Min: smp.VersionSubscribeMode, Max: smp.VersionServiceQueues})
	c.Quota = or(c.Quota, 128)
	c.MessageLife = or(c.MessageLife, 21*24*time.Hour)
	c.SuspendedLife = or(c.SuspendedLife, 21*24*time.Hour)
	c.NotificationLife = or(c.NotificationLife, 24*time.Hour)
	c.MaxNotifications = or(c.MaxNotifications, 128)
	c.ExpireEvery = or(c.ExpireEvery, 2*time.Hour)
	c.HandshakeTimeout = or(c.HandshakeTimeout, 30*time.Second)
	c.IdleTimeout = or(c.IdleTimeout, time.Hour)
	c.BlockTimeout = or(c.BlockTimeout, time.Minute)
	c.WriteTimeout = or(c.WriteTimeout, time.Minute)
	c.MaxConns = or(c.MaxConns, 100_000)
	c.MaxConnsPerHost = or(c.MaxConnsPerHost, 1000)
	c.MaxSubscriptions = or(c.MaxSubscriptions, 200_000)
	c.MaxCreated = or(c.MaxCreated, 20_000)
	c.ConnRate = or(c.ConnRate, Rate{5000, 50_000})
	c.HostRate = or(c.HostRate, Rate{20_000, 200_000})
	c.CreateRate = or(c.CreateRate, Rate{1, 5000})
	c.ProxyRate = or(c.ProxyRate, Rate{10, 1000})
	c.ProxyConcurrency = or(c.ProxyConcurrency, 32)
	c.MaxDestinations = or(c.MaxDestinations, 1000)
	c.DestinationIdle = or(c.DestinationIdle, 10*time.Minute)
	if c.Active == nil {
		c.Active = func(ID, bool) {}
	}
	c.Metrics = or(c.Metrics, new(Metrics))
	c.Log = or(c.Log, slog.Default())
	return c
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// ErrClosed is returned by ServeConn after Close.
var ErrClosed = errors.New("relay: closed")

// A Relay serves connections.
type Relay struct {
	config Config
	subs   registry
	doors  doors

	begin     time.Time
	commands  *limiter
	creations *limiter
	reaching  *limiter

	services      services
	notifications notifications

	destinations *destinations // nil without Dial

	mu      sync.Mutex
	conns   map[*conn]struct{}
	closed  bool
	closing chan struct{} // closed with it
	served  sync.WaitGroup
}

// Metrics returns what the relay counts.
func (r *Relay) Metrics() *Metrics { return r.config.Metrics }

// New returns a relay. It does nothing until it is given connections.
func New(config Config) *Relay {
	config = config.withDefaults()
	r := &Relay{
		config: config,
		doors:  doors{max: config.MaxConns, maxPerHost: config.MaxConnsPerHost},
		conns:  make(map[*conn]struct{}),

		begin:     time.Now(),
		commands:  newLimiter(config.HostRate),
		creations: newLimiter(config.CreateRate),
		reaching:  newLimiter(config.ProxyRate),
		closing:   make(chan struct{}),
	}
	r.notifications.config = &r.config
	if config.Dial != nil {
		r.destinations = newDestinations(&r.config)
	}
	return r
}

// Options are what a connection's transport tells the relay.
type Options struct {
	SessionID []byte // the client's Finished in TLS; nil: 32 random bytes
	ALPN      string // what TLS agreed
	WebSocket bool   // ALPN says nothing of SMP then
	Challenge []byte // of a web client, see transport.ParseChallenge; nil if none

	// Addr is where the client is, for limits; invalid if unknown.
	Addr netip.Addr

	// PeerChain is the certificates that the client showed in TLS; nil if none.
	PeerChain transport.Chain
}

// ServeConn does the handshake over nc and serves the client until it leaves,
// the relay closes, or ctx ends. It closes nc. The error is nil if the client
// closed the connection between two blocks.
func (r *Relay) ServeConn(ctx context.Context, nc net.Conn, o Options) error {
	timed := &timedConn{Conn: nc, idle: r.config.HandshakeTimeout, block: r.config.HandshakeTimeout, write: r.config.HandshakeTimeout}
	hello, cancel := context.WithTimeout(ctx, r.config.HandshakeTimeout)
	blocks, err := transport.Server(hello, timed, r.handshake(ctx, o))
	cancel()
	if err != nil {
		r.config.Metrics.HandshakeFailures.Add(1)
		return err
	}
	timed.allow(r.config.IdleTimeout, r.config.BlockTimeout, r.config.WriteTimeout)
	c := newConn(r, blocks, timed, o.Addr)
	if !r.add(c) {
		blocks.Close()
		return ErrClosed
	}
	defer r.remove(c)
	defer context.AfterFunc(ctx, c.stop)()
	return c.serve(context.WithoutCancel(ctx))
}

func (r *Relay) handshake(ctx context.Context, o Options) *transport.ServerConfig {
	c := &transport.ServerConfig{
		Chain:     r.config.Chain,
		Key:       r.config.Key,
		Versions:  r.config.Versions,
		SessionID: o.SessionID,
		Challenge: o.Challenge,
		PeerChain: o.PeerChain,
		Service:   func(s *transport.Service) ([]byte, error) { return r.admit(ctx, s) },
	}
	if c.SessionID == nil {
		c.SessionID = randomSessionID()
	}
	if !o.WebSocket {
		c.Versions = transport.VersionsFor(o.ALPN, c.Versions)
	}
	if o.Challenge != nil {
		// On the reference's web branch version 19 says that a challenge was
		// answered, and nothing of services, which a page never is.
		c.Versions.Max = max(c.Versions.Max, smp.VersionServiceQueues)
	}
	return c
}

// add counts c among the connections that Close waits for.
func (r *Relay) add(c *conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.conns[c] = struct{}{}
	r.config.Metrics.Conns.Add(1)
	r.served.Add(1)
	return true
}

func (r *Relay) remove(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
	r.config.Metrics.Conns.Add(-1)
	r.served.Done()
}

// Close ends all connections, each after the block that it is at was answered,
// and waits for them. The store can be closed then.
func (r *Relay) Close() {
	r.mu.Lock()
	if !r.closed {
		close(r.closing)
	}
	r.closed = true
	for c := range r.conns {
		c.stop()
	}
	r.mu.Unlock()
	r.served.Wait()
	if r.destinations != nil {
		r.destinations.close()
	}
}

func (r *Relay) expiry(now time.Time) Expiry {
	e := Expiry{Messages: now.Add(-r.config.MessageLife), Suspended: now.Add(-r.config.SuspendedLife)}
	if r.config.UnusedLife > 0 {
		e.Used = now.Add(-r.config.UnusedLife)
	}
	return e
}

// Run removes what is too old from the store, now and then, until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	tick := time.NewTicker(r.config.ExpireEvery)
	defer tick.Stop()
	for {
		now := time.Now()
		r.notifications.expire(now.Add(-r.config.NotificationLife))
		err := r.config.Store.Expire(ctx, r.expiry(now))
		if err != nil && ctx.Err() == nil {
			r.config.Log.Error("expire", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
