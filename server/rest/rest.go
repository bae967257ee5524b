// Package rest gives memory back to the system while a server has little to do.
// What clients leave behind when they come, in their handshakes, would otherwise
// stay until as much again was used: Go looks for it only then.
package rest

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// every is how often it is looked whether there is something to do.
	every = 5 * time.Second
	// quiet is how many commands in that time are little to do.
	quiet = 500
	// worth is the share of what is in use that is worth the work, and the least.
	worth, least = 0.1, 4 << 20
)

// Run gives memory back until ctx ends. commands counts what clients ask.
func Run(ctx context.Context, commands func() int64) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	before := commands()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := commands()
		if now-before < quiet && worthwhile(measure()) {
			debug.FreeOSMemory()
		}
		before = now
	}
}

// A use is what the program has of the system's memory, in bytes.
type use struct{ live, idle uint64 }

// worthwhile reports whether much of it can be given back.
func worthwhile(u use) bool {
	return u.idle > least && float64(u.idle) > worth*float64(u.live)
}

// measure tells what was in use when Go last looked from what is not, or only
// since: that may be needed or not.
func measure() use {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	live, objects, free := samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64()
	return use{live: live, idle: free + objects - min(live, objects)}
}
