// Package relaytest is a client of a relay for tests and measurements. It says
// one thing at a time and waits for the answer.
package relaytest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"

	"sotto/server/relay"
	"sotto/smp"
	"sotto/smp/transport"
)

// A Client is one connection. It is not for more than one goroutine.
type Client struct {
	conn    *transport.Conn
	session smp.Session
	events  []smp.Transmission
}

// New returns a client on a connection after the handshake.
func New(conn *transport.Conn) *Client {
	return &Client{conn: conn, session: smp.Session{Version: conn.Session().Version, ID: conn.Session().ID}}
}

// Pipe connects a client to a relay in the same program.
func Pipe(ctx context.Context, r *relay.Relay, fingerprint transport.Fingerprint) (*Client, error) {
	ours, theirs := net.Pipe()
	go r.ServeConn(ctx, theirs, relay.Options{WebSocket: true})
	conn, err := transport.Client(ctx, ours, &transport.ClientConfig{Relay: fingerprint})
	if err != nil {
		return nil, err
	}
	return New(conn), nil
}

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Do sends a command, authorized if there is a key, and returns the answer.
func (c *Client) Do(entity []byte, key smp.PrivateKey, cmd smp.Command) (smp.Response, error) {
	corrID, err := c.Say(entity, key, cmd)
	if err != nil {
		return nil, err
	}
	return c.Hear(corrID)
}

// Say sends a command, and returns what [Client.Hear] finds the answer by.
func (c *Client) Say(entity []byte, key smp.PrivateKey, cmd smp.Command) (corrID string, err error) {
	t := smp.Transmission{CorrID: make([]byte, 24), EntityID: entity, Command: smp.AppendCommand(nil, c.session.Version, cmd)}
	rand.Read(t.CorrID)
	if !key.IsZero() {
		if err := c.session.Authorize(&t, smp.Signer{Key: key, RelayKey: c.conn.Session().PeerKey}); err != nil {
			return "", err
		}
	}
	blocks, _ := smp.Batches([][]byte{c.session.Append(nil, t)})
	return string(t.CorrID), c.conn.WriteBlock(blocks[0])
}

// Hear reads until the answer comes, and keeps what else does.
func (c *Client) Hear(corrID string) (smp.Response, error) {
	for {
		list, err := c.read()
		if err != nil {
			return nil, err
		}
		var found *smp.Transmission
		for i, t := range list {
			if string(t.CorrID) == corrID {
				found = &list[i]
			} else {
				c.events = append(c.events, t)
			}
		}
		if found != nil {
			return smp.ParseResponse(c.session.Version, found.Command)
		}
	}
}

// Event returns what the relay said without being asked, and waits for it.
func (c *Client) Event() (smp.Response, error) {
	for len(c.events) == 0 {
		list, err := c.read()
		if err != nil {
			return nil, err
		}
		c.events = list
	}
	t := c.events[0]
	c.events = c.events[1:]
	return smp.ParseResponse(c.session.Version, t.Command)
}

func (c *Client) read() ([]smp.Transmission, error) {
	content, err := c.conn.ReadBlock()
	if err != nil {
		return nil, err
	}
	encoded, err := smp.ParseBatch(content)
	if err != nil {
		return nil, err
	}
	var list []smp.Transmission
	for _, b := range encoded {
		t, err := c.session.Parse(b)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// A Queue is what recipient and sender know of a queue.
type Queue struct {
	Recipient, Sender       []byte
	RecipientKey, SenderKey smp.PrivateKey
	Secret                  []byte // of deliveries
}

// Create makes a queue and secures it.
func (c *Client) Create() (*Queue, error) {
	keys, err := newKeys(3)
	if err != nil {
		return nil, err
	}
	q := &Queue{RecipientKey: keys[0], SenderKey: keys[1]}
	r, err := c.Do(nil, keys[0], smp.NEW{
		AuthKey: keys[0].Public(),
		DHKey:   keys[2].Public(),
		Queue:   &smp.QueueRequest{Mode: smp.Messaging},
	})
	if err != nil {
		return nil, err
	}
	ids, ok := r.(smp.IDS)
	if !ok {
		return nil, Unexpected(r)
	}
	q.Recipient, q.Sender = ids.RecipientID, ids.SenderID
	if q.Secret, err = keys[2].DH(ids.DHKey); err != nil {
		return nil, err
	}
	return q, c.OK(q.Sender, q.SenderKey, smp.SKEY{Key: q.SenderKey.Public()})
}

func newKeys(n int) ([]smp.PrivateKey, error) {
	var keys []smp.PrivateKey
	for range n {
		k, err := smp.GenerateKey(rand.Reader, smp.X25519)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// OK does a command that must be answered OK or SOK.
func (c *Client) OK(entity []byte, key smp.PrivateKey, cmd smp.Command) error {
	return isOK(c.Do(entity, key, cmd))
}

// HearOK waits for an answer that must be OK or SOK.
func (c *Client) HearOK(corrID string) error { return isOK(c.Hear(corrID)) }

func isOK(r smp.Response, err error) error {
	if err != nil {
		return err
	}
	switch r.(type) {
	case smp.OK, smp.SOK:
		return nil
	}
	return Unexpected(r)
}

// Send sends a message: the error is an *smp.Error if the relay says so.
func (c *Client) Send(q *Queue, body string) error {
	return c.OK(q.Sender, q.SenderKey, smp.SEND{Body: []byte(body)})
}

// Subscribe subscribes to the queue.
func (c *Client) Subscribe(q *Queue) error { return c.OK(q.Recipient, q.RecipientKey, smp.SUB{}) }

// Acknowledge acknowledges a message, and returns the next one, nil if there is
// none.
func (c *Client) Acknowledge(q *Queue, msgID []byte) (smp.Response, error) {
	r, err := c.Do(q.Recipient, q.RecipientKey, smp.ACK{MsgID: msgID})
	if _, none := r.(smp.OK); none {
		return nil, err
	}
	return r, err
}

// Open returns a message's id and what is in it.
func (q *Queue) Open(r smp.Response) ([]byte, smp.Delivery, error) {
	msg, ok := r.(smp.MSG)
	if !ok {
		return nil, smp.Delivery{}, Unexpected(r)
	}
	d, err := smp.OpenDelivery(q.Secret, msg)
	return msg.MsgID, d, err
}

// Unexpected is the error of a response: the relay's own, or that it was another
// one than wanted.
func Unexpected(r smp.Response) error {
	if e, ok := r.(smp.ERR); ok {
		return e.Err
	}
	return fmt.Errorf("relaytest: unexpected %T", r)
}
