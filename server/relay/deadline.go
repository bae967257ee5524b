package relay

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"sotto/smp/transport"
)

// A timedConn gives each block its deadlines: one for its first byte, which may
// take long to come, one for the rest of it, and one for writing.
type timedConn struct {
	net.Conn
	got int // bytes of the block that is being read

	mu                 sync.Mutex
	idle, block, write time.Duration
	stopped            bool
}

// allow sets how long reading and writing may take from now on.
func (c *timedConn) allow(idle, block, write time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle, c.block, c.write = idle, block, write
}

// Read reads a part of a block.
func (c *timedConn) Read(b []byte) (int, error) {
	if c.got <= 1 {
		if err := c.expect(c.got == 0); err != nil {
			return 0, err
		}
	}
	n, err := c.Conn.Read(b)
	c.got = (c.got + n) % transport.BlockSize
	return n, err
}

// expect sets the deadline of the first byte of a block, or of the rest.
func (c *timedConn) expect(first bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.block
	if first {
		if c.stopped {
			return os.ErrDeadlineExceeded
		}
		d = c.idle
	}
	return c.Conn.SetReadDeadline(time.Now().Add(d))
}

// Write writes a block. Its deadline ends with it: layers below answer pings of
// their own at any time.
func (c *timedConn) Write(b []byte) (int, error) {
	if err := c.expectWrite(true); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	return n, errors.Join(err, c.expectWrite(false))
}

// expectWrite sets the deadline of a block, or none. Once stopped there always
// is one.
func (c *timedConn) expectWrite(block bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case block:
		return c.Conn.SetWriteDeadline(time.Now().Add(c.write))
	case c.stopped:
		return nil
	}
	return c.Conn.SetWriteDeadline(time.Time{})
}

// stopTimeout is how long writing may take when the relay stops.
const stopTimeout = 5 * time.Second

// stop ends waiting for a block, now and from now on, and leaves little time to
// write.
func (c *timedConn) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	c.write = min(c.write, stopTimeout)
	c.Conn.SetReadDeadline(time.Now())
	c.Conn.SetWriteDeadline(time.Now().Add(c.write))
}
