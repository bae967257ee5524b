package zstd

import "slices"

// oneStream is how many literals go into a single stream at most.
const oneStream = 1023

// appendLiterals writes a block's literals, with a Huffman code if that makes
// them smaller.
func appendLiterals(b, literals []byte) []byte {
	code := newPrefixCode(literals)
	if code == nil {
		return appendRaw(b, literals)
	}
	packed := code.appendDescription(nil)
	if packed == nil {
		return appendRaw(b, literals)
	}
	four := len(literals) > oneStream
	if four {
		packed = code.appendFour(packed, literals)
	} else {
		packed = append(packed, code.stream(literals)...)
	}
	if len(packed) >= len(literals) {
		return appendRaw(b, literals)
	}
	return append(appendHead(b, len(literals), len(packed), four), packed...)
}

func appendRaw(b, literals []byte) []byte {
	n := len(literals)
	return append(append(b, literalsRaw|3<<2|byte(n<<4), byte(n>>4), byte(n>>12)), literals...)
}

// appendHead writes both sizes, with 10 bits each or with 18.
func appendHead(b []byte, size, packed int, four bool) []byte {
	format, width, length := 0, 10, 3
	if four {
		format, width, length = 3, 18, 5
	}
	v := uint64(literalsCompressed|format<<2) | uint64(size)<<4 | uint64(packed)<<(4+width)
	for range length {
		b = append(b, byte(v))
		v >>= 8
	}
	return b
}

// A prefixCode is a Huffman code to write with. Of symbols that do not occur,
// length is 0.
type prefixCode struct {
	length, bits [256]int
	longest      int
	symbols      int // one more than the largest
}

// newPrefixCode makes the code for literals; nil if they are of one symbol or
// none.
func newPrefixCode(literals []byte) *prefixCode {
	var counts [256]int
	for _, c := range literals {
		counts[c]++
	}
	c := new(prefixCode)
	for {
		c.length = codeLengths(counts)
		c.longest = slices.Max(c.length[:])
		if c.longest <= maxHuffmanBits {
			break
		}
		for s, n := range counts { // flatter, and again
			counts[s] = (n + 1) / 2
		}
	}
	if c.longest == 0 {
		return nil
	}
	c.assign()
	return c
}

// codeLengths returns the lengths of an optimal code: it joins the two rarest
// trees until there is one.
func codeLengths(counts [256]int) (lengths [256]int) {
	type tree struct {
		count   int
		symbols []byte
	}
	var trees []*tree
	for s, n := range counts {
		if n > 0 {
			trees = append(trees, &tree{n, []byte{byte(s)}})
		}
	}
	for len(trees) > 1 {
		slices.SortFunc(trees, func(a, b *tree) int { return b.count - a.count })
		n := len(trees) - 2
		a, b := trees[n], trees[n+1]
		trees = trees[:n+1]
		trees[n] = &tree{a.count + b.count, slices.Concat(a.symbols, b.symbols)}
		for _, s := range trees[n].symbols {
			lengths[s]++
		}
	}
	return lengths
}

// assign gives the symbols their bits, as newHuffman reads them: the longest
// come first.
func (c *prefixCode) assign() {
	place := 0 // in the table of a reader
	for length := c.longest; length > 0; length-- {
		for s, l := range c.length {
			if l == length {
				c.bits[s] = place >> (c.longest - length)
				place += 1 << (c.longest - length)
				c.symbols = max(c.symbols, s+1)
			}
		}
	}
}

func (c *prefixCode) weight(symbol int) int {
	if c.length[symbol] == 0 {
		return 0
	}
	return c.longest + 1 - c.length[symbol]
}

// appendDescription writes the weights of all symbols but the last, which
// follows from the others; nil if they cannot be written.
func (c *prefixCode) appendDescription(b []byte) []byte {
	n := c.symbols - 1
	if n > 128 {
		return c.appendPacked(b, n)
	}
	b = append(b, byte(127+n))
	for s := 0; s < n; s += 2 {
		b = append(b, byte(c.weight(s)<<4|c.weight(s+1)))
	}
	return b
}

// appendFour writes literals as four streams, of which the first three have
// their lengths in front.
func (c *prefixCode) appendFour(b, literals []byte) []byte {
	each := (len(literals) + 3) / 4
	var streams []byte
	for i := range 4 {
		s := c.stream(literals[i*each : min((i+1)*each, len(literals))])
		if i < 3 {
			b = append(b, byte(len(s)), byte(len(s)>>8))
		}
		streams = append(streams, s...)
	}
	return append(b, streams...)
}

// stream writes literals backwards, so that the first is read first.
func (c *prefixCode) stream(literals []byte) []byte {
	var w writer
	for _, s := range slices.Backward(literals) {
		w.write(c.bits[s], c.length[s])
	}
	return w.end()
}
