package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

// A Request is a command for the relay.
type Request struct {
	EntityID []byte         // of the queue or the session; nil if the command has none
	Key      smp.PrivateKey // authorizes the command; zero for none
	Command  smp.Command

	// CorrID is the correlation id, 24 bytes, for commands in which it means
	// something more, such as NEW with link data. It must not repeat. Nil: random.
	CorrID []byte

	// Timeout is Options.Timeout if it is zero. Of those that are sent together,
	// the longest counts.
	Timeout time.Duration
}

// A Result is what came of a Request.
type Result struct {
	Response smp.Response // nil if Err is not
	Err      error
}

// A corrID joins an answer to its request. It is the nonce of authenticators,
// too.
type corrID = smp.Nonce

// A call is a request under way.
type call struct {
	Request
	corrID    corrID
	encoded   []byte      // transmission
	abandoned atomic.Bool // nobody waits any more: do not send it
	answer    chan Result // gets at most one
}

// Do sends a command and waits for the answer. What the relay refuses is an
// *[smp.Error]; after any other error the command may have been done or not,
// unless it is [transport.ErrTooLarge] or [ErrKey].
func (c *Client) Do(ctx context.Context, entityID []byte, key smp.PrivateKey, command smp.Command) (smp.Response, error) {
	return c.Send(ctx, Request{EntityID: entityID, Key: key, Command: command})
}

// Send is Do for a Request.
func (c *Client) Send(ctx context.Context, r Request) (smp.Response, error) {
	result := c.SendAll(ctx, []Request{r})[0]
	return result.Response, result.Err
}

// SendAll sends requests together, in order and in as few blocks as possible,
// and waits for all answers. Each has its own result, at the same index.
func (c *Client) SendAll(ctx context.Context, requests []Request) []Result {
	results := make([]Result, 0, len(requests))
	for part := range slices.Chunk(requests, min(c.options.MaxPending, maxTogether)) {
		results = append(results, c.sendPart(ctx, part)...)
	}
	return results
}

// maxTogether bounds the requests that are sent before their answers are waited
// for, so that those at the end are not late for those before them: about four
// blocks of subscriptions.
const maxTogether = 512

// sendPart sends no more than MaxPending requests.
func (c *Client) sendPart(ctx context.Context, requests []Request) []Result {
	return c.prepare(requests).send(ctx, false)
}

// Prepared requests are encoded and authorized, which is what takes time, and
// leave when they are sent.
type Prepared struct {
	c        *Client
	requests []Request
	calls    []*call // nil for a request that cannot be made
	results  []Result
	block    *transport.Sealed // with the only call; nil if it was not made ahead
}

// Prepare makes a request that can be sent later, once and without delay, or
// never. If nothing else is being sent, its block is made, too.
func (c *Client) Prepare(r Request) *Prepared {
	p := c.prepare([]Request{r})
	if p.calls[0] != nil && c.tryWriting() {
		p.block, _ = c.seal(p.calls[0].encoded)
		<-c.writing
	}
	return p
}

// Send sends the request and waits for the answer, as Client.Send does. But if
// nothing else is being sent, it writes the block itself, and returns no earlier
// than the relay accepts it, whatever becomes of ctx.
func (p *Prepared) Send(ctx context.Context) (smp.Response, error) {
	result := p.send(ctx, p.leave(ctx))[0]
	return result.Response, result.Err
}

// leave sends the request before anything else is done, in the caller's goroutine
// if it may write, which saves the time to wake another. The request has its slot
// then; it has none if it would have to wait for it.
func (p *Prepared) leave(ctx context.Context) bool {
	c := p.c
	if ctx.Err() != nil || p.calls[0] == nil || !c.slots.TryAcquire(1) {
		return false
	}
	c.pending.add(p.calls)
	if !c.tryWriting() {
		c.outbox.put(p.calls)
		return true
	}
	var err error
	if p.block == nil {
		p.block, err = c.seal(p.calls[0].encoded)
	}
	c.write(p.block, err)
	<-c.writing
	return true
}

func (c *Client) prepare(requests []Request) *Prepared {
	p := &Prepared{c: c, requests: requests, calls: make([]*call, len(requests)), results: make([]Result, len(requests))}
	for i, r := range requests {
		call, err := c.newCall(r)
		if err != nil {
			p.results[i].Err = fmt.Errorf("client: %s: %w", r.Command.Tag(), err)
			continue
		}
		p.calls[i] = call
	}
	return p
}

// send waits for the answers, and before that sends what has not left.
func (p *Prepared) send(ctx context.Context, left bool) []Result {
	c, n := p.c, int64(len(p.requests))
	ctx, cancel := context.WithTimeout(ctx, c.timeout(p.requests))
	defer cancel()
	stop := context.AfterFunc(c.ctx, cancel)
	defer stop()
	if !left {
		if err := c.slots.Acquire(ctx, n); err != nil {
			for i := range p.results {
				p.results[i].Err = c.failed(p.requests[i], err)
			}
			return p.results
		}
		c.pending.add(p.calls)
		c.outbox.put(p.calls)
	}
	defer c.slots.Release(n)
	for i, call := range p.calls {
		if call != nil {
			p.results[i] = c.wait(ctx, call)
		}
	}
	return p.results
}

// timeout is how long requests that are sent together may take.
func (c *Client) timeout(requests []Request) time.Duration {
	longest := time.Duration(0)
	for _, r := range requests {
		longest = max(longest, cmp.Or(r.Timeout, c.options.Timeout))
	}
	return longest
}

// ErrKey is returned if a command cannot be authorized: with an X25519 key when
// the relay has none for the session, or with a key of a wrong kind.
var ErrKey = errors.New("client: the key cannot authorize commands for this relay")

func (c *Client) newCall(r Request) (*call, error) {
	call := &call{Request: r, answer: make(chan Result, 1)}
	if r.CorrID != nil {
		call.corrID = smp.NonceOf(r.CorrID)
	} else if _, err := io.ReadFull(c.options.Rand, call.corrID[:]); err != nil {
		return nil, fmt.Errorf("correlation id: %w", err)
	}
	t := smp.Transmission{
		CorrID:   call.corrID[:],
		EntityID: r.EntityID,
		Command:  smp.AppendCommand(nil, c.session.Version, r.Command),
	}
	if !r.Key.IsZero() {
		signer := smp.Signer{Key: r.Key, RelayKey: c.Session().PeerKey}
		if err := c.session.Authorize(&t, signer); err != nil {
			return nil, ErrKey
		}
	}
	call.encoded = c.session.Append(nil, t)
	if len(call.encoded) > smp.MaxTransmission {
		return nil, transport.ErrTooLarge
	}
	return call, nil
}

// wait waits for the answer to a call and ends it.
func (c *Client) wait(ctx context.Context, call *call) Result {
	select {
	case result := <-call.answer:
		return result
	case <-ctx.Done():
	}
	call.abandoned.Store(true)
	if !c.pending.remove(call) {
		// It was answered at the last moment.
		return <-call.answer
	}
	if c.Err() == nil && ctx.Err() == context.DeadlineExceeded {
		c.Probe()
	}
	return Result{Err: c.failed(call.Request, ctx.Err())}
}

// failed says why a request has no answer.
func (c *Client) failed(r Request, err error) error {
	if cause := c.Err(); cause != nil {
		err = cause
	}
	return fmt.Errorf("client: no answer to %s: %w", r.Command.Tag(), err)
}
