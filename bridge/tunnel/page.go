package tunnel

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"sotto/smp/transport"
)

// A page is the WebSocket of a page. The connection below it is kept for its
// deadlines: the library has none for a peer that does not finish what it began,
// and waits for it even when it closes.
type page struct {
	ws *websocket.Conn
	nc net.Conn
}

// accept upgrades a request. If it fails, it has answered.
func accept(w http.ResponseWriter, r *http.Request, origins []string) (*page, error) {
	h := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(h, r, &websocket.AcceptOptions{OriginPatterns: origins})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(transport.BlockSize)
	return &page{ws, h.nc}, nil
}

// Sizes of a page's buffers: what is larger, and blocks are, goes past them.
const (
	readBuffer  = 512
	writeBuffer = 1024
)

// A hijacker keeps the connection that is taken from the HTTP server, and gives
// it small buffers, because there are many connections that wait.
type hijacker struct {
	http.ResponseWriter
	nc net.Conn
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.nc = nc
	boundQueue(nc)
	reader := rw.Reader
	if reader.Buffered() == 0 {
		reader = bufio.NewReaderSize(nc, readBuffer)
	}
	return nc, bufio.NewReadWriter(reader, bufio.NewWriterSize(nc, writeBuffer)), nil
}

// queue is how many bytes the system may hold for a side that does not take
// them: without a bound, megabytes.
const queue = 256 << 10

// boundQueue bounds what waits for the page.
func boundQueue(nc net.Conn) {
	if tcp, ok := nc.(interface{ SetWriteBuffer(int) error }); ok {
		tcp.SetWriteBuffer(queue)
	}
}

// read waits for a block: a binary message of the right size. It may take longer
// to begin than to go on.
func (p *page) read(begin, goOn time.Duration) (*block, error) {
	p.nc.SetReadDeadline(time.Now().Add(begin))
	kind, message, err := p.ws.Reader(context.Background())
	if err != nil {
		return nil, pageError(err)
	}
	if kind != websocket.MessageBinary {
		return nil, errNotBlock
	}
	p.nc.SetReadDeadline(time.Now().Add(goOn))
	b := blocks.Get().(*block)
	if err := readMessage(message, b); err != nil {
		blocks.Put(b)
		return nil, err
	}
	return b, nil
}

// readMessage reads a message that must be one block.
func readMessage(message io.Reader, b *block) error {
	switch _, err := io.ReadFull(message, b[:]); {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return errNotBlock
	case err != nil:
		return pageError(err)
	}
	switch n, err := message.Read(make([]byte, 1)); {
	case n > 0:
		return errNotBlock
	case err != io.EOF:
		return pageError(err)
	}
	return nil
}

// write sends a block.
func (p *page) write(b *block, timeout time.Duration) error {
	p.nc.SetWriteDeadline(time.Now().Add(timeout))
	defer p.nc.SetWriteDeadline(time.Time{}) // pings have their own
	if err := p.ws.Write(context.Background(), websocket.MessageBinary, b[:]); err != nil {
		return pageError(err)
	}
	return nil
}

// ping asks whether the browser is there. Someone must be reading.
func (p *page) ping(timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := p.ws.Ping(ctx); err != nil {
		return errPageGone
	}
	return nil
}

// pageError tells a page that is slow from one that is gone.
func pageError(err error) error {
	if isTimeout(err) {
		return errIdle
	}
	return errPageGone
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// closeTimeout is how long a page has to take note of the end.
const closeTimeout = 2 * time.Second

// end closes the WebSocket for a reason. A page that is gone is told nothing.
func (p *page) end(err error) {
	var reason *closeError
	if !errors.As(err, &reason) {
		p.ws.CloseNow()
		return
	}
	defer time.AfterFunc(closeTimeout, func() { p.nc.Close() }).Stop()
	p.ws.Close(reason.status, reason.reason)
}
