package socket

import (
	"bufio"
	"net"
	"sync"

	"sotto/smp/transport"
)

// The library writes a message in two parts: its buffer, which begins with the
// header, and the rest. A whole is the connection below, which writes both with
// one call, so that who reads is woken once.
//
// Only the library writes, one message after the other.
type whole struct {
	net.Conn
	begin [writeBuffer]byte // of a message whose rest comes next
	begun bool
}

const (
	// writeBuffer is the size of the library's buffer. It is small because there
	// are many connections that wait.
	writeBuffer = 64
	// headerSize is the length of a block's header. RFC 6455, section 5.2.
	headerSize = 4
)

// messages holds blocks with their headers while they are written.
var messages = sync.Pool{New: func() any { return new([headerSize + transport.BlockSize]byte) }}

// buffered is what the library is given to write to.
func (w *whole) buffered() *bufio.Writer { return bufio.NewWriterSize(w, writeBuffer) }

// Write implements net.Conn.
func (w *whole) Write(b []byte) (int, error) {
	if w.begun {
		w.begun = false
		return w.writeRest(b)
	}
	if beginsBlock(b) {
		w.begun = true
		return copy(w.begin[:], b), nil
	}
	return w.Conn.Write(b)
}

// beginsBlock reports whether b is a full buffer that begins a message of the size
// of a block: of any other, there may be no rest.
func beginsBlock(b []byte) bool {
	const finalBinary, size16 = 0x82, 126
	return len(b) == writeBuffer && b[0] == finalBinary && b[1] == size16 && int(b[2])<<8|int(b[3]) == transport.BlockSize
}

// writeRest writes a message whose rest is b.
func (w *whole) writeRest(b []byte) (int, error) {
	m := messages.Get().(*[headerSize + transport.BlockSize]byte)
	defer messages.Put(m)
	n := copy(m[copy(m[:], w.begin[:]):], b)
	if _, err := w.Conn.Write(m[:writeBuffer+n]); err != nil {
		return 0, err
	}
	return n, nil
}
