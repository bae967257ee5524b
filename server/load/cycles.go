package main

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"sotto/smp"
	"sotto/smp/client"
)

// A pair is a sender, a recipient, and a queue between them.
type pair struct {
	sender, recipient *party
	queue             queue
}

// cycles lets each pair send a message, receive and acknowledge it, and begin
// again.
func (l *load) cycles(ctx context.Context) error {
	pairs, err := l.pairs(ctx)
	if err != nil {
		return err
	}
	defer closePairs(pairs)
	return l.repeat(ctx, pairs, func(ctx context.Context, p *pair, body []byte) error {
		return client.OK(p.sender.Do(ctx, p.queue.sender, p.sender.sender, smp.SEND{Body: body}))
	})
}

func (l *load) pairs(ctx context.Context) ([]*pair, error) {
	parties, err := l.parties(ctx, 2*l.conns)
	if err != nil {
		return nil, err
	}
	pairs := make([]*pair, l.conns)
	err = each(l.conns, func(i int) error {
		p := &pair{sender: parties[2*i], recipient: parties[2*i+1]}
		queues, err := p.recipient.create(ctx, 1, l.relay.Password, true)
		if err != nil {
			return err
		}
		p.queue, pairs[i] = queues[0], p
		return p.sender.secure(ctx, p.queue)
	})
	if err != nil {
		closeAll(parties)
	}
	return pairs, err
}

func closePairs(pairs []*pair) {
	for _, p := range pairs {
		closeAll([]*party{p.sender, p.recipient})
	}
}

// repeat runs all pairs until the time is over, and prints what they did.
func (l *load) repeat(ctx context.Context, pairs []*pair, send func(context.Context, *pair, []byte) error) error {
	before, err := l.process.usage()
	if err != nil {
		return err
	}
	timed, cancel := context.WithTimeout(ctx, l.duration)
	defer cancel()
	var sends, cycles latencies
	began := time.Now()
	var group errgroup.Group
	for _, p := range pairs {
		group.Go(func() error { return l.cyclesOf(timed, p, send, &sends, &cycles) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	took := time.Since(began)
	l.rate("cycles", len(cycles.all), took)
	l.printLatencies("SEND to OK", &sends)
	l.printLatencies("SEND to end of ACK", &cycles)
	return l.printCost(before, len(cycles.all))
}

// cyclesOf is one pair's part. The end of the time is no error.
func (l *load) cyclesOf(ctx context.Context, p *pair, send func(context.Context, *pair, []byte) error, sends, cycles *latencies) error {
	var sent, done []time.Duration
	defer func() { sends.add(sent...); cycles.add(done...) }()
	body := make([]byte, l.size)
	for {
		began := time.Now()
		err := send(ctx, p, body)
		took := time.Since(began)
		if err == nil {
			err = p.recipient.take(ctx, p.queue)
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		sent, done = append(sent, took), append(done, time.Since(began))
	}
}

// printCost prints what a cycle took of the relay's processor.
func (l *load) printCost(before usage, cycles int) error {
	if l.process == 0 || cycles == 0 {
		return nil
	}
	after, err := l.process.usage()
	if err != nil {
		return err
	}
	cpu := after.cpu - before.cpu
	l.row("cost of a cycle", "%.0f µs of processor time, %.0f cycles/s of one core",
		float64(cpu.Microseconds())/float64(cycles), float64(cycles)/cpu.Seconds())
	return nil
}
