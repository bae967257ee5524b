package main

import (
	"net"
	"os"
	"sync"
)

// maxFrames is how many frames wait to be read before the socket is closed. A
// relay sends one message per queue until it is acknowledged.
const maxFrames = 1024

// frames is the queue between a WebSocket's events, which cannot wait, and
// Read. The first error put in ends it: what came before can still be read.
type frames struct {
	mu       sync.Mutex
	waiting  [][]byte
	reading  []byte // the first frame, nil if none is read
	rest     []byte // of it
	spare    []byte // one that was read, to fill again
	err      error
	changed  chan struct{} // holds an element if anything above changed
	deadline *deadline
}

func newFrames() *frames {
	return &frames{changed: make(chan struct{}, 1), deadline: newDeadline()}
}

// empty returns a frame to fill and put.
func (f *frames) empty() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	frame := f.spare
	if f.spare = nil; frame == nil {
		frame = make([]byte, frameSize)
	}
	return frame
}

// put adds a frame, and reports false if there is no room.
func (f *frames) put(frame []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == maxFrames {
		return false
	}
	if f.err == nil {
		f.waiting = append(f.waiting, frame)
		f.notify()
	}
	return true
}

// end makes Read return err after the last frame, unless it has an error yet.
func (f *frames) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
		f.notify()
	}
}

func (f *frames) notify() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

func (f *frames) read(b []byte) (int, error) {
	for {
		if f.deadline.passed() {
			return 0, os.ErrDeadlineExceeded
		}
		if n, err := f.take(b); n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
		select {
		case <-f.changed:
		case <-f.deadline.done():
		}
	}
}

// take copies what is there.
func (f *frames) take(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.rest) == 0 && len(f.waiting) > 0 {
		f.reading, f.waiting = f.waiting[0], f.waiting[1:]
		f.rest = f.reading
	}
	if len(f.rest) == 0 {
		if f.err != nil {
			f.notify() // for other readers
		}
		return 0, f.err
	}
	n := copy(b, f.rest)
	if f.rest = f.rest[n:]; len(f.rest) == 0 {
		f.spare, f.reading = f.reading, nil
	}
	return n, nil
}

// discard drops what waits: the reader closed the socket.
func (f *frames) discard() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting, f.reading, f.rest, f.err = nil, nil, nil, net.ErrClosed
	f.notify()
}
