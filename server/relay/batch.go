package relay

import (
	"context"
	"sync"

	"sotto/smp"
	"sotto/smp/transport"
)

// window is how many commands of a block are answered at the same time. They
// share syncs of the store then, and their answers are what a connection holds
// in memory besides its outbox.
const window = 16

// An answer is a response on its way to the client.
type answer struct {
	corrID, entityID []byte
	response         smp.Response
	held             *subscription // let go when the answer is in the outbox
	after            func()        // called then; nil if there is nothing to do
}

func (a answer) encode(s smp.Session) []byte {
	return s.Append(nil, smp.Transmission{
		CorrID:   a.corrID,
		EntityID: a.entityID,
		Command:  smp.AppendResponse(make([]byte, 0, sizeOf(a)), s.Version, a.response),
	})
}

// answerBlock answers the transmissions of a block in their order. An error ends
// the connection: the store failed, or the client does not read.
func (c *conn) answerBlock(ctx context.Context, content []byte) error {
	transmissions, err := smp.ParseBatch(content)
	if err != nil {
		return c.answers([]answer{{response: smp.ERR{Err: smp.ErrBlock}}})
	}
	if err := c.throttle(len(transmissions)); err != nil {
		return err
	}
	c.relay.config.Metrics.Commands.Add(int64(len(transmissions)))
	var waiting []answer
	size := 0
	for len(transmissions) > 0 {
		n := min(window, len(transmissions))
		list, err := c.answerWindow(ctx, transmissions[:n])
		if err != nil {
			return err
		}
		transmissions, waiting = transmissions[n:], append(waiting, list...)
		// Small answers wait for each other, so that they fill a block.
		for _, a := range list {
			size += sizeOf(a)
		}
		if size > transport.BlockSize || len(transmissions) == 0 {
			if err := c.answers(waiting); err != nil {
				return err
			}
			waiting, size = nil, 0
		}
	}
	return nil
}

// sizeOf is about how many bytes an answer is.
func sizeOf(a answer) int {
	if msg, ok := a.response.(smp.MSG); ok {
		return 64 + len(msg.Body)
	}
	return 64
}

// answerWindow answers a few transmissions, those for one queue one after
// another and others at the same time.
func (c *conn) answerWindow(ctx context.Context, transmissions [][]byte) ([]answer, error) {
	var requests []*request
	for _, b := range transmissions {
		if r := c.parse(b); r.isProxied() {
			c.proxy(r)
		} else {
			requests = append(requests, r)
		}
	}
	if len(requests) == 1 {
		a, err := requests[0].answer(ctx)
		return []answer{a}, err
	}
	list, errs := make([]answer, len(requests)), make([]error, len(requests))
	var wg sync.WaitGroup
	for _, lane := range lanes(requests) {
		wg.Go(func() {
			for _, i := range lane {
				list[i], errs[i] = requests[i].answer(ctx)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// lanes groups the indexes of requests by entity.
func lanes(requests []*request) map[string][]int {
	groups := make(map[string][]int)
	for i, r := range requests {
		groups[string(r.t.EntityID)] = append(groups[string(r.t.EntityID)], i)
	}
	return groups
}
