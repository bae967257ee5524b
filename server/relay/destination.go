package relay

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/transport"
)

// A destination is a relay that this one forwards to, by one connection that all
// clients share, so that the other relay cannot tell them apart.
//
//	          connected             idle, or broken
//	dialing -----------> connected ----------------> (forgotten)
//	   |
//	   | failed                after a while, if asked for
//	   +------------> failing ---------------------> dialing
type destination struct {
	address string
	ready   chan struct{}  // closed when dialing has ended; then the next two are set
	client  *client.Client // nil if it failed
	err     error

	// guarded by destinations
	used     time.Time // when something was last forwarded
	pending  int       // commands under way
	failures int       // attempts in a row
	retry    time.Time // when a failed one may be tried again
}

// destinations are all of them: those that are connected, that are being dialed,
// and that failed a moment ago.
type destinations struct {
	config *Config
	ctx    context.Context // ends all connections
	end    context.CancelFunc
	served sync.WaitGroup

	mu        sync.Mutex
	byAddress map[string]*destination
	bySession map[string]*destination
}

// Times of dialing and forwarding. A client waits 20 seconds for its answer.
const (
	reachTimeout   = 15 * time.Second
	forwardTimeout = 15 * time.Second
	firstRetry     = time.Second
	lastRetry      = 30 * time.Second
)

var (
	// ErrHost is returned by Config.Dial for an address none of whose hosts may
	// be dialed.
	ErrHost = errors.New("relay: no host that may be dialed")

	errTooMany   = errors.New("relay: connected to too many relays")
	errNoSession = errors.New("relay: no such session with another relay")
	errRepeated  = errors.New("relay: two sessions with the same id")
)

func newDestinations(config *Config) *destinations {
	d := &destinations{
		config:    config,
		byAddress: make(map[string]*destination),
		bySession: make(map[string]*destination),
	}
	d.ctx, d.end = context.WithCancel(context.Background())
	return d
}

// close ends all connections and waits for them.
func (d *destinations) close() {
	d.end()
	d.served.Wait()
}

