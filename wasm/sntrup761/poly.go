package sntrup761

const (
	degree  = 761
	modulus = 4591
	half    = (modulus - 1) / 2
	weight  = 286
)

// An rq is a polynomial of R modulo q, its coefficients between -half and half.
type rq [degree]int16

// A small is a polynomial of R with the coefficients -1, 0 and 1: a short
// element of R, or any element of R modulo 3.
type small [degree]int8

// freeze returns x modulo q, between -half and half. |x| must be below 2^24.
func freeze(x int32) int16 {
	const shift = 45
	nearest := (int64(x)*((1<<shift+half)/modulus) + 1<<(shift-1)) >> shift
	return int16(int64(x) - nearest*modulus)
}

// freeze3 returns x modulo 3, between -1 and 1. |x| must be below 2^14.
func freeze3(x int32) int8 {
	nearest := (x*21845 + 1<<15) >> 16
	return int8(x - 3*nearest)
}

// lanes is how many words hold a polynomial when each carries two coefficients,
// i and i+lanes.
const lanes = (degree + 1) / 2

// product is the product of two polynomials before x^761 = x+1 folds it.
type product [2*lanes + degree + 3]int32

// mul adds f·g to out, which is zero. Two coefficients of f are in each word, so that one
// multiplication serves both; the sums stay below 2^21 and never meet.
func (out *product) mul(f *rq, g *small) {
	var s struct {
		words [lanes + 6]int64 // three zeros on both sides
		sums  [lanes + degree + 3]int64
	}
	defer wipe(&s)
	for i := range lanes - 1 {
		s.words[i+3] = int64(f[i]) + int64(f[i+lanes])<<32
	}
	s.words[lanes+2] = int64(f[lanes-1])
	for j := 0; j < degree-1; j += 4 {
		b := [4]int64{int64(g[j]), int64(g[j+1]), int64(g[j+2]), int64(g[j+3])}
		accumulate((*[lanes + 3]int64)(s.sums[j:]), &s.words, &b)
	}
	last := [4]int64{int64(g[degree-1])}
	accumulate((*[lanes + 3]int64)(s.sums[degree-1:]), &s.words, &last)
	for i, v := range s.sums {
		low := int32(v)
		out[i] += low
		out[i+lanes] = int32((v - int64(low)) >> 32)
	}
}

// accumulate adds the product of words and four coefficients to sums.
func accumulate(sums *[lanes + 3]int64, words *[lanes + 6]int64, b *[4]int64) {
	b0, b1, b2, b3 := b[0], b[1], b[2], b[3]
	w1, w2, w3 := words[2], words[1], words[0]
	for i := range sums {
		w0 := words[i+3]
		sums[i] += w0*b0 + w1*b1 + w2*b2 + w3*b3
		w1, w2, w3 = w0, w1, w2
	}
}

// at returns a coefficient of the product modulo x^761-x-1: x^761 = x+1, so
// that x^(761+i) counts for x^i and for x^(i+1).
func (p *product) at(i int) int32 {
	v := p[i] + p[i+degree]
	if i > 0 {
		v += p[i+degree-1]
	}
	return v
}

// mul sets h to f·g modulo q; h may be f.
func (h *rq) mul(f *rq, g *small) {
	var p product
	defer wipe(&p)
	p.mul(f, g)
	for i := range h {
		h[i] = freeze(p.at(i))
	}
}

// mul3 sets h to f·g modulo 3; h may be f.
func (h *small) mul3(f, g *small) {
	var s struct {
		p product
		f rq
	}
	defer wipe(&s)
	for i, v := range f {
		s.f[i] = int16(v)
	}
	s.p.mul(&s.f, g)
	for i := range h {
		h[i] = freeze3(s.p.at(i))
	}
}

// triple multiplies h by 3.
func (h *rq) triple() {
	for i, v := range h {
		h[i] = freeze(3 * int32(v))
	}
}

// round rounds every coefficient of h to the nearest multiple of 3.
func (h *rq) round() {
	for i, v := range h {
		h[i] = v - int16(freeze3(int32(v)))
	}
}

// fromRq sets h to f modulo 3.
func (h *small) fromRq(f *rq) {
	for i, v := range f {
		h[i] = freeze3(int32(v))
	}
}

// forceWeight replaces h, unless its weight is right, by the polynomial whose
// first coefficients are 1.
func (h *small) forceWeight() {
	sum := 0
	for _, v := range h {
		sum += int(v & 1)
	}
	off := sum - weight
	keep := int8((off|-off)>>63) ^ -1
	for i := range h[:weight] {
		h[i] = (h[i]^1)&keep ^ 1
	}
	for i := range h[weight:] {
		h[weight+i] &= keep
	}
}
