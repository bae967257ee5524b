package doorway

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
)

// A room is the listener of one of the servers.
type room struct {
	conns   chan net.Conn
	closed  chan struct{}
	close   func()
	address atomic.Value // net.Addr, of the port
}

func newRoom() *room {
	r := &room{conns: make(chan net.Conn), closed: make(chan struct{})}
	r.close = sync.OnceFunc(func() { close(r.closed) })
	return r
}

// enter waits until the server takes a connection, and reports whether it did.
func (r *room) enter(ctx context.Context, nc net.Conn) bool {
	select {
	case r.conns <- nc:
		return true
	case <-r.closed:
	case <-ctx.Done():
	}
	return false
}

func (r *room) Accept() (net.Conn, error) {
	select {
	case nc := <-r.conns:
		return nc, nil
	case <-r.closed:
		return nil, net.ErrClosed
	}
}

// Close sends away those who are still to come. The port stays open.
func (r *room) Close() error {
	r.close()
	return nil
}

func (r *room) Addr() net.Addr {
	if a, ok := r.address.Load().(net.Addr); ok {
		return a
	}
	return &net.TCPAddr{}
}

// A conn is a connection of which some was read already.
type conn struct {
	net.Conn
	heard []byte // what Read returns first
}

func (c *conn) Read(b []byte) (int, error) {
	if len(c.heard) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.heard)
	if c.heard = c.heard[n:]; len(c.heard) == 0 {
		c.heard = nil // an idle connection holds no buffer
	}
	return n, nil
}
