package zstd

import "math/bits"

// A reader reads a bit stream from its end to its beginning, as FSE and Huffman
// streams are read. Before the beginning are zeros; left is then negative.
type reader struct {
	b    []byte
	left int // bits that were not read
}

// newReader begins before the highest bit that is set, which marks the end.
func newReader(b []byte) (reader, bool) {
	if len(b) == 0 || b[len(b)-1] == 0 {
		return reader{}, false
	}
	return reader{b, 8*len(b) - 8 + bits.Len8(b[len(b)-1]) - 1}, true
}

// read returns the next n bits, at most 32.
func (r *reader) read(n int) int {
	v := r.peek(n)
	r.left -= n
	return v
}

func (r *reader) peek(n int) int {
	at := r.left - n
	if at >= 0 {
		return bitsAt(r.b, at, n)
	}
	if r.left <= 0 {
		return 0
	}
	return bitsAt(r.b, 0, r.left) << -at
}

// bitsAt returns n bits that begin at a bit, the lowest first. Behind the end
// of b are zeros.
func bitsAt(b []byte, at, n int) int {
	first := min(at/8, len(b))
	last := min((at+n+7)/8, len(b))
	return int(littleEndian(b[first:last]) >> (at % 8) & (1<<n - 1))
}

// A writer writes a bit stream for a reader: what is written last is read
// first.
type writer struct {
	b     []byte
	bits  uint64
	count int
}

// write adds the low n bits of v, at most 32.
func (w *writer) write(v, n int) {
	w.bits |= uint64(v) & (1<<n - 1) << w.count
	for w.count += n; w.count >= 8; w.count -= 8 {
		w.b = append(w.b, byte(w.bits))
		w.bits >>= 8
	}
}

// end marks the end and returns everything.
func (w *writer) end() []byte {
	w.write(1, 1)
	return append(w.b, byte(w.bits))[:len(w.b)+(w.count+7)/8]
}
