package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/hack-pad/safejs"
	"go.uber.org/goleak"

	"sotto/smp/transport"
	"sotto/wasm/agent"
)

// These tests need a browser: see web/test/wasm_exec_browser.mjs, and
// web/test/sockets.mjs for what each path does.

func TestMain(m *testing.M) {
	if v, _ := safejs.Global().Get("setQuota"); v.IsUndefined() {
		println("skipped: not run by web/test/wasm_exec_browser.mjs")
		return
	}
	// The goroutine in which the runtime handles the event that goleak waits in.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

func open(t *testing.T, path string) *socket {
	t.Helper()
	c, err := dialPath(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*socket)
}

func dialPath(ctx context.Context, path string) (net.Conn, error) {
	url, err := socketURL(path)
	if err != nil {
		return nil, err
	}
	return dial(ctx, url)
}

func frame(b byte) []byte { return bytes.Repeat([]byte{b}, frameSize) }

func TestEcho(t *testing.T) {
	s := open(t, "/socket/echo")
	var wg sync.WaitGroup
	const n = 200
	wg.Go(func() {
		for i := range n {
			if k, err := s.Write(frame(byte(i))); k != frameSize || err != nil {
				t.Errorf("Write = %d, %v", k, err)
			}
		}
	})
	b := make([]byte, frameSize)
	for i := range n {
		// In pieces, with a size that does not divide the frame.
		for part := b; len(part) > 0; {
			k, err := s.Read(part[:min(len(part), 5000)])
			if err != nil {
				t.Fatal(err)
			}
			part = part[k:]
		}
		if !bytes.Equal(b, frame(byte(i))) {
			t.Fatalf("frame %d is another", i)
		}
	}
	wg.Wait()
}

// TestEnds reads until the other end closes, or does what no relay does.
func TestEnds(t *testing.T) {
	for path, want := range map[string]error{
		"/socket/once":  io.EOF,
		"/socket/cut":   io.EOF,
		"/socket/4001":  agent.ErrBridgeRelay,
		"/socket/4002":  transport.ErrIdentity,
		"/socket/4003":  io.EOF,
		"/socket/4004":  io.EOF,
		"/socket/1013":  agent.ErrBridgeFull,
		"/socket/text":  errMessage,
		"/socket/short": errMessage,
		"/socket/long":  errMessage,
	} {
		s := open(t, path)
		var err error
		for n := 0; err == nil; n++ {
			if n > 1 {
				t.Fatalf("%s: more than one frame", path)
			}
			_, err = io.ReadFull(s, make([]byte, frameSize))
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
		if _, err := s.Write(frame(0)); !errors.Is(err, errBroken) {
			t.Errorf("%s: Write after the end: %v", path, err)
		}
	}
}

// TestFlood does not read what comes. The socket closes; what was taken can be
// read.
func TestFlood(t *testing.T) {
	s := open(t, "/socket/flood")
	<-s.over
	n, err := io.Copy(io.Discard, s)
	if n != maxFrames*frameSize || !errors.Is(err, errFlooded) {
		t.Errorf("read %d frames, %v", n/frameSize, err)
	}
}

func TestUnreachable(t *testing.T) {
	for _, path := range []string{"/socket/nowhere", "/"} {
		if _, err := dialPath(t.Context(), path); !errors.Is(err, errUnreachable) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := dial(t.Context(), "ws://localhost:1/"); !errors.Is(err, errUnreachable) {
		t.Errorf("closed port: %v", err)
	}
	if _, err := dial(t.Context(), "not a url"); err == nil {
		t.Error("a bad URL was accepted")
	}
}

func TestDialCanceled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := dialPath(ctx, "/socket/hang"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dial: %v", err)
	}
}

// TestBackPressure writes to an end that does not read: Write waits, and keeps
// to its deadline.
func TestBackPressure(t *testing.T) {
	s := open(t, "/socket/silent")
	s.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	var err error
	n := 0
	for err == nil && n < 10_000 {
		_, err = s.Write(frame(0))
		n++
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after %d frames: %v", n, err)
	}
	done := make(chan error)
	s.SetWriteDeadline(time.Time{})
	go func() {
		_, err := s.Write(frame(0))
		done <- err
	}()
	s.Close()
	if err := <-done; !errors.Is(err, errBroken) {
		t.Errorf("Write while closing: %v", err)
	}
}

func TestReadDeadline(t *testing.T) {
	s := open(t, "/socket/echo")
	b := make([]byte, frameSize)
	s.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := s.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read: %v", err)
	}
	if _, err := s.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read again: %v", err)
	}
	s.SetReadDeadline(time.Time{})
	if _, err := s.Write(frame(5)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(s, b); err != nil || b[0] != 5 {
		t.Errorf("Read without deadline: %v", err)
	}
	done := make(chan error)
	go func() {
		_, err := s.Read(b)
		done <- err
	}()
	s.SetReadDeadline(time.Unix(1, 0)) // long ago
	if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("waiting Read: %v", err)
	}
}

func TestClose(t *testing.T) {
	s := open(t, "/socket/echo")
	done := make(chan error)
	go func() {
		_, err := s.Read(make([]byte, frameSize))
		done <- err
	}()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("waiting Read: %v", err)
	}
	if _, err := s.Write(frame(0)); !errors.Is(err, errBroken) {
		t.Errorf("Write: %v", err)
	}
	if _, err := s.Write(frame(0)[1:]); !errors.Is(err, errMessage) {
		t.Errorf("Write of a short block: %v", err)
	}
}

func BenchmarkSocket(b *testing.B) {
	c, err := dialPath(b.Context(), "/socket/echo")
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	f := frame(1)
	b.SetBytes(2 * frameSize)
	for b.Loop() {
		if _, err := c.Write(f); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, f); err != nil {
			b.Fatal(err)
		}
	}
}
