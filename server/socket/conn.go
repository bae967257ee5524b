package socket

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/coder/websocket"

	"sotto/smp/transport"
)

// errMessage is returned for a message that is not a block.
var errMessage = errors.New("socket: message is not binary of 16384 bytes")

// A conn is a WebSocket as a net.Conn that carries one block in each message.
// Deadlines are those of the connection below, so that waiting takes no timer.
type conn struct {
	net.Conn // below: addresses and deadlines
	ws       *websocket.Conn
	message  io.Reader // that is being read, nil between messages
	left     int       // bytes of it
}

func newConn(ws *websocket.Conn, raw net.Conn) *conn {
	ws.SetReadLimit(transport.BlockSize)
	return &conn{Conn: raw, ws: ws}
}

// Hijack takes over the connection.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.raw = raw
	w := &whole{Conn: raw}
	return w, bufio.NewReadWriter(buffered.Reader, w.buffered()), nil
}

// Read reads a part of a message. It is io.EOF if the client closed the
// WebSocket between two.
func (c *conn) Read(b []byte) (int, error) {
	if c.message == nil {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.message.Read(b[:min(len(b), c.left)])
	c.left -= n
	if err == io.EOF && c.left > 0 {
		return n, errMessage
	}
	if c.left == 0 {
		err = c.end()
	}
	return n, err
}

// next waits for a message.
func (c *conn) next() error {
	kind, message, err := c.ws.Reader(context.Background())
	if closed := websocket.CloseStatus(err); closed == websocket.StatusNormalClosure || closed == websocket.StatusGoingAway {
		return io.EOF
	}
	if err != nil {
		return err
	}
	if kind != websocket.MessageBinary {
		return errMessage
	}
	c.message, c.left = message, transport.BlockSize
	return nil
}

// end makes sure that the message ends where the block does.
func (c *conn) end() error {
	message := c.message
	c.message = nil
	var more [1]byte
	if _, err := io.ReadFull(message, more[:]); err != io.EOF {
		return errMessage
	}
	return nil
}

// Write sends one message.
func (c *conn) Write(b []byte) (int, error) {
	if err := c.ws.Write(context.Background(), websocket.MessageBinary, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close ends the connection without waiting for the client's goodbye.
func (c *conn) Close() error { return c.ws.CloseNow() }
