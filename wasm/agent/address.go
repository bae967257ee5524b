package agent

import (
	"context"
	"errors"
	"fmt"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/store"
)

// ErrUnknownRequest means that a request was answered before.
var ErrUnknownRequest = errors.New("agent: unknown request")

// A RequestID names a request to connect. It is random: 16 characters of
// base64url.
type RequestID string

// NewAddress makes an address that many people can write to: a queue for
// requests, on the first of our relays that makes one, with a full and a short
// link, and shown is what people see who resolve the short one. Then it is as
// with Invite. The address is a connection that is never connected; Requested
// says who wrote, and Erase gives it up. What came about through it stays.
func (u Account) NewAddress(ctx context.Context, shown []byte, then func(t *Turn, id ConnID, links Links) error) error {
	m, err := u.makeLink(ctx, LinkContact, shown)
	if err != nil {
		return fmt.Errorf("agent: new address: %w", err)
	}
	return u.publish(ctx, m, then)
}

// requested is the turn in which a request came to an address. Agent protocol:
// "Agent invitation".
func (t *Turn) requested(c *conn, e smp.Envelope) error {
	secret, err := c.receive.key.DH(e.DHKey)
	if err != nil {
		return bad(err)
	}
	m, err := e.Open(secret)
	if err != nil {
		return unreadable(err)
	}
	env, err := parseEnvelope(m.Body)
	i, ok := env.(invitation)
	if err != nil || !ok {
		return bad(errUnexpected)
	}
	r, err := parseRequest(i.link)
	if err != nil || !r.invites() {
		return unreadable(wire.ErrSyntax)
	}
	if c.saw(m.Body) {
		return nil // its sender did not hear that the relay has it
	}
	name, err := t.a.randomName()
	if err != nil {
		return err
	}
	t.put(bucketRequests, name, (&pendingRequest{c.user, i.link}).marshal())
	return t.event(Requested{Conn: c.id, Request: RequestID(name), Info: i.info})
}

// Accept answers a request: a connection to whoever sent it begins as with Join,
// with the same answers.
func (t *Turn) Accept(id RequestID, info []byte) (ConnID, error) {
	kept, err := t.request(id)
	if err != nil {
		return "", err
	}
	r, err := parseRequest(kept.link)
	if err != nil {
		return "", fmt.Errorf("agent: accept: %w", err)
	}
	conn, err := t.open(kept.user, Link{Kind: LinkInvitation, Request: r}, info)
	if err == nil {
		t.remove(bucketRequests, string(id))
	}
	return conn, err
}

// Reject forgets a request. Its sender is not told.
func (t *Turn) Reject(id RequestID) error {
	if _, err := t.request(id); err != nil {
		return err
	}
	t.remove(bucketRequests, string(id))
	return nil
}

// A pendingRequest is what is kept of a request until it is answered.
type pendingRequest struct {
	user User // whose address it was
	link string
}

// requestVersion is that of requests; 2 added user.
const requestVersion = 2

func (r *pendingRequest) marshal() []byte {
	return append(wire.AppendLarge([]byte{requestVersion}, r.user), r.link...)
}

func parsePendingRequest(b []byte) (*pendingRequest, error) {
	p := wire.NewParser(b)
	r := new(pendingRequest)
	switch p.Byte() {
	case 1:
	case requestVersion:
		r.user = User(p.Large())
	default:
		p.Fail(errRecord)
	}
	r.link = string(p.Rest())
	return r, p.Done()
}

func (t *Turn) request(id RequestID) (*pendingRequest, error) {
	if len(id) != connIDSize {
		return nil, ErrUnknownRequest
	}
	b, err := t.stored(bucketRequests, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrUnknownRequest
	}
	if err != nil {
		return nil, fmt.Errorf("agent: request: %w", err)
	}
	r, err := parsePendingRequest(b)
	if err != nil {
		return nil, fmt.Errorf("agent: request: %w", err)
	}
	return r, nil
}

// stored returns one of the agent's records as the turn sees it.
func (t *Turn) stored(bucket, key string) ([]byte, error) {
	for i := len(t.records) - 1; i >= 0; i-- {
		if r := t.records[i]; r.bucket == bucket && r.key == key {
			if r.value == nil {
				return nil, store.ErrNotFound
			}
			return r.value, nil
		}
	}
	return t.a.store.Get(t.ctx, bucket, key)
}
