package relay

import (
	"context"
	"sync"
	"time"
)

// tasks are what a connection does beside answering in order: commands for other
// relays, and deliveries to a service. The zero value is ready; only the
// connection's own goroutine starts any and ends them.
type tasks struct {
	ctx     context.Context // nil before the first
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func (t *tasks) start(task func(context.Context)) {
	if t.ctx == nil {
		t.ctx, t.cancel = context.WithCancel(context.Background())
	}
	t.running.Go(func() { task(t.ctx) })
}

// finish waits for the tasks: a little while if what they have to say can still
// be written.
func (t *tasks) finish(flush bool) {
	if t.ctx == nil {
		return
	}
	if !flush {
		t.cancel()
	}
	defer time.AfterFunc(stopTimeout, t.cancel).Stop()
	t.running.Wait()
	t.cancel()
}
