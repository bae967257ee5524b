package sntrup761

// digits are numbers below a radix. They are encoded in pairs: a pair is one
// number below the product of two radices; its low bytes are written until what
// remains fits a digit again. The remaining digits are encoded in the same way,
// until there is one, which is written whole.
type digits [degree]uint16

// A step is one round over the digits. Their radix is the same but for the
// last, which may be what is left of a round with an odd number.
type step struct {
	count      int
	radix      uint32
	last       uint32
	bytes      int // written for each pair
	lastBytes  int // written for the last pair
	totalBytes int
}

// steps returns the rounds for digits below radix; the last one has one digit.
func steps(radix uint32) []step {
	var list []step
	last := radix
	for count := degree; count > 1; count = (count + 1) / 2 {
		s := step{count: count, radix: radix, last: last}
		s.bytes, radix = reduce(radix * radix)
		s.lastBytes = s.bytes
		if count%2 == 0 {
			s.lastBytes, last = reduce(s.radix * last)
		}
		s.totalBytes = (count/2-1)*s.bytes + s.lastBytes
		list = append(list, s)
	}
	final := step{count: 1, last: last}
	for ; last > 1; last = (last + 255) >> 8 {
		final.totalBytes++
	}
	return append(list, final)
}

// reduce returns how many bytes are written of a number below radix, and the
// radix of what remains.
func reduce(radix uint32) (bytes int, remaining uint32) {
	for ; radix >= 1<<14; radix = (radix + 255) >> 8 {
		bytes++
	}
	return bytes, radix
}

// pairBytes returns how many bytes are written for pair i.
func (s *step) pairBytes(i int) int {
	if i == s.count/2-1 {
		return s.lastBytes
	}
	return s.bytes
}

// encode fills out. It overwrites the digits.
func (d *digits) encode(out []byte, list []step) {
	for _, s := range list {
		for i := range s.count / 2 {
			v := uint32(d[2*i]) + uint32(d[2*i+1])*s.radix
			out, v = put(out, v, s.pairBytes(i))
			d[i] = uint16(v)
		}
		d[s.count/2] = d[s.count-1] // without a partner, if the count is odd
		if s.count == 1 {
			put(out, uint32(d[0]), s.totalBytes)
		}
	}
}

// put writes the n low bytes of v, and returns the rest of both.
func put(out []byte, v uint32, n int) ([]byte, uint32) {
	for i := range n {
		out[i], v = byte(v), v>>8
	}
	return out[n:], v
}

// decode reads what encode wrote, and digits below the radix from any other
// bytes. Only public keys and ciphertexts are decoded, so that it may divide.
func (d *digits) decode(b []byte, list []step) {
	end := len(b)
	for n := len(list) - 1; n >= 0; n-- {
		s := &list[n]
		end -= s.totalBytes
		s.expand(d, b[end:end+s.totalBytes])
	}
}

// expand turns the remaining digits of a step into its digits. It goes
// backwards because both are in the same place.
func (s *step) expand(d *digits, b []byte) {
	if s.count == 1 {
		d[0] = uint16(get(b, 0) % s.last)
		return
	}
	d[s.count-1] = d[s.count/2]
	for i := s.count/2 - 1; i >= 0; i-- {
		n, radix := s.pairBytes(i), s.radix
		if 2*i+2 == s.count {
			radix = s.last
		}
		v := get(b[i*s.bytes:][:n], uint32(d[i]))
		d[2*i], d[2*i+1] = uint16(v%s.radix), uint16(v/s.radix%radix)
	}
}

// get undoes put.
func get(b []byte, v uint32) uint32 {
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint32(b[i])
	}
	return v
}
