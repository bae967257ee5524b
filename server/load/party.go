package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"sotto/smp"
	"sotto/smp/client"
)

// A party is a connection with keys. All its queues have the same, because
// making keys is not what is measured.
type party struct {
	*client.Client
	recipient, delivery, sender smp.PrivateKey
	messages                    chan smp.MSG
}

// errCut is returned by a party whose connection the relay closed.
var errCut = errors.New("the relay closed the connection")

// party connects. What arrives and is not taken holds up the connection.
func (l *load) party(ctx context.Context) (*party, error) {
	conn, err := l.dial(ctx)
	if err != nil {
		return nil, err
	}
	p := &party{messages: make(chan smp.MSG, 64)}
	for _, k := range []*smp.PrivateKey{&p.recipient, &p.delivery, &p.sender} {
		if *k, err = smp.GenerateKey(rand.Reader, smp.X25519); err != nil {
			conn.Close()
			return nil, err
		}
	}
	p.Client = client.New(ctx, conn, client.Options{Handler: func(e client.Event) {
		if m, ok := e.Response.(smp.MSG); ok {
			p.messages <- m
		}
	}})
	return p, nil
}

// parties connects n of them, a few at a time.
func (l *load) parties(ctx context.Context, n int) ([]*party, error) {
	all := make([]*party, n)
	err := each(n, func(i int) (err error) {
		all[i], err = l.party(ctx)
		return err
	})
	if err != nil {
		closeAll(all)
	}
	return all, err
}

// together is how many connections are opened at the same time.
const together = 32

// each calls f with 0 to n-1, a few at a time, and returns the first error.
func each(n int, f func(i int) error) error {
	var group errgroup.Group
	group.SetLimit(together)
	for i := range n {
		group.Go(func() error { return f(i) })
	}
	return group.Wait()
}

func closeAll(all []*party) {
	for _, p := range all {
		if p != nil {
			p.Close()
		}
	}
}

// A queue is known by its ids.
type queue struct{ recipient, sender []byte }

// create makes n queues, many in a block, and subscribes to them if asked.
func (p *party) create(ctx context.Context, n int, password []byte, subscribe bool) ([]queue, error) {
	requests := make([]client.Request, n)
	for i := range requests {
		requests[i] = client.Request{Key: p.recipient, Command: smp.NEW{
			AuthKey:   p.recipient.Public(),
			DHKey:     p.delivery.Public(),
			BasicAuth: password,
			Subscribe: subscribe,
			Queue:     &smp.QueueRequest{Mode: smp.Messaging},
		}}
	}
	queues := make([]queue, n)
	for i, r := range p.SendAll(ctx, requests) {
		ids, err := client.As[smp.IDS](r.Response, r.Err)
		if err != nil {
			return nil, fmt.Errorf("create: %w", err)
		}
		queues[i] = queue{ids.RecipientID, ids.SenderID}
	}
	return queues, nil
}

// secure makes the party the sender of a queue.
func (p *party) secure(ctx context.Context, q queue) error {
	return client.OK(p.Do(ctx, q.sender, p.sender, smp.SKEY{Key: p.sender.Public()}))
}

// take waits for a message and acknowledges it.
func (p *party) take(ctx context.Context, q queue) error {
	select {
	case m := <-p.messages:
		return client.OK(p.Do(ctx, q.recipient, p.recipient, smp.ACK{MsgID: m.MsgID}))
	case <-p.Done():
		return errCut
	case <-ctx.Done():
		return ctx.Err()
	}
}
