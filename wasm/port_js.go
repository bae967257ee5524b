package main

import (
	"errors"
	"io"
	"sync"

	"github.com/hack-pad/safejs"

	"sotto/wasm/rpc"
)

// maxRequests is how many messages of a page wait to be read before it is
// dropped.
const maxRequests = 1024

var errTooMany = errors.New("port: the page sends more than can be held")

// A port is one connected page: class Page of web/src/worker/page.ts.
type port struct {
	js       safejs.Value
	listener safejs.Func
	requests chan []byte
	over     chan struct{}
	once     sync.Once
	err      error // set before over is closed
}

var _ rpc.Port = (*port)(nil)

func newPort(js safejs.Value) (*port, error) {
	p := &port{js: js, requests: make(chan []byte, maxRequests), over: make(chan struct{})}
	var err error
	p.listener, err = safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		p.receive(args[0])
		return nil
	})
	if err != nil {
		return nil, err
	}
	if _, err := js.Call("listen", p.listener); err != nil {
		p.listener.Release()
		return nil, err
	}
	return p, nil
}

// receive takes a message, or null when the page is gone.
func (p *port) receive(message safejs.Value) {
	if message.Type() != safejs.TypeString {
		p.end(io.EOF)
		p.listener.Release() // null is the last
		return
	}
	text, err := message.String()
	if err != nil {
		p.end(err)
		return
	}
	select {
	case p.requests <- []byte(text):
	default:
		p.end(errTooMany)
	}
}

func (p *port) end(err error) {
	p.once.Do(func() {
		p.err = err
		close(p.over)
	})
}

// Receive implements rpc.Port. What a page sent before it went is received.
func (p *port) Receive() ([]byte, error) {
	select {
	case m := <-p.requests:
		return m, nil
	default:
	}
	select {
	case m := <-p.requests:
		return m, nil
	case <-p.over:
	}
	select {
	case m := <-p.requests:
		return m, nil
	default:
		return nil, p.err
	}
}

// Send implements rpc.Port.
func (p *port) Send(m []byte) error {
	select {
	case <-p.over:
		return p.err
	default:
		_, err := p.js.Call("send", string(m))
		return err
	}
}

// Close implements rpc.Port.
func (p *port) Close() error {
	p.end(io.ErrClosedPipe)
	_, err := p.js.Call("close")
	return err
}
