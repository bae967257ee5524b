package sntrup761

// words is how many words hold one bit of every coefficient of a polynomial
// with degree+1 coefficients.
const words = (degree + 64) / 64

// A trits is a polynomial modulo 3, 64 coefficients at a time: 0 is the bits
// 0 0, 1 is 1 0, and -1 is 1 1.
type trits struct{ nonzero, negative [words]uint64 }

func (t *trits) set(i int, v int8) {
	t.nonzero[i/64] |= uint64(v&1) << (i % 64)
	t.negative[i/64] |= uint64(v>>1&1) << (i % 64)
}

func (t *trits) at(i int) int8 {
	return int8(t.nonzero[i/64]>>(i%64)&1) - 2*int8(t.negative[i/64]>>(i%64)&1)
}

// addMultiple adds u, multiplied by -1, 0 or 1, to t.
func (t *trits) addMultiple(u *trits, by int8) {
	nonzero, negative := -uint64(by&1), -uint64(by>>1&1)
	for i := range t.nonzero {
		a0, a1 := t.nonzero[i], t.negative[i]
		b0 := u.nonzero[i] & nonzero
		b1 := (u.negative[i] ^ negative) & b0
		x, y := a0^b1, a1^b0
		t.nonzero[i], t.negative[i] = (x^a1)|(y^b1), x&y
	}
}

// swap exchanges t and u if mask is -1, and nothing if it is 0.
func (t *trits) swap(u *trits, mask uint64) {
	for i := range t.nonzero {
		x := (t.nonzero[i] ^ u.nonzero[i]) & mask
		y := (t.negative[i] ^ u.negative[i]) & mask
		t.nonzero[i], u.nonzero[i] = t.nonzero[i]^x, u.nonzero[i]^x
		t.negative[i], u.negative[i] = t.negative[i]^y, u.negative[i]^y
	}
}

// multiplyX and divideX shift the coefficients by one.
func (t *trits) multiplyX() { up(&t.nonzero); up(&t.negative) }
func (t *trits) divideX()   { down(&t.nonzero); down(&t.negative) }

func up(w *[words]uint64) {
	for i := words - 1; i > 0; i-- {
		w[i] = w[i]<<1 | w[i-1]>>63
	}
	w[0] <<= 1
}

func down(w *[words]uint64) {
	for i := range words - 1 {
		w[i] = w[i]>>1 | w[i+1]<<63
	}
	w[words-1] >>= 1
}

// recip sets h to 1/g modulo 3, and reports whether there is one.
func (h *small) recip(g *small) bool {
	var s struct{ f, g, v, r trits }
	defer wipe(&s)
	s.f.set(0, 1)
	s.f.set(degree-1, -1)
	s.f.set(degree, -1)
	for i, c := range g {
		s.g.set(degree-1-i, c)
	}
	s.r.set(0, 1)
	ahead := balance(1)
	for range divsteps {
		s.v.multiplyX()
		by := -s.f.at(0) * s.g.at(0)
		swap := uint64(ahead.swap(int32(by & 1)))
		s.f.swap(&s.g, swap)
		s.v.swap(&s.r, swap)
		s.g.addMultiple(&s.f, by)
		s.r.addMultiple(&s.v, by)
		s.g.divideX()
	}
	for i := range h {
		h[i] = s.f.at(0) * s.v.at(degree-1-i)
	}
	return ahead == 0
}