// connect returns the session with a relay, a new one if there is none.
func (d *destinations) connect(ctx context.Context, relay smp.Address) (*transport.Session, error) {
	dest, err := d.find(relay)
	if err != nil {
		return nil, err
	}
	select {
	case <-dest.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if dest.err != nil {
		return nil, dest.err
	}
	return dest.client.Session(), nil
}

// find returns the destination with an address, and begins to dial it if it is
// not connected. One that failed fails again at once for a while.
func (d *destinations) find(relay smp.Address) (*destination, error) {
	address := relay.String()
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.byAddress[address]
	if old != nil && !(old.failed() && now.After(old.retry)) {
		old.used = now
		return old, nil
	}
	if d.ctx.Err() != nil {
		return nil, ErrClosed
	}
	if old == nil && !d.makeRoom(now) {
		return nil, errTooMany
	}
	dest := &destination{address: address, ready: make(chan struct{}), used: now}
	if old != nil {
		dest.failures = old.failures
	}
	d.byAddress[address] = dest
	d.served.Go(func() { d.serve(dest, relay) })
	return dest, nil
}

// failed reports whether dialing has ended without a connection.
func (dest *destination) failed() bool {
	select {
	case <-dest.ready:
		return dest.err != nil
	default:
		return false
	}
}

// makeRoom forgets failures that are over or, if there are none, closes the
// connection that was not used for longest. d.mu is held.
func (d *destinations) makeRoom(now time.Time) bool {
	if len(d.byAddress) < d.config.MaxDestinations {
		return true
	}
	var oldest *destination
	for address, dest := range d.byAddress {
		switch {
		case dest.failed() && now.After(dest.retry):
			delete(d.byAddress, address)
		case dest.connected() && dest.pending == 0 && (oldest == nil || dest.used.Before(oldest.used)):
			oldest = dest
		}
	}
	if len(d.byAddress) < d.config.MaxDestinations {
		return true
	}
	if oldest == nil {
		return false
	}
	d.forget(oldest)
	oldest.client.Close()
	return true
}

func (dest *destination) connected() bool {
	select {
	case <-dest.ready:
		return dest.err == nil
	default:
		return false
	}
}

// forget takes a destination out of both maps. d.mu is held.
func (d *destinations) forget(dest *destination) {
	if d.byAddress[dest.address] == dest {
		delete(d.byAddress, dest.address)
	}
	if id := string(dest.client.Session().ID); d.bySession[id] == dest {
		delete(d.bySession, id)
	}
}

// serve dials a destination and stays with it until its connection ends.
func (d *destinations) serve(dest *destination, relay smp.Address) {
	c, err := d.dial(relay)
	d.mu.Lock()
	if err == nil && d.bySession[string(c.Session().ID)] != nil {
		c.Close()
		err = errRepeated
	}
	dest.client, dest.err = c, err
	if err == nil {
		dest.used = time.Now()
		d.bySession[string(c.Session().ID)] = dest
	} else {
		dest.retry = time.Now().Add(backOff(dest.failures))
		dest.failures++
	}
	d.mu.Unlock()
	close(dest.ready)
	if err == nil {
		d.watch(dest)
	}
}

func (d *destinations) dial(relay smp.Address) (*client.Client, error) {
	d.config.Metrics.Dials.Add(1)
	ctx, cancel := context.WithTimeout(d.ctx, reachTimeout)
	defer cancel()
	conn, err := d.config.Dial(ctx, relay)
	if err != nil {
		d.config.Metrics.DialFailures.Add(1)
		return nil, err
	}
	return client.New(d.ctx, conn, client.Options{Timeout: forwardTimeout}), nil
}

// backOff is how long a relay is left alone after an attempt that failed.
func backOff(failures int) time.Duration { return min(firstRetry<<min(failures, 10), lastRetry) }

// watch closes a connection that nobody uses, and forgets it when it has ended.
func (d *destinations) watch(dest *destination) {
	d.config.Metrics.Destinations.Add(1)
	defer d.config.Metrics.Destinations.Add(-1)
	timer := time.NewTimer(d.config.DestinationIdle)
	defer timer.Stop()
	for {
		select {
		case <-dest.client.Done():
			d.mu.Lock()
			defer d.mu.Unlock()
			d.forget(dest)
			return
		case <-timer.C:
			timer.Reset(d.idle(dest))
		}
	}
}

// idle closes a connection that was idle for long enough, and returns when to
// look again.
func (d *destinations) idle(dest *destination) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.config.DestinationIdle - time.Since(dest.used)
	if left > 0 || dest.pending > 0 {
		return max(left, time.Second)
	}
	d.forget(dest)
	dest.client.Close()
	return d.config.DestinationIdle
}

// forward sends a client's command to the relay of a session, and returns the
// answer, which only the client can open. SMP: "Forward command to destination
// router".
func (d *destinations) forward(ctx context.Context, session []byte, command smp.Relayed) ([]byte, error) {
	dest := d.begin(session)
	if dest == nil {
		return nil, errNoSession
	}
	defer d.done(dest)
	s := dest.client.Session()
	if s.Version < smp.VersionProxy {
		return nil, transport.ErrVersion
	}
	if s.Secret == nil {
		return nil, transport.ErrKey
	}
	corrID := make([]byte, smp.NonceSize)
	rand.Read(corrID)
	rres, err := client.As[smp.RRES](dest.client.Send(ctx, client.Request{
		Command: smp.RFWD{Body: smp.SealRelayed(s.Secret, corrID, command)},
		CorrID:  corrID,
	}))
	if err != nil {
		return nil, err
	}
	response, err := smp.OpenRelayedResponse(s.Secret, corrID, rres.Body)
	if err != nil {
		return nil, fmt.Errorf("relay: answer of another relay: %w", err)
	}
	return response.Body, nil
}

// begin counts a command that is under way to the relay of a session; nil if
// there is none.
func (d *destinations) begin(session []byte) *destination {
	d.mu.Lock()
	defer d.mu.Unlock()
	dest := d.bySession[string(session)]
	if dest != nil {
		dest.pending++
		dest.used = time.Now()
	}
	return dest
}

func (d *destinations) done(dest *destination) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dest.pending--
	dest.used = time.Now()
}
