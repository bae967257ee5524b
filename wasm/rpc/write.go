package rpc

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"
)

// Thousands of events come in a row when thousands of messages waited. After
// promptly messages in beat, what else comes in it is sent together, as a list,
// and so is what comes in the beats after it, until fewer come: the page draws
// all of a list at once and has time for the person in between. The beats of a
// stream that goes on are longer, since each drawing takes time from the worker.
// An answer does not wait for the end of a beat.
const (
	promptly = 16
	beat     = 100 * time.Millisecond
	longBeat = 150 * time.Millisecond
	patience = 5          // beats of a stream that are not longer
	most     = window / 2 // messages in a list: the page acknowledges in steps
)

// write sends what is queued, waiting for acknowledgements, and closes the
// port in the end.
func (p *page) write(ctx context.Context) {
	defer p.port.Close()
	var w rhythm
	for {
		if err := p.writeNext(ctx, &w); err != nil {
			p.cancel(err)
			return
		}
	}
}

func (p *page) writeNext(ctx context.Context, w *rhythm) error {
	var together []*telling
	select {
	case m := <-p.out:
		together = append(together, m)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if rest := w.rest(); rest > 0 {
		together = p.gather(ctx, w, together, time.After(rest))
	}
	w.taken++
	for range together {
		select {
		case p.credit <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return p.port.Send(joined(together))
}

// A rhythm counts what was taken since the beat began, and the beats in a row
// before it that had more than can be sent promptly.
type rhythm struct {
	began time.Time
	taken int
	full  int
}

func (w *rhythm) length() time.Duration {
	if w.full > patience {
		return longBeat
	}
	return beat
}

// rest returns how long to gather before the next message is sent.
func (w *rhythm) rest() time.Duration {
	since := time.Since(w.began)
	if length := w.length(); since >= length {
		if w.full++; w.taken <= promptly || since >= length+beat {
			w.full = 0
		}
		*w = rhythm{began: time.Now(), full: w.full}
		since = 0
	}
	if w.full > 0 || w.taken >= promptly {
		return w.length() - since
	}
	return 0
}

// gather adds what comes until the beat ends, or an answer is among it.
func (p *page) gather(ctx context.Context, w *rhythm, together []*telling, end <-chan time.Time) []*telling {
	for len(together) < most && !together[len(together)-1].answers {
		select {
		case m := <-p.out:
			together = append(newerThan(together, m), m)
			w.taken++
			continue
		case <-end:
		case <-ctx.Done():
		}
		break
	}
	return together
}

// newerThan drops what m makes old.
func newerThan(together []*telling, m *telling) []*telling {
	if m.about == "" {
		return together
	}
	return slices.DeleteFunc(together, func(old *telling) bool { return old.about == m.about })
}

// joined returns one message as it is, and several as a list.
func joined(together []*telling) []byte {
	if len(together) == 1 {
		return together[0].encoded()
	}
	texts := make([][]byte, len(together))
	for i, m := range together {
		texts[i] = m.encoded()
	}
	return slices.Concat([]byte("["), bytes.Join(texts, []byte(",")), []byte("]"))
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
