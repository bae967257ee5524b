package zstd

import "encoding/binary"

const (
	magic    = 0xfd2fb528
	maxBlock = 128 << 10 // bytes, packed or unpacked
)

// Types of blocks, RFC 8878 section 3.1.1.2.
const (
	blockRaw = iota
	blockRLE
	blockCompressed
)

// Decode returns the content of a frame, of at most limit bytes. The frame must
// say its size, as all do that were packed in one piece.
func Decode(frame []byte, limit int) ([]byte, error) {
	h, blocks, ok := readHeader(frame)
	if !ok {
		return nil, ErrCorrupt
	}
	if h.size > uint64(limit) {
		return nil, ErrTooLarge
	}
	d := decoder{size: int(h.size), out: make([]byte, 0, h.size), offsets: [3]int{1, 4, 8}}
	rest, ok := d.blocks(blocks)
	if !ok || len(d.out) != d.size || len(rest) != h.trailer {
		return nil, ErrCorrupt
	}
	return d.out, nil
}

type header struct {
	size    uint64 // of the content
	trailer int    // bytes after the last block
}

// readHeader reads a frame's header and returns what follows. RFC 8878 section
// 3.1.1.1.
func readHeader(b []byte) (h header, rest []byte, ok bool) {
	if len(b) < 5 || binary.LittleEndian.Uint32(b) != magic {
		return h, nil, false
	}
	d := b[4]
	single := d&0x20 != 0
	if d&0x08 != 0 || d&0x03 != 0 { // reserved; a dictionary
		return h, nil, false
	}
	if d&0x04 != 0 {
		h.trailer = 4
	}
	b = b[5:]
	if !single {
		if len(b) == 0 {
			return h, nil, false
		}
		b = b[1:] // the window: all of the content is one
	}
	n := [4]int{0, 2, 4, 8}[d>>6]
	if n == 0 && single {
		n = 1
	}
	if n == 0 || len(b) < n {
		return h, nil, false
	}
	h.size = littleEndian(b[:n])
	if n == 2 {
		h.size += 256
	}
	return h, b[n:], true
}

// littleEndian returns the number in at most 8 bytes.
func littleEndian(b []byte) uint64 {
	var v uint64
	for i, c := range b {
		v |= uint64(c) << (8 * i)
	}
	return v
}

// A decoder unpacks the blocks of one frame. What later blocks may use again is
// kept: Huffman code, FSE tables and offsets.
type decoder struct {
	size     int // that out must have in the end
	out      []byte
	literals *huffman
	tables   [3]fseTable
	offsets  [3]int
}

// blocks unpacks blocks up to the last and returns what follows.
func (d *decoder) blocks(b []byte) (rest []byte, ok bool) {
	for last := false; !last; {
		if len(b) < 3 {
			return nil, false
		}
		head := int(littleEndian(b[:3]))
		b, last = b[3:], head&1 != 0
		kind, size := head>>1&3, head>>3
		packed := size
		if kind == blockRLE {
			packed = 1
		}
		if packed > len(b) || size > maxBlock || !d.block(kind, size, b[:packed]) {
			return nil, false
		}
		b = b[packed:]
	}
	return b, true
}

func (d *decoder) block(kind, size int, b []byte) bool {
	switch kind {
	case blockRaw:
		return d.append(b)
	case blockRLE:
		return d.repeat(b[0], size)
	case blockCompressed:
		return d.compressed(b)
	}
	return false
}

// room is how many bytes the content lacks.
func (d *decoder) room() int { return d.size - len(d.out) }

// append adds b to the content, if there is room.
func (d *decoder) append(b []byte) bool {
	if len(b) > d.room() {
		return false
	}
	d.out = append(d.out, b...)
	return true
}

func (d *decoder) repeat(c byte, n int) bool {
	if n > d.room() {
		return false
	}
	for range n {
		d.out = append(d.out, c)
	}
	return true
}

// copy adds n bytes that lie offset bytes back; they may overlap.
func (d *decoder) copy(offset, n int) bool {
	from := len(d.out) - offset
	if from < 0 || offset <= 0 || n > d.room() {
		return false
	}
	for i := range n {
		d.out = append(d.out, d.out[from+i])
	}
	return true
}

func (d *decoder) compressed(b []byte) bool {
	literals, rest, ok := d.readLiterals(b)
	return ok && d.sequences(literals, rest)
}
