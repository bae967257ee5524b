//go:build !js

package tls13

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"sotto/smp"
)

// A Config says whom to expect. Verify is required.
type Config struct {
	// ALPN are the application protocols to offer.
	ALPN []string
	// Verify gets the server's certificates, DER, leaf first, and returns the
	// leaf's key if they are the right ones. The server must then prove that it
	// has the key.
	Verify func(chain [][]byte) (smp.PublicKey, error)
	// Chain and Key are the client's own certificates, if it has any.
	Chain [][]byte
	Key   smp.PrivateKey
	// Rand is the source of keys; nil means crypto/rand.
	Rand io.Reader
}

// A State is what a handshake has found out.
type State struct {
	ALPN     string   // what the server chose, "" if nothing
	Chain    [][]byte // the server's certificates
	Finished []byte   // verify_data of the client's Finished, 32 bytes: the session id of SMP
}

// A Conn is a connection after its handshake. One goroutine may read while
// another one writes.
type Conn struct {
	net.Conn
	state State

	reading sync.Mutex
	records reader
	plain   []byte // received, not yet read
	failed  error  // why nothing more can be read

	writing sync.Mutex
	out     half
	broken  error // why nothing more can be written
}

// Client does the handshake over nc, which it closes on failure. ctx bounds it.
func Client(ctx context.Context, nc net.Conn, config *Config) (*Conn, error) {
	c := &Conn{Conn: nc, records: reader{from: nc}}
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	err := newHandshake(c, config).run()
	if !stop() && err == nil {
		err = ctx.Err() // the deadline was set, or is about to be
	}
	if err != nil {
		c.abort(err)
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("tls13: %w", err)
	}
	return c, nil
}

// State returns what the handshake has found out.
func (c *Conn) State() State { return c.state }

// abort tells the peer what it did wrong, if it did, and closes.
func (c *Conn) abort(err error) {
	var fault *fault
	if errors.As(err, &fault) {
		c.Conn.SetWriteDeadline(time.Now().Add(time.Second))
		c.writing.Lock()
		c.write(recordAlert, []byte{alertFatal, fault.alert})
		c.writing.Unlock()
	}
	c.Conn.Close()
}

func (config *Config) rand() io.Reader {
	if config.Rand == nil {
		return rand.Reader
	}
	return config.Rand
}

// Read reads application data, as much as has come. io.EOF means that the peer has closed the
// connection properly, io.ErrUnexpectedEOF that somebody cut it.
func (c *Conn) Read(b []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	for len(c.plain) == 0 && len(b) > 0 {
		if c.failed != nil {
			return 0, c.failed
		}
		if err := c.receive(); err != nil {
			return 0, c.fail(err)
		}
	}
	n := c.take(b)
	for n < len(b) && c.failed == nil && c.records.ready() {
		if err := c.receive(); err != nil {
			c.fail(err)
		}
		n += c.take(b[n:])
	}
	return n, nil
}

// take copies what was received.
func (c *Conn) take(b []byte) int {
	n := copy(b, c.plain)
	c.plain = c.plain[n:]
	return n
}

// fail remembers err, unless it is a deadline: then reading can go on later.
func (c *Conn) fail(err error) error {
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return err
	}
	var fault *fault
	if errors.As(err, &fault) {
		c.abort(err)
	}
	c.failed = err
	return err
}

// receive takes one record. RFC 8446 section 4.6: "Post-Handshake Messages".
func (c *Conn) receive() error {
	kind, b, err := c.records.next()
	if err != nil {
		return err
	}
	switch kind {
	case recordData:
		c.plain = b
		return nil
	case recordAlert:
		return alertError(b)
	}
	if err := c.records.messages.add(b); err != nil {
		return err
	}
	for {
		m, err := c.records.messages.take()
		if m == nil || err != nil {
			return err
		}
		if err := c.afterwards(m); err != nil {
			return err
		}
	}
}

// afterwards deals with a handshake message after the handshake. Tickets are
// not for us: a resumed session would have no session id of its own.
func (c *Conn) afterwards(m []byte) error {
	switch {
	case m[0] == messageTicket:
		return nil
	case m[0] == messageKeyUpdate && len(m) == 5 && m[4] <= 1:
		return c.update(m[4] == 1)
	}
	return wrong(alertUnexpectedMessage, "message %d after the handshake", m[0])
}

// update takes the peer's next key, and ours if it asks. RFC 8446 section 4.6.3.
func (c *Conn) update(requested bool) error {
	if !c.records.messages.empty() {
		return wrong(alertUnexpectedMessage, "data across a change of keys")
	}
	c.records.in.advance()
	if !requested {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.write(recordHandshake, []byte{messageKeyUpdate, 0, 0, 1, 0}); err != nil {
		return err
	}
	c.out.advance()
	return nil
}

// Write writes application data, in records of at most 16,384 bytes.
func (c *Conn) Write(b []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if len(b) == 0 {
		return 0, c.broken
	}
	if err := c.write(recordData, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// write seals b and sends it. A record that was sent in part cannot be
// completed: after an error nothing more is written.
func (c *Conn) write(kind byte, b []byte) error {
	if c.broken == nil {
		buffer := sealed.Get().(*[]byte)
		*buffer = c.out.seal((*buffer)[:0], kind, b)
		_, c.broken = c.Conn.Write(*buffer)
		if cap(*buffer) <= 2*maxSealed {
			sealed.Put(buffer)
		}
	}
	return c.broken
}

// sealed are buffers for the records being written. A connection holds none
// between writes.
var sealed = sync.Pool{New: func() any { return new([]byte) }}

// Close says goodbye and closes.
func (c *Conn) Close() error {
	c.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	c.writing.Lock()
	c.write(recordAlert, []byte{alertWarning, alertCloseNotify})
	if c.broken == nil {
		c.broken = net.ErrClosed
	}
	c.writing.Unlock()
	return c.Conn.Close()
}
