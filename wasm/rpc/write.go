package rpc

import (
	"context"
	"fmt"
)

// write sends what is queued, waiting for acknowledgements, and closes the
// port in the end.
func (p *page) write(ctx context.Context) {
	defer p.port.Close()
	for {
		if err := p.writeNext(ctx); err != nil {
			p.cancel(err)
			return
		}
	}
}

func (p *page) writeNext(ctx context.Context) error {
	var m []byte
	select {
	case m = <-p.out:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case p.credit <- struct{}{}:
		return p.port.Send(m)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ack takes n as the number of messages that the page got on this port.
func (p *page) ack(n uint64) error {
	for ; p.acked < n; p.acked++ {
		select {
		case <-p.credit:
		default:
			return fmt.Errorf("%w: acknowledges what was not sent", ErrProtocol)
		}
	}
	return nil
}
