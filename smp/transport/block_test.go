package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"
	"time"
)

// blockPair returns two ends that encrypt for each other, or not.
func blockPair(t testing.TB, encrypted bool) (*Conn, *Conn) {
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	a, b := NewConn(near), NewConn(far)
	if encrypted {
		a.send, a.recv = newChains([]byte("session"), []byte("secret"))
		b.send, b.recv = cloneChain(a.recv), cloneChain(a.send)
	}
	return a, b
}

func TestBlocks(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		a, b := blockPair(t, encrypted)
		for _, content := range [][]byte{{}, []byte("hello"), bytes.Repeat([]byte("x"), MaxContent), []byte("####")} {
			go func() {
				if err := a.WriteBlock(content); err != nil {
					t.Error(err)
				}
			}()
			got, err := b.ReadBlock()
			if err != nil || !bytes.Equal(got, content) {
				t.Fatalf("encrypted %t: read %d bytes, %v; want %d", encrypted, len(got), err, len(content))
			}
		}
	}
}

// What is read belongs to the reader, though buffers are shared.
func TestReadBlockIsNotReused(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		a, b := blockPair(t, encrypted)
		go func() {
			a.WriteBlock([]byte("first"))
			a.WriteBlock([]byte("SECOND"))
		}()
		first, _ := b.ReadBlock()
		second, _ := b.ReadBlock()
		if string(first) != "first" || string(second) != "SECOND" {
			t.Errorf("encrypted %t: %q, %q", encrypted, first, second)
		}
	}
}

func TestWriteBlockTooLarge(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		a, _ := blockPair(t, encrypted)
		if err := a.WriteBlock(make([]byte, BlockSize)); err != ErrTooLarge {
			t.Errorf("encrypted %t: %v", encrypted, err)
		}
	}
	if a, _ := blockPair(t, true); !errors.Is(a.WriteBlock(make([]byte, MaxContent+1)), ErrTooLarge) {
		t.Error("a byte over MaxContent was encrypted")
	}
}

// A readConn is a net.Conn that reads from a reader.
type readConn struct {
	net.Conn
	io.Reader
}

func (c readConn) Read(b []byte) (int, error) { return c.Reader.Read(b) }

func TestReadBlockErrors(t *testing.T) {
	plain := make([]byte, BlockSize)
	plain[1] = 2
	tooLong := bytes.Repeat([]byte{0xff}, BlockSize)
	broken := errors.New("broken")
	for _, tt := range []struct {
		name      string
		from      io.Reader
		encrypted bool
		want      error
	}{
		{"nothing", bytes.NewReader(nil), false, io.EOF},
		{"part of a block", bytes.NewReader(plain[:100]), false, io.ErrUnexpectedEOF},
		{"a byte", bytes.NewReader(plain[:1]), false, io.ErrUnexpectedEOF},
		{"length beyond the block", bytes.NewReader(tooLong), false, ErrBlock},
		{"not encrypted", bytes.NewReader(plain), true, ErrBlock},
		{"broken connection", iotest.ErrReader(broken), false, broken},
		{"broken in a block", io.MultiReader(bytes.NewReader(plain[:9]), iotest.ErrReader(broken)), false, broken},
		{"in small pieces", iotest.OneByteReader(bytes.NewReader(plain)), false, nil},
		{"with the error at the end", iotest.DataErrReader(bytes.NewReader(plain)), false, nil},
	} {
		c := NewConn(readConn{Reader: tt.from})
		if tt.encrypted {
			c.recv = new(chain)
		}
		if _, err := c.ReadBlock(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestEncryptedBlockChanged(t *testing.T) {
	send, recv := chain{1}, chain{1}
	block := send.seal(nil, make([]byte, BlockSize-tagSize))
	block[BlockSize-1] ^= 1
	c := &Conn{nc: readConn{Reader: bytes.NewReader(block)}, recv: &recv}
	if _, err := c.ReadBlock(); err != ErrBlock {
		t.Errorf("error %v, want ErrBlock", err)
	}
}

func TestDeadlines(t *testing.T) {
	a, _ := blockPair(t, true)
	past := time.Unix(1, 0)
	a.SetReadDeadline(past)
	a.SetWriteDeadline(past)
	var timeout net.Error
	if _, err := a.ReadBlock(); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("read: %v", err)
	}
	if err := a.WriteBlock(nil); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("write: %v", err)
	}
}

func BenchmarkBlock(b *testing.B) {
	send, recv := chain{1}, chain{1}
	var block bytes.Buffer
	out := &Conn{nc: writeConn{w: &block}, send: &send}
	in := &Conn{nc: readConn{Reader: &block}, recv: &recv}
	content := make([]byte, MaxContent)
	b.SetBytes(BlockSize)
	b.ReportAllocs()
	for b.Loop() {
		if err := out.WriteBlock(content); err != nil {
			b.Fatal(err)
		}
		if _, err := in.ReadBlock(); err != nil {
			b.Fatal(err)
		}
	}
}

type writeConn struct {
	net.Conn
	w io.Writer
}

func (c writeConn) Write(b []byte) (int, error) { return c.w.Write(b) }
