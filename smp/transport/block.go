package transport

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"sotto/smp/wire"
)

const (
	// BlockSize is the size of every block on the wire, in bytes.
	BlockSize = 16384
	// MaxContent is the largest content of a block in bytes, so that it fits
	// whether the block is encrypted or not.
	MaxContent = BlockSize - tagSize - 2
)

var (
	// ErrBlock is returned for a block that does not open: it is padded wrongly
	// or was not encrypted with the session's keys. The connection is then of no
	// further use.
	ErrBlock = errors.New("transport: invalid block")
	// ErrTooLarge is returned for content that does not fit a block. Nothing was
	// sent.
	ErrTooLarge = errors.New("transport: content does not fit a block")
)

// A Conn carries blocks. One goroutine may read while another writes; no two
// may read, or write, at the same time.
//
// The net.Conn below it can be a byte stream or one that carries frames: a
// block is always written with one Write of BlockSize bytes, and is read with
// Reads of any size.
type Conn struct {
	nc         net.Conn
	session    Session
	send, recv *chain // nil while blocks are not encrypted
}

// NewConn returns a Conn that carries plain blocks, as before the handshake.
// [Client] and [Server] return one that has a session.
func NewConn(nc net.Conn) *Conn { return &Conn{nc: nc} }

// Session returns what the handshake agreed. It must not be changed.
func (c *Conn) Session() *Session { return &c.session }

// Close closes the connection below; a Read or Write in progress fails.
func (c *Conn) Close() error { return c.nc.Close() }

// RemoteAddr returns the address of the peer.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// SetReadDeadline makes ReadBlock fail after t. The zero time means never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.nc.SetReadDeadline(t) }

// SetWriteDeadline makes WriteBlock fail after t. The zero time means never.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.nc.SetWriteDeadline(t) }

// buffers holds blocks that are being read or written, so that an idle
// connection holds none.
var buffers = sync.Pool{New: func() any { return new([BlockSize]byte) }}

// ReadBlock waits for a block and returns its content, which belongs to the
// caller. The error is io.EOF if the peer closed between two blocks.
func (c *Conn) ReadBlock() ([]byte, error) {
	buf, err := c.readRaw()
	if err != nil {
		return nil, err
	}
	defer buffers.Put(buf)
	if c.recv == nil {
		return unpad(bytes.Clone(buf[:]))
	}
	plain, err := c.recv.open(buf[:])
	if err != nil {
		return nil, err
	}
	return unpad(plain)
}

// readRaw reads a whole block. It takes a buffer only when the first byte is
// there, because most connections wait most of the time.
func (c *Conn) readRaw() (*[BlockSize]byte, error) {
	var first [1]byte
	if _, err := io.ReadFull(c.nc, first[:]); err != nil {
		return nil, readError(err)
	}
	buf := buffers.Get().(*[BlockSize]byte)
	buf[0] = first[0]
	if _, err := io.ReadFull(c.nc, buf[1:]); err != nil {
		buffers.Put(buf)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, readError(err)
	}
	return buf, nil
}

func readError(err error) error {
	if err == io.EOF {
		return err
	}
	return fmt.Errorf("transport: read block: %w", err)
}

// unpad returns the content of a padded block, without room to append to.
func unpad(b []byte) ([]byte, error) {
	content, err := wire.Unpad(b)
	if err != nil {
		return nil, ErrBlock
	}
	return content, nil
}

// WriteBlock sends content in one block. It does not keep content.
func (c *Conn) WriteBlock(content []byte) error {
	s, err := c.Seal(content)
	if err != nil {
		return err
	}
	return c.WriteSealed(s)
}

// A Sealed is a block made ahead, with the keys of the block that comes next.
//
// No two blocks with the same keys may leave, but any number may be made: a
// Sealed keeps the state of the chain that it was made from and the state after
// it, and making it does not move the chain on. WriteSealed does, before the
// block leaves, and only from the state that the block was made from. A chain
// never comes back to a state, so whatever else has that state is made anew.
type Sealed struct {
	content     []byte
	block       *[BlockSize]byte // nil once it left
	from, after chain            // zero in a plain block
}

// Seal makes the block that carries content, for WriteSealed or for nothing. It
// keeps content. Nothing may be written at the same time.
func (c *Conn) Seal(content []byte) (*Sealed, error) {
	block, size := buffers.Get().(*[BlockSize]byte), BlockSize
	if c.send != nil {
		size -= tagSize
	}
	padded, err := wire.AppendPadded(block[:0], content, size)
	if err != nil {
		return nil, ErrTooLarge
	}
	s := &Sealed{content: content, block: block}
	if c.send != nil {
		s.block = buffers.Get().(*[BlockSize]byte)
		s.from, s.after = *c.send, *c.send
		s.after.seal(s.block[:0], padded)
		buffers.Put(block)
	}
	return s, nil
}

// WriteSealed sends what Seal made: as it is, if no block was written since, or
// else the same content in a new block.
func (c *Conn) WriteSealed(s *Sealed) error {
	if s.block == nil || c.send != nil && subtle.ConstantTimeCompare(s.from[:], c.send[:]) == 0 {
		again, err := c.Seal(s.content)
		if err != nil {
			return err
		}
		if s.block != nil {
			buffers.Put(s.block)
		}
		*s = *again
	}
	if c.send != nil {
		*c.send = s.after
	}
	_, err := c.nc.Write(s.block[:])
	buffers.Put(s.block)
	*s = Sealed{content: s.content} // keys that were used are forgotten
	if err != nil {
		return fmt.Errorf("transport: write block: %w", err)
	}
	return nil
}
