package chat

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"sotto/smp/wire"
)

// maxMessage is the largest encoded message in bytes: what the agent has room
// for (less on connections with post-quantum support, as agent.Turn.Room says)
// and what official apps keep to, so that a message can still be forwarded.
const maxMessage = 15602

// maxInfo is the largest profile or request in bytes that travels with
// connection info: its padding is 11,106 bytes with post-quantum support, and
// the address of a reply queue is in it, too. Official apps have 10,968.
const maxInfo = 10750

// maxDecompressed bounds what one compressed body may unpack to.
const maxDecompressed = 65536

// minCompressed is the length up to which a part travels as it is.
const minCompressed = 180

var (
	// ErrTooLarge is returned for a message that does not fit, even compressed.
	ErrTooLarge = errors.New("chat: message too large")
	// errBomb is returned for a body that unpacks to more than maxDecompressed.
	errBomb = errors.New("chat: compressed message too large")
)

// Encode returns the body of m in at most limit bytes, compressed only if that is needed.
func Encode(m Message, limit int) ([]byte, error) {
	b, err := AppendMessage(nil, m)
	if err != nil || len(b) <= limit {
		return b, err
	}
	if len(b) > maxDecompressed {
		return nil, ErrTooLarge
	}
	if b, err = compress(b); err != nil {
		return nil, err
	}
	if len(b) > limit {
		return nil, ErrTooLarge
	}
	return b, nil
}

// Parse splits a body into its messages. The first byte decides the form:
// '{' one message, '[' an array, 'X' compressed parts, '=' a binary batch.
// Elements that cannot be read are left out and counted; a body of which
// nothing can be read is an error.
func Parse(body []byte) (msgs []Message, unread int, err error) {
	p := bodyParser{}
	if len(body) > 0 && body[0] == 'X' {
		err = p.compressed(body[1:])
	} else {
		err = p.plain(body)
	}
	if err == nil && len(p.msgs) == 0 {
		err = ErrMalformed
	}
	return p.msgs, p.unread, err
}

type bodyParser struct {
	msgs   []Message
	unread int
}

func (p *bodyParser) plain(body []byte) error {
	if len(body) == 0 {
		return ErrMalformed
	}
	switch body[0] {
	case '[':
		return p.array(body)
	case '=':
		return p.binary(body[1:])
	}
	p.element(body)
	return nil
}

// element reads one message; '{' is the only form that direct contacts send.
func (p *bodyParser) element(b []byte) {
	m, err := parseMessage(b)
	if err != nil {
		p.unread++
		return
	}
	p.msgs = append(p.msgs, m)
}

func (p *bodyParser) array(body []byte) error {
	var raw []json.RawMessage
	if json.Unmarshal(body, &raw) != nil {
		return ErrMalformed
	}
	for _, b := range raw {
		p.element(b)
	}
	return nil
}

// binary reads a count byte and elements with two-byte lengths.
func (p *bodyParser) binary(body []byte) error {
	w := wire.NewParser(body)
	parts := wire.NonEmpty(w, (*wire.Parser).Large)
	if w.Done() != nil {
		return ErrMalformed
	}
	for _, b := range parts {
		p.binaryElement(b)
	}
	return nil
}

// binaryElement reads a message of a binary batch, before which may be who wrote
// it ('>') and signatures ('/').
func (p *bodyParser) binaryElement(b []byte) {
	w := wire.NewParser(b)
	var f *forwarded
	c := w.Byte()
	if c == '>' {
		f = readForward(w)
		c = w.Byte()
	}
	rest := []byte("{")
	if c == '/' {
		readSignatures(w)
		rest = nil
	} else if c != '{' {
		w.Fail(wire.ErrSyntax)
	}
	rest = append(rest, w.Rest()...)
	m, err := parseMessage(rest)
	if w.Done() != nil || err != nil {
		p.unread++
		return
	}
	m.Forward = f
	p.msgs = append(p.msgs, m)
}

// compressed reads a count byte and parts: '0' and a short string, or '1' and a zstd frame.
func (p *bodyParser) compressed(body []byte) error {
	w := wire.NewParser(body)
	room := maxDecompressed
	parts := wire.NonEmpty(w, func(w *wire.Parser) []byte {
		b, err := part(w, room)
		w.Fail(err)
		room -= len(b)
		return b
	})
	if err := w.Done(); errors.Is(err, errBomb) {
		return errBomb
	} else if err != nil {
		return ErrMalformed
	}
	for _, b := range parts {
		if err := p.plain(b); err != nil {
			return err
		}
	}
	return nil
}

func part(w *wire.Parser, room int) ([]byte, error) {
	switch w.Byte() {
	case '0':
		b := w.Short()
		if len(b) > room {
			return nil, errBomb
		}
		return b, nil
	case '1':
		return decompress(w.Large(), room)
	}
	return nil, ErrMalformed
}

// decompress unpacks a frame that says its size, which must be at most room.
func decompress(b []byte, room int) ([]byte, error) {
	var h zstd.Header
	if h.Decode(b) != nil || !h.HasFCS {
		return nil, ErrMalformed
	}
	if h.FrameContentSize > uint64(room) {
		return nil, errBomb
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecompressed))
	if err != nil {
		return nil, fmt.Errorf("chat: start decompression: %w", err)
	}
	defer d.Close()
	out, err := d.DecodeAll(b, make([]byte, 0, h.FrameContentSize))
	if err != nil {
		return nil, ErrMalformed
	}
	if len(out) > room {
		return nil, errBomb // several frames in one part
	}
	return out, nil
}

// compress packs body as a list of one part.
func compress(body []byte) ([]byte, error) {
	if len(body) <= minCompressed {
		return wire.AppendShort([]byte{'X', 1, '0'}, body), nil
	}
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return nil, fmt.Errorf("chat: start compression: %w", err)
	}
	defer e.Close()
	packed := e.EncodeAll(body, nil)
	if len(packed) > 1<<16-1 {
		return nil, ErrTooLarge
	}
	return wire.AppendLarge([]byte{'X', 1, '1'}, packed), nil
}
