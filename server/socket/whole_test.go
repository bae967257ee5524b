package socket

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"sotto/smp/transport"
)

// A counting connection counts the calls that write.
type counting struct {
	net.Conn
	writes *atomic.Int64
}

func (c counting) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

type countingListener struct {
	net.Listener
	writes atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return counting{c, &l.writes}, err
}

// TestWhole: each block is written with one call and arrives as it is, and so do
// messages of other sizes, the library's own too.
func TestWhole(t *testing.T) {
	sizes := []int{transport.BlockSize, 0, 1, writeBuffer - 2, writeBuffer - 1, writeBuffer, 126, transport.BlockSize - 1, transport.BlockSize + 1, transport.BlockSize}
	message := func(i int) []byte { return bytes.Repeat([]byte{byte(i + 1)}, sizes[i]) }
	var l *countingListener
	perBlock := make(chan int64, len(sizes))
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := &hijacker{ResponseWriter: w}
		ws, err := websocket.Accept(h, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		c := newConn(ws, h.raw)
		for i := range sizes {
			before := l.writes.Load()
			if _, err := c.Write(message(i)); err != nil {
				t.Error(err)
			}
			if sizes[i] == transport.BlockSize {
				perBlock <- l.writes.Load() - before
			}
		}
		ws.Close(websocket.StatusGoingAway, strings.Repeat("x", writeBuffer-4)) // as long as the buffer
	}))
	l = &countingListener{Listener: s.Listener}
	s.Listener = l
	s.Start()
	defer s.Close()
	ws, _, err := websocket.Dial(t.Context(), s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	for i := range sizes {
		if _, got, err := ws.Read(context.Background()); err != nil || !bytes.Equal(got, message(i)) {
			t.Fatalf("message of %d bytes: %d, %v", sizes[i], len(got), err)
		}
	}
	for range 2 {
		if n := <-perBlock; n != 1 {
			t.Errorf("a block took %d calls", n)
		}
	}
	if _, _, err := ws.Read(context.Background()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the end: %v", err)
	}
}
