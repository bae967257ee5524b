package zstd

// A code of a number is a symbol and extra bits: RFC 8878 section 3.1.1.3.2.1.1.
type code struct{ base, bits int }

// The three kinds of symbols, in the order of their tables.
const (
	literalLengths = iota
	offsets
	matchLengths
)

// codes are those of lengths; an offset's symbol is its number of extra bits.
var codes = [3][]code{
	literalLengths: newCodes(0, 16, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
	matchLengths:   newCodes(3, 32, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
}

// newCodes returns n codes of one number each, from first on, and codes with
// the given numbers of extra bits.
func newCodes(first, n int, extra ...int) []code {
	var c []code
	for range n {
		c = append(c, code{first, 0})
		first++
	}
	for _, bits := range extra {
		c = append(c, code{first, bits})
		first += 1 << bits
	}
	return c
}

// The limits of each kind's table.
var (
	maxLogs    = [3]int{9, 8, 9}
	maxSymbols = [3]int{35, 31, 52}
)

// predefined are the tables that need no description, RFC 8878 section 3.1.1.3.2.2.
var predefined = [3]fseTable{
	literalLengths: mustTable(6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1),
	offsets:        mustTable(5, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1),
	matchLengths: mustTable(6, 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1),
}

func mustTable(log int, counts ...int) fseTable {
	t, ok := newFSETable(counts, log)
	if !ok {
		panic("zstd: wrong counts")
	}
	return t
}

// Modes of tables.
const (
	modePredefined = iota
	modeRLE
	modeFSE
	modeRepeat
)

// sequences reads what follows a block's literals and puts the content
// together. RFC 8878 section 3.1.1.3.2.
func (d *decoder) sequences(literals, b []byte) bool {
	n, b, ok := readCount(b)
	if !ok {
		return false
	}
	if n == 0 {
		return len(b) == 0 && d.append(literals)
	}
	if b, ok = d.readTables(b); !ok {
		return false
	}
	r, ok := newReader(b)
	return ok && d.execute(&r, n, literals)
}

// readCount reads the number of sequences.
func readCount(b []byte) (n int, rest []byte, ok bool) {
	switch {
	case len(b) >= 1 && b[0] < 128:
		return int(b[0]), b[1:], true
	case len(b) >= 2 && b[0] < 255:
		return int(b[0]-128)<<8 + int(b[1]), b[2:], true
	case len(b) >= 3 && b[0] == 255:
		return int(b[1]) + int(b[2])<<8 + 0x7f00, b[3:], true
	}
	return 0, nil, false
}

func (d *decoder) readTables(b []byte) (rest []byte, ok bool) {
	if len(b) == 0 || b[0]&3 != 0 {
		return nil, false
	}
	modes, b := b[0], b[1:]
	for kind := range d.tables {
		if b, ok = d.readTable(kind, modes>>(6-2*kind)&3, b); !ok {
			return nil, false
		}
	}
	return b, true
}

func (d *decoder) readTable(kind int, mode byte, b []byte) (rest []byte, ok bool) {
	switch mode {
	case modePredefined:
		d.tables[kind] = predefined[kind]
	case modeRLE:
		if len(b) == 0 || int(b[0]) > maxSymbols[kind] {
			return nil, false
		}
		d.tables[kind], b = fseTable{{symbol: b[0]}}, b[1:]
	case modeFSE:
		d.tables[kind], b, ok = readFSETable(b, maxLogs[kind], maxSymbols[kind])
		return b, ok
	case modeRepeat:
		return b, d.tables[kind] != nil
	}
	return b, true
}

// execute reads n sequences: each adds literals and then a copy of what came
// before.
func (d *decoder) execute(r *reader, n int, literals []byte) bool {
	var states [3]int
	for kind, t := range d.tables {
		states[kind] = r.read(t.log())
	}
	for i := range n {
		symbol := func(kind int) int { return int(d.tables[kind][states[kind]].symbol) }
		value := 1<<symbol(offsets) + r.read(symbol(offsets))
		match, literal := codes[matchLengths][symbol(matchLengths)], codes[literalLengths][symbol(literalLengths)]
		length := match.base + r.read(match.bits)
		count := literal.base + r.read(literal.bits)
		if r.left < 0 || count > len(literals) {
			return false
		}
		if !d.append(literals[:count]) || !d.copy(d.offset(value, count == 0), length) {
			return false
		}
		literals = literals[count:]
		if i < n-1 {
			for _, kind := range [3]int{literalLengths, matchLengths, offsets} {
				s := d.tables[kind][states[kind]]
				states[kind] = int(s.base) + r.read(int(s.bits))
			}
		}
	}
	return r.left == 0 && d.append(literals)
}

// offset returns the offset that a value means: from 4 on a new one, below one
// of the last three, of which the first is of no use without literals. RFC
// 8878 section 3.1.1.5.
func (d *decoder) offset(value int, noLiterals bool) int {
	last := &d.offsets
	if value > 3 {
		*last = [3]int{value - 3, last[0], last[1]}
		return last[0]
	}
	if noLiterals {
		value++
	}
	switch value {
	case 1:
	case 2:
		*last = [3]int{last[1], last[0], last[2]}
	case 3:
		*last = [3]int{last[2], last[0], last[1]}
	case 4:
		*last = [3]int{last[0] - 1, last[0], last[1]}
	}
	return last[0]
}
