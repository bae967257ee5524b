package zstd

import "encoding/binary"

// Encode returns a frame with the content b, of at most MaxEncode bytes. It
// panics if b is larger, which is a mistake of the caller.
func Encode(b []byte) []byte {
	if len(b) > MaxEncode {
		panic("zstd: too much to encode")
	}
	out := binary.LittleEndian.AppendUint32(nil, magic)
	if len(b) < 256 {
		out = append(out, 0x20, byte(len(b)))
	} else {
		out = binary.LittleEndian.AppendUint16(append(out, 0x60), uint16(len(b)-256))
	}
	kind, block := blockCompressed, encodeBlock(b)
	if len(block) >= len(b) {
		kind, block = blockRaw, b
	}
	head := len(block)<<3 | kind<<1 | 1 // the last
	return append(append(out, byte(head), byte(head>>8), byte(head>>16)), block...)
}

func encodeBlock(b []byte) []byte {
	literals, sequences := findMatches(b)
	return appendSequences(appendLiterals(nil, literals), sequences)
}

// A sequence is some literals and then a copy of what came before.
type sequence struct{ literals, match, offset int }

const (
	minMatch  = 4
	hashBits  = 14
	maxProbes = 32 // earlier places that are compared
)

// findMatches splits b into literals and copies. It takes the longest of the
// latest matches, unless there is a longer one a byte later.
func findMatches(b []byte) (literals []byte, sequences []sequence) {
	f := newFinder(b)
	start := 0 // of the literals
	for i := 0; i < len(b); {
		offset, length := f.longest(i)
		if _, later := f.longest(i + 1); length < minMatch || later > length {
			i++
			continue
		}
		literals = append(literals, b[start:i]...)
		sequences = append(sequences, sequence{i - start, length, offset})
		i += length
		start = i
	}
	return append(literals, b[start:]...), sequences
}

// A finder knows where four bytes were seen before: for each hash the last
// place, and for each place the one before it. Places count from 1.
type finder struct {
	b     []byte
	last  [1 << hashBits]int32
	prev  []int32
	known int // places up to here are in last
}

func newFinder(b []byte) *finder { return &finder{b: b, prev: make([]int32, len(b)+1)} }

// longest returns the longest match of what begins at i, of length 0 if none.
func (f *finder) longest(i int) (offset, length int) {
	if i+minMatch > len(f.b) {
		return 0, 0
	}
	for ; f.known < i; f.known++ {
		h := f.hash(f.known)
		f.prev[f.known+1], f.last[h] = f.last[h], int32(f.known+1)
	}
	at := f.last[f.hash(i)]
	for probes := 0; at != 0 && probes < maxProbes; probes++ {
		if from := int(at) - 1; from < i {
			if n := common(f.b[from:], f.b[i:]); n > length {
				offset, length = i-from, n
			}
		}
		at = f.prev[at]
	}
	return offset, length
}

func (f *finder) hash(i int) uint32 {
	return binary.LittleEndian.Uint32(f.b[i:]) * 2654435761 >> (32 - hashBits)
}

// common returns the length of the common prefix.
func common(a, b []byte) int {
	n := 0
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
