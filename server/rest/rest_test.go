package rest

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"
)

func TestWorthwhile(t *testing.T) {
	for _, test := range []struct {
		use  use
		want bool
	}{
		{use{live: 1 << 30, idle: 0}, false},
		{use{live: 1 << 30, idle: 50 << 20}, false},
		{use{live: 1 << 30, idle: 200 << 20}, true},
		{use{live: 1 << 20, idle: 2 << 20}, false},
		{use{live: 1 << 20, idle: 5 << 20}, true},
	} {
		if got := worthwhile(test.use); got != test.want {
			t.Errorf("%+v: %v", test.use, got)
		}
	}
}

// TestMeasure: what is garbage counts as idle, and not any more once it was given
// back.
func TestMeasure(t *testing.T) {
	const size = 64 << 20
	debug.FreeOSMemory()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // nothing is collected in between
	garbage := make([]byte, size)
	runtime.KeepAlive(garbage)
	before := measure()
	if before.idle < size*9/10 {
		t.Errorf("%d bytes are idle, with %d of garbage", before.idle, size)
	}
	debug.FreeOSMemory()
	if after := measure(); after.idle > before.idle-size/2 {
		t.Errorf("%d bytes are idle after %d were", after.idle, before.idle)
	}
}

// TestRun: it ends with its context.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	var commands atomic.Int64
	Run(ctx, commands.Load)
}
