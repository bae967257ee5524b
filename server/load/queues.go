package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"sotto/smp"
	"sotto/smp/client"
)

// fill creates queues and sends a message to each.
func (l *load) fill(ctx context.Context) error {
	all, err := l.parties(ctx, l.conns)
	if err != nil {
		return err
	}
	defer closeAll(all)
	queues, err := l.createAll(ctx, all)
	if err != nil {
		return err
	}
	began := time.Now()
	err = each(len(all), func(i int) error { return all[i].sendTo(ctx, queues[i], l.size) })
	if err != nil {
		return err
	}
	l.rate("messages", l.queues, time.Since(began))
	return nil
}

// createAll lets the parties create l.queues, each its part.
func (l *load) createAll(ctx context.Context, all []*party) ([][]queue, error) {
	before, err := l.process.usage()
	if err != nil {
		return nil, err
	}
	queues := make([][]queue, len(all))
	began := time.Now()
	err = each(len(all), func(i int) (err error) {
		queues[i], err = all[i].create(ctx, l.part(i), l.relay.Password, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.rate("queues", l.queues, time.Since(began))
	return queues, l.printEach("memory of a queue", before, l.queues)
}

// part is how many of the queues are the i-th connection's.
func (l *load) part(i int) int { return l.queues*(i+1)/l.conns - l.queues*i/l.conns }

// sendTo sends a message to each queue, without authorization: they are not
// secured.
func (p *party) sendTo(ctx context.Context, queues []queue, size int) error {
	requests, body := make([]client.Request, len(queues)), make([]byte, size)
	for i, q := range queues {
		requests[i] = client.Request{EntityID: q.sender, Command: smp.SEND{Body: body}}
	}
	for _, r := range p.SendAll(ctx, requests) {
		if err := client.OK(r.Response, r.Err); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
	return nil
}

// storm creates queues, and then new connections subscribe to all of them at
// once, as after a restart of the relay.
func (l *load) storm(ctx context.Context) error {
	all, err := l.parties(ctx, l.conns)
	if err != nil {
		return err
	}
	defer closeAll(all)
	queues, err := l.createAll(ctx, all)
	if err != nil {
		return err
	}
	var subscribing latencies
	var refused atomic.Int64
	began := time.Now()
	err = each(len(all), func(i int) error {
		p, err := l.party(ctx)
		if err != nil {
			return err
		}
		defer p.Close()
		start := time.Now()
		n, err := p.subscribe(ctx, queues[i], all[i].recipient)
		refused.Add(n)
		subscribing.add(time.Since(start))
		return err
	})
	if err != nil {
		return err
	}
	l.rate("subscriptions", l.queues-int(refused.Load()), time.Since(began))
	l.row("refused", "%d", refused.Load())
	l.printLatencies("one connection's", &subscribing)
	return nil
}

// subscribe returns how many queues the relay refused.
func (p *party) subscribe(ctx context.Context, queues []queue, key smp.PrivateKey) (refused int64, err error) {
	list := make([]client.Queue, len(queues))
	for i, q := range queues {
		list[i] = client.Queue{ID: q.recipient, Key: key}
	}
	for _, err := range p.Subscribe(ctx, list) {
		var said *smp.Error
		if errors.As(err, &said) {
			refused++
		} else if err != nil {
			return refused, fmt.Errorf("subscribe: %w", err)
		}
	}
	return refused, nil
}
