package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/hack-pad/safejs"

	"sotto/smp/transport"
	"sotto/wasm/agent"
)

const (
	// frameSize is the size of every message on a socket, both ways.
	// SMP: "Transport": blocks of 16,384 bytes.
	frameSize = 16384
	// maxBuffered is how many bytes the browser may hold back before Write
	// waits.
	maxBuffered = 64 * frameSize
	// bufferPoll is how often a waiting Write looks again. Browsers have no
	// event for it, and it is rare.
	bufferPoll = 20 * time.Millisecond
)

// A socket is a net.Conn over a WebSocket of the browser. Each Write is one
// binary message of frameSize bytes; Read may take a message in pieces.
// Anything else that the other end sends closes the socket.
type socket struct {
	url    string
	ws     safejs.Value
	frames *frames
	opened chan struct{} // closed by the event "open"
	over   chan struct{} // closed by Close, or by the event "close"
	once   sync.Once     // closes over
	funcs  []safejs.Func // released by the event "close", which comes always and last

	writing  sync.Mutex
	buffer   safejs.Value // a Uint8Array of frameSize bytes, used by Write
	deadline *deadline    // of Write
}

var _ net.Conn = (*socket)(nil)

// A socketError is an error of the network. Browsers do not say which.
type socketError struct{ text string }

func (e *socketError) Error() string   { return e.text }
func (e *socketError) Timeout() bool   { return false }
func (e *socketError) Temporary() bool { return true }

var (
	errUnreachable net.Error = &socketError{"socket: cannot connect"}
	errBroken      net.Error = &socketError{"socket: connection lost"}
	errMessage               = fmt.Errorf("socket: message of another size: %w", transport.ErrBlock)
	errFlooded               = errors.New("socket: more blocks than can be held")
)

// dial opens a WebSocket. If ctx is done before it is open, it is closed.
func dial(ctx context.Context, url string) (net.Conn, error) {
	s, err := newSocket(url)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	select {
	case <-s.opened:
		return s, nil
	case <-s.over:
		return nil, errUnreachable
	case <-ctx.Done():
		s.Close()
		return nil, ctx.Err()
	}
}

func newSocket(url string) (*socket, error) {
	s := &socket{
		url:      url,
		frames:   newFrames(),
		opened:   make(chan struct{}),
		over:     make(chan struct{}),
		deadline: newDeadline(),
	}
	var err error
	if s.buffer, err = uint8Array.New(frameSize); err != nil {
		return nil, err
	}
	webSocket, err := safejs.Global().Get("WebSocket")
	if err != nil {
		return nil, err
	}
	if s.ws, err = webSocket.New(url); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// listen sets the handlers. The event "error" tells nothing, and "close"
// follows it.
func (s *socket) listen() error {
	return errors.Join(
		s.ws.Set("binaryType", "arraybuffer"),
		s.on("onclose", s.closed),
		s.on("onopen", func(safejs.Value) { close(s.opened) }),
		s.on("onmessage", func(event safejs.Value) {
			if err := s.receive(event); err != nil {
				s.frames.end(err)
				s.shut()
			}
		}),
	)
}

func (s *socket) on(event string, f func(event safejs.Value)) error {
	fn, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		f(args[0])
		return nil
	})
	if err != nil {
		return err
	}
	s.funcs = append(s.funcs, fn)
	return s.ws.Set(event, fn)
}

// receive takes one message: its only copy is made here.
func (s *socket) receive(event safejs.Value) error {
	data, err := event.Get("data")
	if err != nil {
		return err
	}
	if data.Type() != safejs.TypeObject {
		return errMessage
	}
	array, err := uint8Array.New(data)
	if err != nil {
		return err
	}
	if n, err := array.Length(); err != nil || n != frameSize {
		return errMessage
	}
	frame := s.frames.empty()
	if _, err := safejs.CopyBytesToGo(frame, array); err != nil {
		return err
	}
	if !s.frames.put(frame) {
		return errFlooded
	}
	return nil
}

// The codes with which a bridge ends a socket, and what they mean. Package
// bridge/tunnel has the list; it also ends sockets whose relay is gone, which is
// like an end of the relay's.
var codes = map[int]error{
	1013: fmt.Errorf("socket: %w", agent.ErrBridgeFull),
	4001: fmt.Errorf("socket: %w", agent.ErrBridgeRelay),
	4002: fmt.Errorf("socket: the bridge says: %w", transport.ErrIdentity),
}

// reason returns why the other end closed.
func reason(event safejs.Value) error {
	code, err := event.Get("code")
	if err != nil {
		return io.EOF
	}
	n, err := code.Int()
	if err != nil || codes[n] == nil {
		return io.EOF
	}
	return codes[n]
}

// closed is called once, by the last event.
func (s *socket) closed(event safejs.Value) {
	select {
	case <-s.opened:
		s.frames.end(reason(event))
	default:
		s.frames.end(errUnreachable)
	}
	s.once.Do(func() { close(s.over) })
	for _, f := range s.funcs {
		f.Release()
	}
}

// shut begins to close: Write fails, Read gets what is there.
func (s *socket) shut() error {
	s.once.Do(func() { close(s.over) })
	_, err := s.ws.Call("close")
	return err
}

// Read implements net.Conn.
func (s *socket) Read(b []byte) (int, error) { return s.frames.read(b) }

// Write implements net.Conn. b must be one frame. It waits while the browser
// holds back too much.
func (s *socket) Write(b []byte) (int, error) {
	if len(b) != frameSize {
		return 0, errMessage
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.room(); err != nil {
		return 0, err
	}
	if _, err := safejs.CopyBytesToJS(s.buffer, b); err != nil {
		return 0, err
	}
	if _, err := s.ws.Call("send", s.buffer); err != nil { // copies
		return 0, fmt.Errorf("socket: %w", err)
	}
	return len(b), nil
}

// room waits until a frame may be sent.
func (s *socket) room() error {
	for {
		select {
		case <-s.over:
			return errBroken
		case <-s.deadline.done():
			return os.ErrDeadlineExceeded
		default:
		}
		buffered, err := s.ws.Get("bufferedAmount")
		if err != nil {
			return err
		}
		if n, err := buffered.Int(); err != nil || n < maxBuffered {
			return err
		}
		select {
		case <-time.After(bufferPoll):
		case <-s.over:
		case <-s.deadline.done():
		}
	}
}

// Close implements net.Conn.
func (s *socket) Close() error {
	s.frames.discard()
	return s.shut()
}

// SetDeadline implements net.Conn.
func (s *socket) SetDeadline(t time.Time) error {
	s.frames.deadline.set(t)
	s.deadline.set(t)
	return nil
}

// SetReadDeadline implements net.Conn.
func (s *socket) SetReadDeadline(t time.Time) error {
	s.frames.deadline.set(t)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (s *socket) SetWriteDeadline(t time.Time) error {
	s.deadline.set(t)
	return nil
}

// LocalAddr implements net.Conn. A page does not know its address.
func (s *socket) LocalAddr() net.Addr { return socketAddr("") }

// RemoteAddr implements net.Conn.
func (s *socket) RemoteAddr() net.Addr { return socketAddr(s.url) }

type socketAddr string

func (socketAddr) Network() string  { return "websocket" }
func (a socketAddr) String() string { return string(a) }
