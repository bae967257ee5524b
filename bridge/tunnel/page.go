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

// A page is the WebSocket of a page. The connection below it has the deadlines:
// the library has none for a peer that does not finish what it began, and waits
// for it even when it closes.
type page struct {
	ws    *websocket.Conn
	lane  *lane
	after [1]byte // for what may follow a block in a message, and must not
}

// accept upgrades a request. If it fails, it has answered.
func accept(w http.ResponseWriter, r *http.Request, config *Config) (*page, error) {
	h := &hijacker{ResponseWriter: w, timeout: config.BlockTimeout}
	ws, err := websocket.Accept(h, r, &websocket.AcceptOptions{OriginPatterns: config.Origins})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(transport.BlockSize)
	return &page{ws: ws, lane: h.lane}, nil
}

// Sizes of a page's buffers: what is larger, and blocks are, goes past them.
const (
	readBuffer  = 512
	writeBuffer = 1024
)

// A hijacker makes a lane of the connection that is taken from the HTTP server,
// and gives it small buffers, because there are many connections that wait.
type hijacker struct {
	http.ResponseWriter
	timeout time.Duration
	lane    *lane
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.lane = newLane(nc, h.timeout)
	reader := rw.Reader
	if reader.Buffered() == 0 {
		reader = bufio.NewReaderSize(h.lane, readBuffer)
	}
	return h.lane, bufio.NewReadWriter(reader, bufio.NewWriterSize(h.lane, writeBuffer)), nil
}

// read waits for a block: a binary message of the right size. It may take longer
// to begin than to go on.
func (p *page) read(begin, goOn time.Duration) (*block, error) {
	p.lane.readUntil(time.Now().Add(begin))
	kind, message, err := p.ws.Reader(context.Background())
	if err != nil {
		return nil, pageError(err)
	}
	if kind != websocket.MessageBinary {
		return nil, errNotBlock
	}
	p.lane.readUntil(time.Now().Add(goOn))
	b := blocks.Get().(*block)
	if err := p.readMessage(message, b); err != nil {
		blocks.Put(b)
		return nil, err
	}
	return b, nil
}

// readMessage reads a message that must be one block.
func (p *page) readMessage(message io.Reader, b *block) error {
	switch _, err := io.ReadFull(message, b[:]); {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return errNotBlock
	case err != nil:
		return pageError(err)
	}
	switch n, err := message.Read(p.after[:]); {
	case n > 0:
		return errNotBlock
	case err != io.EOF:
		return pageError(err)
	}
	return nil
}

// write sends a block.
func (p *page) write(b *block) error {
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
	defer time.AfterFunc(closeTimeout, func() { p.lane.Conn.Close() }).Stop()
	soon := time.Now().Add(closeTimeout)
	p.lane.readUntil(soon)
	p.lane.SetWriteDeadline(soon)
	p.ws.Close(reason.status, reason.reason)
}
