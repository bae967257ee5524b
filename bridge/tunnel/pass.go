package tunnel

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"sotto/smp/transport"
)

// A block is what goes through, as it is.
type block = [transport.BlockSize]byte

// blocks are buffers for those that are on their way. A connection on which
// nothing comes holds none.
var blocks = sync.Pool{New: func() any { return new(block) }}

// A pipe is one connection of a page with a relay. The first side to end, ends
// both, and its reason is the one that the page is told.
type pipe struct {
	config *Config
	counts *Metrics
	page   *page
	relay  net.Conn
	lane   *lane // below relay
}

// pass gives the page the hello and then passes blocks both ways, until one
// side ends or ctx does. It closes both, and returns the reason.
func (p *pipe) pass(ctx context.Context, hello *block) error {
	p.page.lane.other, p.lane.other = p.lane, p.page.lane
	ctx, end := context.WithCancelCause(ctx)
	var others sync.WaitGroup
	others.Add(1)
	context.AfterFunc(ctx, func() {
		defer others.Done()
		p.page.end(context.Cause(ctx))
		p.relay.Close()
	})
	others.Go(func() { end(p.toRelay()) })
	p.pings(ctx, end)
	end(p.toPage(hello))
	others.Wait()
	return context.Cause(ctx)
}

// toPage passes what the relay sends.
func (p *pipe) toPage(hello *block) error {
	defer p.page.lane.send()
	if err := p.page.write(hello); err != nil {
		return err
	}
	p.counts.BlocksToPages.Add(1)
	for {
		b, err := p.readRelay()
		if failed := p.page.lane.failure(); failed != nil {
			return pageError(failed)
		}
		if err != nil {
			return err
		}
		err = p.page.write(b)
		blocks.Put(b)
		if err != nil {
			return err
		}
		p.counts.BlocksToPages.Add(1)
	}
}

// toRelay passes what the page sends.
func (p *pipe) toRelay() error {
	defer p.lane.send()
	for {
		b, err := p.page.read(p.config.IdleTimeout, p.config.BlockTimeout)
		if failed := p.lane.failure(); failed != nil {
			return relayError(failed)
		}
		if err != nil {
			return err
		}
		_, err = p.relay.Write(b[:])
		blocks.Put(b)
		if err != nil {
			return relayError(err)
		}
		p.counts.BlocksToRelays.Add(1)
	}
}

// readRelay waits for a block of the relay, and takes a buffer when it begins.
func (p *pipe) readRelay() (*block, error) {
	var first [1]byte
	if err := p.readFull(first[:], p.config.IdleTimeout); err != nil {
		return nil, err
	}
	b := blocks.Get().(*block)
	b[0] = first[0]
	if err := p.readFull(b[1:], p.config.BlockTimeout); err != nil {
		blocks.Put(b)
		return nil, err
	}
	return b, nil
}

func (p *pipe) readFull(b []byte, timeout time.Duration) error {
	p.lane.readUntil(time.Now().Add(timeout))
	if _, err := io.ReadFull(p.relay, b); err != nil {
		return relayError(err)
	}
	return nil
}

// relayError tells a relay that is slow from one that is gone.
func relayError(err error) error {
	if isTimeout(err) {
		return errIdle
	}
	return errRelayClosed
}

// pings asks the browser now and then whether it is there, until ctx ends.
// toRelay reads the answers. In between it costs no goroutine.
func (p *pipe) pings(ctx context.Context, end context.CancelCauseFunc) {
	var next *time.Timer
	armed := make(chan struct{})
	next = time.AfterFunc(p.config.PingInterval, func() {
		<-armed
		switch err := p.page.ping(p.config.PingInterval); {
		case err != nil:
			end(err)
		case ctx.Err() == nil:
			next.Reset(p.config.PingInterval)
		}
	})
	close(armed)
	context.AfterFunc(ctx, func() { next.Stop() })
}
