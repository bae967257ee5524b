package main

import (
	"net"
	"sync"
	"sync/atomic"
)

// A limitedListener closes connections beyond a number as soon as they come, so
// that those who open many and ask for nothing cost a bounded amount.
type limitedListener struct {
	*net.TCPListener
	most int64
	open atomic.Int64
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		nc, err := l.AcceptTCP()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= l.most {
			return &limitedConn{TCPConn: nc, listener: l}, nil
		}
		l.open.Add(-1)
		nc.Close()
	}
}

// A limitedConn is a TCP connection with all that belongs to one.
type limitedConn struct {
	*net.TCPConn
	listener *limitedListener
	once     sync.Once
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	c.once.Do(func() { c.listener.open.Add(-1) })
	return c.TCPConn.Close()
}
