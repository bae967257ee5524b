package sntrup761

// The reciprocals are by divsteps (Bernstein and Yang, "Fast constant-time gcd
// computation and modular inversion"): f starts as the modulus x^761-x-1 and g as
// the operand, both with their coefficients reversed. A step takes a multiple of
// one from the other so that the constant term of g vanishes, and divides g by x;
// the two change places when g would get ahead. After 2·761-1 steps, whatever the
// operand, f is a constant, and v, which went through the same steps, is the
// reciprocal times f.
const divsteps = 2*degree - 1

// balance counts by how much f is ahead of g.
type balance int32

// swap returns -1 if f and g change places, else 0, and counts the step. nonzero
// is 1 if the constant term of g is not zero, else 0.
func (d *balance) swap(nonzero int32) int32 {
	swap := -int32(*d) >> 31 & -nonzero
	*d ^= balance(swap) & (*d ^ -*d)
	*d++
	return swap
}

// A lanePair holds a coefficient of f or g in the low half, and one of v or r in
// the high half: the two pairs of polynomials are multiplied by the same
// numbers. Coefficients are between 0 and 2·modulus, so that a sum of two
// products stays below 2^27.
type lanePair = uint64

const lowLane = 1<<32 - 1

// divide is the state of the reciprocal modulo q. Dividing both g and r by x
// moves them by a word; multiplying v by x instead of dividing r, as the paper
// has it, comes to the same. The powers of x in v and r are negative then, and
// wrap around the end of the words.
type divide struct {
	f, g  [degree + 1]lanePair
	ahead balance
}

// recip3 sets h to 1/(3f) modulo q. f must not be 0; R modulo q is a field.
func (h *rq) recip3(f *small) {
	d := divide{ahead: 1}
	defer wipe(&d)
	d.f[0], d.f[degree-1], d.f[degree] = 1, modulus-1, modulus-1
	for i, v := range f {
		d.g[degree-1-i] = lanePair(int32(v) + modulus&(int32(v)>>31))
	}
	d.g[degree] |= 1 << 32 // r is 1/x
	for range divsteps {
		d.step()
	}
	scale := int32(reciprocal(3 * int32(freeze(int32(d.f[0]&lowLane)))))
	for i := range h {
		v := int32(d.f[(2+degree-i)%(degree+1)] >> 32)
		h[i] = freeze(int32(freeze(v)) * scale)
	}
}

// step is one divstep.
func (d *divide) step() {
	f0, g0 := canonical(d.f[0]), canonical(d.g[0])
	swap := lanePair(d.ahead.swap(int32((g0 + lowLane) >> 32)))
	// g becomes f0·g - g0·f, or the same negated if f and g change places.
	byG := f0 ^ swap&(f0^(modulus-f0))
	byF := (modulus - g0) ^ swap&((modulus-g0)^g0)
	wrapped := combine(d.f[0], d.g[0], byF, byG) &^ lowLane
	d.f[0] ^= swap & (d.f[0] ^ d.g[0])
	for i := 1; i < len(d.f); i++ {
		f, g := d.f[i], d.g[i]
		d.g[i-1] = combine(f, g, byF, byG)
		d.f[i] = f ^ swap&(f^g)
	}
	d.g[degree] = wrapped
}

// combine returns f·byF + g·byG in both lanes, reduced to below 2·modulus: the
// quotient that it takes off, of the upper bits only, is at most one too small
// after rounding down, and never too large.
func combine(f, g, byF, byG lanePair) lanePair {
	const (
		shift     = 10
		precision = 17
		factor    = 1 << (shift + precision) / modulus
		low22     = 1<<22 - 1
		low15     = 1<<15 - 1
	)
	v := f*byF + g*byG
	quotient := (v >> shift & (low22<<32 | low22)) * factor >> precision & (low15<<32 | low15)
	return v - quotient*modulus
}

// canonical returns the low lane of v modulo q, from 0 on.
func canonical(v lanePair) lanePair {
	r := int32(v&lowLane) - modulus
	return lanePair(r + modulus&(r>>31))
}

// reciprocal returns 1/a modulo q as a^(q-2).
func reciprocal(a int32) int16 {
	r, square := int32(1), int32(freeze(a))
	for e := modulus - 2; e > 0; e /= 2 {
		if e%2 == 1 {
			r = int32(freeze(r * square))
		}
		square = int32(freeze(square * square))
	}
	return int16(r)
}
