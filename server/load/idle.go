package main

import (
	"context"
	"runtime"
	"time"

	"sotto/smp/transport"
)

// idle opens connections, waits, and prints what they take of the relay.
func (l *load) idle(ctx context.Context) error {
	before, err := l.process.usage()
	if err != nil {
		return err
	}
	conns := make([]*transport.Conn, l.conns)
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}()
	var opening latencies
	began := time.Now()
	err = each(l.conns, func(i int) (err error) {
		start := time.Now()
		conns[i], err = l.dial(ctx)
		opening.add(time.Since(start))
		return err
	})
	opened := 0
	for _, c := range conns {
		if c != nil {
			opened++
		}
	}
	l.rate("connections", opened, time.Since(began))
	l.printLatencies("opening", &opening)
	if err != nil {
		return err
	}
	select {
	case <-time.After(l.duration):
	case <-ctx.Done():
	}
	runtime.KeepAlive(conns)
	return l.printEach("memory of a connection", before, opened)
}

// printEach prints the memory that came since before as a part of each of n.
func (l *load) printEach(name string, before usage, n int) error {
	if l.process == 0 || n == 0 {
		return nil
	}
	after, err := l.process.usage()
	if err != nil {
		return err
	}
	l.row(name, "%.1f KB", float64(after.memory-before.memory)/1024/float64(n))
	return nil
}
