package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"
)

var (
	// ErrSyntax is returned for input that is not a valid encoding.
	ErrSyntax = errors.New("wire: invalid encoding")
	// ErrTruncated is returned for input that ends too early.
	ErrTruncated = errors.New("wire: unexpected end of input")
	// ErrTrailing is returned for input that goes on after the message.
	ErrTrailing = errors.New("wire: bytes after the end of the message")
)

// A Parser reads values from the front of a message. After an error every read
// returns a zero value. The zero Parser reads empty input.
type Parser struct {
	b   []byte
	err error
}

// NewParser returns a Parser reading b. Byte slices it returns alias b and
// have no spare capacity.
func NewParser(b []byte) *Parser { return &Parser{b: b} }

// Fail records err unless there is an error already.
func (p *Parser) Fail(err error) {
	if p.err == nil {
		p.err, p.b = err, nil
	}
}

// Err returns the first error, or nil.
func (p *Parser) Err() error { return p.err }

// Done returns the first error, or ErrTrailing if something is left to read.
func (p *Parser) Done() error {
	if len(p.b) > 0 {
		p.Fail(ErrTrailing)
	}
	return p.err
}

// Len returns the number of bytes left to read.
func (p *Parser) Len() int { return len(p.b) }

// Take reads the next n bytes.
func (p *Parser) Take(n int) []byte {
	if n > len(p.b) {
		p.Fail(ErrTruncated)
	}
	if p.err != nil {
		return nil
	}
	v := p.b[:n:n]
	p.b = p.b[n:]
	return v
}

// Rest reads everything that is left.
func (p *Parser) Rest() []byte { return p.Take(len(p.b)) }

// Until reads up to, and without, the next c, or everything if there is none.
func (p *Parser) Until(c byte) []byte {
	if n := bytes.IndexByte(p.b, c); n >= 0 {
		return p.Take(n)
	}
	return p.Rest()
}

// Peek returns the next n bytes without reading them, fewer at the end.
func (p *Parser) Peek(n int) []byte { return p.b[:min(n, len(p.b))] }

// Literal reads s, and fails if something else comes.
func (p *Parser) Literal(s string) {
	if v := p.Take(len(s)); p.err == nil && string(v) != s {
		p.Fail(ErrSyntax)
	}
}

// Accept reads s if it comes next, and says so.
func (p *Parser) Accept(s string) bool {
	if p.err != nil || string(p.Peek(len(s))) != s {
		return false
	}
	p.b = p.b[len(s):]
	return true
}

// Byte reads one byte.
func (p *Parser) Byte() byte {
	if v := p.Take(1); v != nil {
		return v[0]
	}
	return 0
}

// Bool reads 'T' or 'F'.
func (p *Parser) Bool() bool { return p.either('T', 'F') }

// Maybe reads '1' or '0': whether a value follows.
func (p *Parser) Maybe() bool { return p.either('1', '0') }

func (p *Parser) either(yes, no byte) bool {
	v := p.Byte()
	if p.err == nil && v != yes && v != no {
		p.Fail(ErrSyntax)
	}
	return p.err == nil && v == yes
}

// Uint16 reads a 16-bit number.
func (p *Parser) Uint16() uint16 {
	if v := p.Take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

// Uint32 reads a 32-bit number.
func (p *Parser) Uint32() uint32 {
	if v := p.Take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

// Uint64 reads a 64-bit number.
func (p *Parser) Uint64() uint64 {
	if v := p.Take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// Int64 reads a signed 64-bit number.
func (p *Parser) Int64() int64 { return int64(p.Uint64()) }

// Time reads seconds since 1970.
func (p *Parser) Time() time.Time { return time.Unix(p.Int64(), 0).UTC() }

// Short reads a string with a one-byte length.
func (p *Parser) Short() []byte { return p.Take(int(p.Byte())) }

// Large reads a string with a two-byte length.
func (p *Parser) Large() []byte { return p.Take(int(p.Uint16())) }

// MaybeShort reads an optional short string; it returns nil if it is absent,
// and an empty slice if it is there and empty.
func (p *Parser) MaybeShort() []byte {
	if !p.Maybe() {
		return nil
	}
	return p.Short()
}

// List reads a one-byte count and as many elements, each with one.
func List[T any](p *Parser, one func(*Parser) T) []T {
	var list []T
	for n := p.Byte(); n > 0 && p.err == nil; n-- {
		list = append(list, one(p))
	}
	return list
}

// NonEmpty reads a List that must have an element.
func NonEmpty[T any](p *Parser, one func(*Parser) T) []T {
	list := List(p, one)
	if len(list) == 0 {
		p.Fail(ErrSyntax)
	}
	return list
}
