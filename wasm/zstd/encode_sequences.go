package zstd

import "math/bits"

// appendSequences writes sequences with the predefined tables. The stream is
// written in the reverse of the order in which execute reads it.
func appendSequences(b []byte, all []sequence) []byte {
	switch n := len(all); {
	case n == 0:
		return append(b, 0)
	case n < 128:
		b = append(b, byte(n))
	case n < 0x7f00:
		b = append(b, byte(n>>8)+128, byte(n))
	default:
		b = append(b, 255, byte(n-0x7f00), byte((n-0x7f00)>>8))
	}
	w := writer{b: append(b, 0)} // all three predefined
	states := [3]int{-1, -1, -1}
	for i := len(all) - 1; i >= 0; i-- {
		s := all[i].symbols()
		for _, kind := range [3]int{offsets, matchLengths, literalLengths} {
			states[kind] = w.transition(predefined[kind], s[kind].symbol, states[kind])
		}
		for _, kind := range [3]int{literalLengths, matchLengths, offsets} {
			w.write(s[kind].rest, s[kind].bits)
		}
	}
	for _, kind := range [3]int{matchLengths, offsets, literalLengths} {
		w.write(states[kind], predefined[kind].log())
	}
	return w.end()
}

// A symbol with the extra bits of a number.
type extended struct{ symbol, rest, bits int }

func (s sequence) symbols() [3]extended {
	value := s.offset + 3
	n := bits.Len(uint(value)) - 1
	return [3]extended{
		literalLengths: extend(codes[literalLengths], s.literals),
		offsets:        {n, value - 1<<n, n},
		matchLengths:   extend(codes[matchLengths], s.match),
	}
}

func extend(codes []code, v int) extended {
	i := len(codes) - 1
	for codes[i].base > v {
		i--
	}
	return extended{i, v - codes[i].base, codes[i].bits}
}

// transition writes the bits that lead from the returned state, of the given
// symbol, to the state next; none if next is -1, which is the end.
func (w *writer) transition(t fseTable, symbol, next int) int {
	for i, s := range t {
		switch base := int(s.base); {
		case int(s.symbol) != symbol:
		case next < 0:
			return i
		case base <= next && next < base+1<<s.bits:
			w.write(next-base, int(s.bits))
			return i
		}
	}
	panic("zstd: no such state") // every symbol leads to every state
}
