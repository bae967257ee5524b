package zstd

import "bytes"

// Types of literals, RFC 8878 section 3.1.1.3.1.
const (
	literalsRaw = iota
	literalsRLE
	literalsCompressed
	literalsTreeless // with the code of the block before
)

// readLiterals reads a block's literals and returns what follows.
func (d *decoder) readLiterals(b []byte) (literals, rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	kind, format := b[0]&3, b[0]>>2&3
	if kind == literalsRaw || kind == literalsRLE {
		return plainLiterals(b, kind, format, d.room())
	}
	head := int(max(format, 1)) + 2
	if len(b) < head {
		return nil, nil, false
	}
	v, width := int(littleEndian(b[:head])>>4), [4]int{10, 10, 14, 18}[format]
	size, packed := v&(1<<width-1), v>>width
	if b = b[head:]; packed > len(b) || size > d.room() {
		return nil, nil, false
	}
	rest, b = b[packed:], b[:packed]
	if kind == literalsCompressed {
		if d.literals, b, ok = readHuffman(b); !ok {
			return nil, nil, false
		}
	}
	if d.literals == nil {
		return nil, nil, false
	}
	literals, ok = d.literals.streams(b, size, format != 0)
	return literals, rest, ok
}

// plainLiterals reads at most room literals that are not compressed.
func plainLiterals(b []byte, kind, format byte, room int) (literals, rest []byte, ok bool) {
	head, shift := 1, 3
	if format&1 != 0 {
		head, shift = int(format+3)/2, 4
	}
	if len(b) < head {
		return nil, nil, false
	}
	size := int(littleEndian(b[:head]) >> shift)
	b = b[head:]
	switch {
	case size > room:
		return nil, nil, false
	case kind == literalsRLE && len(b) > 0:
		return bytes.Repeat(b[:1], size), b[1:], true
	case kind == literalsRaw && len(b) >= size:
		return b[:size], b[size:], true
	}
	return nil, nil, false
}

// streams decodes n symbols of one stream, or of four, whose lengths come first.
// RFC 8878 section 4.2.2.
func (h *huffman) streams(b []byte, n int, four bool) (out []byte, ok bool) {
	out = make([]byte, 0, n)
	if !four {
		return h.decode(out, b, n)
	}
	if len(b) < 6 {
		return nil, false
	}
	lengths, b := b[:6], b[6:]
	each := (n + 3) / 4
	for i := range 3 {
		length := int(littleEndian(lengths[2*i : 2*i+2]))
		if length > len(b) || each > n {
			return nil, false
		}
		if out, ok = h.decode(out, b[:length], each); !ok {
			return nil, false
		}
		b, n = b[length:], n-each
	}
	return h.decode(out, b, n)
}
