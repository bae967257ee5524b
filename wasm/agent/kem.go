package agent

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"sotto/wasm/sntrup761"
)

// Every change of direction in a conversation takes a KEM key pair, and each
// takes some 20 ms to make in wasm, in which nothing else can run there. So
// some are kept ready, and new ones are made only while the loop has had nothing
// to do for a while.
const (
	kemPairs = 4
	kemIdle  = 300 * time.Millisecond
)

// A kemStock is a number of key pairs made ahead of need.
type kemStock struct {
	rand  io.Reader
	ready chan *sntrup761.PrivateKey
	taken chan struct{} // tells fill that there is room
	used  atomic.Int64  // when the loop last did something, Unix nanoseconds
}

func newKEMStock(rand io.Reader, pairs int) *kemStock {
	return &kemStock{rand: rand, ready: make(chan *sntrup761.PrivateKey, pairs), taken: make(chan struct{}, 1)}
}

// touch says that the loop is busy.
func (s *kemStock) touch(now time.Time) { s.used.Store(now.UnixNano()) }

// take returns a key pair, one made on the spot if there is none.
func (s *kemStock) take() (*sntrup761.PrivateKey, error) {
	select {
	case k := <-s.ready:
		select {
		case s.taken <- struct{}{}:
		default:
		}
		return k, nil
	default:
		return s.make()
	}
}

func (s *kemStock) make() (*sntrup761.PrivateKey, error) {
	k, err := sntrup761.GenerateKey(s.rand)
	if err != nil {
		return nil, fmt.Errorf("agent: KEM key: %w", err)
	}
	return k, nil
}

// fill keeps the stock full until ctx is done.
func (s *kemStock) fill(ctx context.Context) {
	for s.lacks(ctx) && s.rest(ctx) {
		k, err := s.make()
		if err != nil {
			return // take will say so
		}
		s.ready <- k // there is room: nobody else adds
	}
}

// lacks waits until there is room. It reports false if ctx is done.
func (s *kemStock) lacks(ctx context.Context) bool {
	for len(s.ready) == cap(s.ready) {
		select {
		case <-s.taken: // or it was, before the stock was full
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// rest waits until the loop is idle. It reports false if ctx is done.
func (s *kemStock) rest(ctx context.Context) bool {
	for ctx.Err() == nil {
		busy := kemIdle - time.Since(time.Unix(0, s.used.Load()))
		if busy <= 0 {
			return true
		}
		select {
		case <-time.After(busy):
		case <-ctx.Done():
		}
	}
	return false
}
