package main

import (
	"net"
	"sync"
	"sync/atomic"
)

// A limitedListener closes connections beyond a number as soon as they come, so
// that those who open many and ask for nothing cost a bounded amount.
type limitedListener struct {
	net.Listener
	most int64
	open atomic.Int64
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= l.most {
			return &limitedConn{Conn: nc, listener: l}, nil
		}
		l.open.Add(-1)
		nc.Close()
	}
}

type limitedConn struct {
	net.Conn
	listener *limitedListener
	once     sync.Once
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	c.once.Do(func() { c.listener.open.Add(-1) })
	return c.Conn.Close()
}
