package zstd

import "math/bits"

// An fseTable decodes symbols: a state is an index of it. RFC 8878 section 4.1.
type fseTable []fseState

type fseState struct {
	symbol byte
	bits   byte   // to read for the next state
	base   uint16 // to add them to
}

func (t fseTable) log() int { return bits.Len(uint(len(t))) - 1 }

// newFSETable makes the table of symbols with the given counts, whose sum is
// 1<<log. A count of -1 is less than one, and takes one.
func newFSETable(counts []int, log int) (fseTable, bool) {
	size := 1 << log
	t, next, high := make(fseTable, size), make([]int, len(counts)), size
	for s, n := range counts {
		next[s] = n
		if n == -1 {
			high--
			t[high].symbol, next[s] = byte(s), 1
		}
	}
	position, step := 0, size>>1+size>>3+3
	for s, n := range counts {
		for range max(n, 0) {
			t[position].symbol = byte(s)
			for position = (position + step) & (size - 1); position >= high; {
				position = (position + step) & (size - 1)
			}
		}
	}
	for i := range t {
		n := next[t[i].symbol]
		next[t[i].symbol]++
		b := log - bits.Len(uint(n)) + 1
		t[i].bits, t[i].base = byte(b), uint16(n<<b-size)
	}
	return t, position == 0
}

// readFSETable reads a table's description and returns what follows. RFC 8878
// section 4.1.1.
func readFSETable(b []byte, maxLog, maxSymbol int) (t fseTable, rest []byte, ok bool) {
	at := 0
	read := func(n int) int {
		v := bitsAt(b, at, n)
		at += n
		return v
	}
	log := read(4) + 5
	if log > maxLog {
		return nil, nil, false
	}
	var counts []int
	for left := 1 << log; left > 0; {
		n := bits.Len(uint(left + 1))
		low := 1<<(n-1) - 1
		few := 1<<n - 1 - (left + 1) // values that take a bit less
		v := read(n)
		if v&low < few {
			at--
			v &= low
		} else if v > low {
			v -= few
		}
		counts = append(counts, v-1)
		left -= max(v-1, 1-v)
		for more := v == 1; more; { // zeros are counted
			zeros := read(2)
			counts = append(counts, make([]int, zeros)...)
			more = zeros == 3
		}
		if left < 0 || at > 8*len(b) || len(counts) > maxSymbol+1 {
			return nil, nil, false
		}
	}
	t, ok = newFSETable(counts, log)
	return t, b[(at+7)/8:], ok
}
