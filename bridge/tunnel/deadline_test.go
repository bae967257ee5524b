package tunnel

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"sotto/smp/transport"
)

// A between is a pipe with both its ends in memory, so that its deadlines are
// those of a fake clock. The relay's end has no TLS.
type between struct {
	page, relay net.Conn
	ended       chan error
}

// pingInterval is such that no other time is a multiple of it.
const pingInterval = 41 * time.Second

// passing starts one with the default deadlines.
func passing(t *testing.T) *between {
	t.Helper()
	b := &between{ended: make(chan error, 1)}
	config := Config{PingInterval: pingInterval}.withDefaults()
	var pageSide, relaySide net.Conn
	b.page, pageSide = net.Pipe()
	b.relay, relaySide = net.Pipe()
	l := &oneConn{Conn: pageSide, next: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.next <- pageSide
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, err := accept(w, r, &config)
		if err != nil {
			b.ended <- err
			return
		}
		lane := newLane(relaySide, config.BlockTimeout)
		p := &pipe{config: &config, counts: new(Metrics), page: page, relay: lane, lane: lane}
		go func() { b.ended <- p.pass(context.Background(), new(block)) }()
	})}
	go server.Serve(l)
	t.Cleanup(func() { server.Close(); b.page.Close(); b.relay.Close() })
	return b
}

// A oneConn is a listener for one connection.
type oneConn struct {
	net.Conn
	next   chan net.Conn
	closed chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case nc := <-l.next:
		return nc, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error {
	close(l.closed)
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.LocalAddr() }

// dial makes a WebSocket of the page's end, and reads the relay's hello.
func (b *between) dial(t *testing.T, options *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	options.HTTPClient = &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return b.page, nil },
	}}
	ws, _, err := websocket.Dial(t.Context(), "ws://bridge/", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(transport.BlockSize)
	readBlock(t, ws)
	return ws
}

// upgrade does the same by hand, and reads no further than the answer.
func (b *between) upgrade(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(b.page, request("/")); err != nil {
		t.Fatal(err)
	}
	var answer []byte
	for last := make([]byte, 1); !bytes.HasSuffix(answer, []byte("\r\n\r\n")); answer = append(answer, last...) {
		if _, err := b.page.Read(last); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 101 ")) {
		t.Fatalf("answer %q", answer)
	}
}

// wantEndAfter waits for the end, which must be after so long and be told to the
// page.
func (b *between) wantEndAfter(t *testing.T, ws *websocket.Conn, d time.Duration) {
	t.Helper()
	start := time.Now()
	wantEnd(t, ws, StatusIdle)
	if got := time.Since(start); got != d {
		t.Errorf("it ended after %v, want %v", got, d)
	}
	if err := <-b.ended; err != errIdle {
		t.Errorf("it ended because %v", err)
	}
}

// Pings go on while nothing comes, and do not end it. At last it is idle.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := passing(t)
		pings := 0
		ws := b.dial(t, &websocket.DialOptions{
			OnPingReceived: func(context.Context, []byte) bool { pings++; return true },
		})
		b.wantEndAfter(t, ws, 15*time.Minute)
		if pings != int(15*time.Minute/pingInterval) {
			t.Errorf("%d pings in 15 minutes", pings)
		}
	})
}

// A message that stops in the middle is given up long before an idle page.
func TestUnfinishedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := passing(t)
		ws := b.dial(t, &websocket.DialOptions{})
		w, err := ws.Writer(t.Context(), websocket.MessageBinary)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, 5000)); err != nil {
			t.Fatal(err)
		}
		b.wantEndAfter(t, ws, 30*time.Second)
	})
}

// So is one of which a byte comes now and then.
func TestTrickle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := passing(t)
		b.upgrade(t)
		go io.Copy(io.Discard, b.page)
		io.WriteString(b.page, "\x82\xfe\x40\x00mask")
		start := time.Now()
		for {
			if _, err := b.page.Write([]byte{0}); err != nil {
				break
			}
			time.Sleep(7 * time.Second)
		}
		if err := <-b.ended; err != errIdle || time.Since(start) > 40*time.Second {
			t.Errorf("it ended after %v because %v", time.Since(start), err)
		}
	})
}

// And a block of the relay's.
func TestUnfinishedBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := passing(t)
		ws := b.dial(t, &websocket.DialOptions{})
		if _, err := b.relay.Write(make([]byte, 5000)); err != nil {
			t.Fatal(err)
		}
		b.wantEndAfter(t, ws, 30*time.Second)
	})
}

// A page that does not take a block in time is given up.
func TestStuckPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := passing(t)
		b.upgrade(t)
		start := time.Now()
		if err := <-b.ended; err != errIdle {
			t.Errorf("it ended because %v", err)
		}
		if d := time.Since(start); d < 30*time.Second || d > 40*time.Second {
			t.Errorf("it ended after %v", d)
		}
	})
}

// A relay that reads nothing makes the page wait, and is given up in time.
func TestStuckRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := passing(t)
		ws := b.dial(t, &websocket.DialOptions{})
		go func() {
			for ws.Write(t.Context(), websocket.MessageBinary, make([]byte, transport.BlockSize)) == nil {
			}
		}()
		b.wantEndAfter(t, ws, 30*time.Second)
	})
}

// A page that reads but answers no ping is gone, and told nothing.
func TestDeafPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := passing(t)
		b.upgrade(t)
		go io.Copy(io.Discard, b.page)
		start := time.Now()
		if err := <-b.ended; err != errPageGone || time.Since(start) != 2*pingInterval {
			t.Errorf("it ended after %v because %v", time.Since(start), err)
		}
	})
}
