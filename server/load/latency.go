package main

import (
	"slices"
	"sync"
	"time"
)

// latencies are how long things took. The zero value has none.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(list ...time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, list...)
}

// quantile returns what a share q of the latencies does not exceed.
func (l *latencies) quantile(q float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	return l.all[min(int(q*float64(len(l.all))), len(l.all)-1)]
}

func (l *load) printLatencies(name string, list *latencies) {
	l.row(name, "p50 %.2f ms, p99 %.2f ms", ms(list.quantile(0.5)), ms(list.quantile(0.99)))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
