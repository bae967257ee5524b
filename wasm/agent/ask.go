package agent

import (
	"fmt"

	"sotto/smp"
	"sotto/wasm/ratchet"
)

// Who opens the link of an address asks its owner: an invitation of ours goes to
// the queue of the address, with our info, and the owner joins it or does not.
// From their confirmation on, we are the initiator. Agent protocol: "Duplex
// connection procedure", contact addresses.

// ask begins the connection. All keys are made here.
func (t *Turn) ask(c *conn) error {
	offer, err := ratchet.NewOffer(t.a.keys(), c.pq)
	if err != nil {
		return fmt.Errorf("agent: ask: %w", err)
	}
	if c.offer, err = offer.MarshalBinary(); err != nil {
		return fmt.Errorf("agent: ask: %w", err)
	}
	c.state, c.initiator, c.asks = Requesting, true, true
	t.add(c)
	return nil
}

// askWith is the turn after the relay made our queue: the request is made, and
// never again.
func (t *Turn) askWith(c *conn, q *receiveQueue) error {
	offer, err := ratchet.ParseOffer(c.offer)
	if err != nil {
		return fmt.Errorf("agent: offer: %w", err)
	}
	env := invitation{c.version, t.a.request(q, offer).String(), c.info}
	body, err := t.seal(c.send, c.send.key, smp.ClientMessage{Body: env.append(nil)})
	if err != nil {
		return t.joinFailed(c, fmt.Errorf("%w: %w", ErrInfoTooLong, err))
	}
	t.queue(c, &delivery{kind: kindRequest, notify: true, made: t.now, body: body})
	c.receive, c.info = q, nil
	return nil
}
