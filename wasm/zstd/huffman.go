package zstd

import "math/bits"

const (
	maxHuffmanBits = 11
	maxWeightLog   = 6  // of the FSE table of weights
	maxWeight      = 12 // more than any that is valid
)

// A huffman code decodes by a table: the next bits are an index of it.
type huffman struct {
	bits  int
	table []huffmanEntry
}

type huffmanEntry struct{ symbol, bits byte }

// readHuffman reads a code's description and returns what follows. RFC 8878
// section 4.2.1.
func readHuffman(b []byte) (h *huffman, rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	head, b := int(b[0]), b[1:]
	var weights []byte
	n := head
	if head >= 128 {
		n = (head - 127 + 1) / 2
	}
	if n > len(b) {
		return nil, nil, false
	}
	if head >= 128 {
		weights, ok = plainWeights(b, head-127), true
	} else {
		weights, ok = packedWeights(b[:n])
	}
	if !ok {
		return nil, nil, false
	}
	h, ok = newHuffman(weights)
	return h, b[n:], ok
}

// plainWeights returns n weights of 4 bits.
func plainWeights(b []byte, n int) []byte {
	weights := make([]byte, n)
	for i := range weights {
		weights[i] = b[i/2] >> (4 * (1 - i%2)) & 15
	}
	return weights
}

// packedWeights reads weights that two FSE states take turns to give.
func packedWeights(b []byte) ([]byte, bool) {
	t, b, ok := readFSETable(b, maxWeightLog, maxWeight)
	if !ok {
		return nil, false
	}
	r, ok := newReader(b)
	if !ok {
		return nil, false
	}
	this, other := r.read(t.log()), r.read(t.log())
	var weights []byte
	for len(weights) < 254 {
		s := t[this]
		weights = append(weights, s.symbol)
		this = int(s.base) + r.read(int(s.bits))
		if r.left < 0 {
			return append(weights, t[other].symbol), true
		}
		this, other = other, this
	}
	return nil, false
}

// newHuffman makes the code of symbols with the given weights, and one more,
// whose weight fills the table. A symbol of weight w > 0 has 1<<(w-1) entries.
func newHuffman(weights []byte) (*huffman, bool) {
	sum := 0
	for _, w := range weights {
		if w > maxWeight {
			return nil, false
		}
		sum += 1 << w >> 1
	}
	log := bits.Len(uint(sum))
	left := 1<<log - sum
	if sum == 0 || log > maxHuffmanBits || left&(left-1) != 0 || len(weights) > 255 {
		return nil, false
	}
	weights = append(weights, byte(bits.Len(uint(left))))
	h := &huffman{log, make([]huffmanEntry, 0, 1<<log)}
	for w := 1; w <= log; w++ {
		for s, sw := range weights {
			if int(sw) == w {
				h.add(huffmanEntry{byte(s), byte(log + 1 - w)}, 1<<(w-1))
			}
		}
	}
	return h, true
}

func (h *huffman) add(e huffmanEntry, n int) {
	for range n {
		h.table = append(h.table, e)
	}
}

// decode appends n symbols of a stream, all of it.
func (h *huffman) decode(out, stream []byte, n int) ([]byte, bool) {
	r, ok := newReader(stream)
	if !ok {
		return nil, false
	}
	for range n {
		e := h.table[r.peek(h.bits)]
		r.left -= int(e.bits)
		out = append(out, e.symbol)
	}
	return out, r.left == 0
}
