// Package client is one connection to one relay.
//
// Callers ask with Do, each waits for its answer, and any number may at once.
// A request is encoded and authorized in the caller's goroutine (with Prepare,
// before it is time to send it), waits in the outbox, and leaves in a block with
// whatever else waits there; so one block carries a hundred subscriptions when a
// hundred are made, and one when one is, without a timer. Answers find their
// callers by correlation id. What the relay says unasked, messages above all,
// goes to the handler in the order in which it came.
//
//	Do → outbox → writeLoop → relay → readLoop → answer of Do
//	                                           → events → handleLoop → handler
//
// What was prepared goes from its caller to the relay, if nothing is before it.
//
// The connection ends once, for one reason, which Err tells; every waiting
// caller gets it. To connect again is the business of who uses this package.
package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/semaphore"

	"sotto/smp"
	"sotto/smp/transport"
)

var (
	// ErrClosed is the reason of a connection that its user closed.
	ErrClosed = errors.New("client: connection closed")
	// ErrRelayClosed is the reason of a connection that the relay closed.
	ErrRelayClosed = errors.New("client: the relay closed the connection")
	// ErrNoPong is the reason of a connection on which nothing came back.
	ErrNoPong = errors.New("client: the relay does not answer")
	// ErrInvalid is the reason of a connection on which something came that
	// cannot be parsed.
	ErrInvalid = errors.New("client: the relay sent what cannot be read")
	// ErrUnexpected is returned for an answer that does not belong to the
	// request: of another kind, for another queue, or not parsed.
	ErrUnexpected = errors.New("client: unexpected answer")
)

// Options are how a Client behaves. Zero fields are the defaults.
type Options struct {
	// Handler gets what the relay says unasked, one event at a time in the order
	// of arrival. It must not wait for a request on the same Client: the answer
	// may be behind the events that it holds up.
	Handler func(Event)

	// Timeout is how long a request may take, waiting to be sent included: 20
	// seconds. An earlier deadline of the caller's context wins.
	Timeout time.Duration

	// PingAfter is how long nothing may come before a PING asks whether the
	// relay is there: 5 minutes; never if negative. PongTimeout is how long it
	// has to answer: 15 seconds.
	PingAfter, PongTimeout time.Duration

	// WriteTimeout is how long the relay may take to accept a block: 30 seconds.
	WriteTimeout time.Duration

	// MaxPending bounds the requests under way, 4096; others wait their turn.
	MaxPending int

	// MaxEvents bounds the events that wait for the handler, 64. When they are
	// that many, nothing is read any more.
	MaxEvents int

	// Rand makes correlation ids: crypto/rand.
	Rand io.Reader
}

func (o Options) withDefaults() Options {
	if o.Handler == nil {
		o.Handler = func(Event) {}
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	setDefault(&o.Timeout, 20*time.Second)
	setDefault(&o.PingAfter, 5*time.Minute)
	setDefault(&o.PongTimeout, 15*time.Second)
	setDefault(&o.WriteTimeout, 30*time.Second)
	setDefault(&o.MaxPending, 4096)
	setDefault(&o.MaxEvents, 64)
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A Client is a connection to a relay. Its methods may be called from any
// goroutine.
type Client struct {
	conn    *transport.Conn
	session smp.Session
	options Options

	slots   *semaphore.Weighted // of requests under way
	pending pending
	outbox  outbox
	writing chan struct{} // has a value while somebody writes, or seals a block
	events  chan Event
	probes  chan struct{}
	heard   heard

	ctx context.Context // ends with the connection; its cause is the reason
	end context.CancelCauseFunc
}

// New runs a client over a connection whose handshake is done, until Close is
// called, ctx ends or the connection breaks. It closes the connection then.
func New(ctx context.Context, conn *transport.Conn, options Options) *Client {
	c := &Client{conn: conn, session: conn.Session().SMP(), options: options.withDefaults()}
	c.slots = semaphore.NewWeighted(int64(c.options.MaxPending))
	c.pending.calls = make(map[corrID]*call)
	c.outbox.wake = make(chan struct{}, 1)
	c.writing = make(chan struct{}, 1)
	c.events = make(chan Event, c.options.MaxEvents)
	c.probes = make(chan struct{}, 1)
	c.heard.now()
	c.ctx, c.end = context.WithCancelCause(ctx)
	context.AfterFunc(c.ctx, func() { conn.Close() })
	go c.readLoop()
	go c.writeLoop()
	go c.handleLoop()
	if c.options.PingAfter > 0 {
		go c.pingLoop()
	}
	return c
}

// Close ends the connection. Requests under way fail with ErrClosed.
func (c *Client) Close() { c.end(ErrClosed) }

// Done is closed when the connection is over.
func (c *Client) Done() <-chan struct{} { return c.ctx.Done() }

// Err tells why the connection is over, nil while it is not.
func (c *Client) Err() error { return context.Cause(c.ctx) }

// Session returns what was agreed with the relay.
func (c *Client) Session() *transport.Session { return c.conn.Session() }

// fail ends the connection for a reason, if it is not over already.
func (c *Client) fail(format string, args ...any) { c.end(fmt.Errorf(format, args...)) }
