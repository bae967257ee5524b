package sntrup761

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"io"
	mathrand "math/rand/v2"
	"slices"
	"testing"
)

// slow is a polynomial with plain arithmetic, to check the fast one.
type slow [degree]int64

func (a slow) times(b slow, modulus int64) slow {
	var long [2 * degree]int64
	for i, x := range a {
		for j, y := range b {
			long[i+j] += x * y
		}
	}
	for i := 2*degree - 2; i >= degree; i-- {
		long[i-degree] += long[i]
		long[i-degree+1] += long[i]
	}
	for i := range a {
		a[i] = centered(long[i], modulus)
	}
	return a
}

// centered returns x modulo an odd number, nearest to 0.
func centered(x, modulus int64) int64 {
	x %= modulus
	if x > modulus/2 {
		return x - modulus
	}
	if x < -modulus/2 {
		return x + modulus
	}
	return x
}

func (h *rq) slow() (s slow) {
	for i, v := range h {
		s[i] = int64(v)
	}
	return s
}

func (h *small) slow() (s slow) {
	for i, v := range h {
		s[i] = int64(v)
	}
	return s
}

func randomSmall(t *testing.T) *small {
	t.Helper()
	var h small
	if err := h.random(rand.Reader); err != nil {
		t.Fatal(err)
	}
	return &h
}

// randomRq also returns the extreme polynomials, by n.
func randomRq(t *testing.T, n int) *rq {
	t.Helper()
	var h rq
	b := make([]byte, 2*degree)
	rand.Read(b)
	for i := range h {
		switch n {
		case 0:
			h[i] = half
		case 1:
			h[i] = -half
		default:
			h[i] = freeze(int32(binary.LittleEndian.Uint16(b[2*i:])))
		}
	}
	return &h
}

func TestFreeze(t *testing.T) {
	for x := int32(-1 << 24); x <= 1<<24; x++ {
		if got, want := int64(freeze(x)), centered(int64(x), modulus); got != want {
			t.Fatalf("freeze(%d) = %d, want %d", x, got, want)
		}
	}
	for x := int32(-1 << 14); x <= 1<<14; x++ {
		if got, want := int64(freeze3(x)), centered(int64(x), 3); got != want {
			t.Fatalf("freeze3(%d) = %d, want %d", x, got, want)
		}
	}
}

// TestCombine takes the largest values in both lanes, and some by chance.
func TestCombine(t *testing.T) {
	r := mathrand.New(mathrand.NewPCG(1, 2))
	lane := func(top int) int { return min(top, r.IntN(top+top/4)) }
	for range 1_000_000 {
		f := [2]int{lane(2*modulus - 1), lane(2*modulus - 1)}
		g := [2]int{lane(2*modulus - 1), lane(2*modulus - 1)}
		byF, byG := lane(modulus), lane(modulus)
		got := combine(lanePair(f[0]|f[1]<<32), lanePair(g[0]|g[1]<<32), lanePair(byF), lanePair(byG))
		for i, v := range []int{int(got & lowLane), int(got >> 32)} {
			if v >= 2*modulus || (f[i]*byF+g[i]*byG-v)%modulus != 0 {
				t.Fatalf("%d·%d + %d·%d is %d", f[i], byF, g[i], byG, v)
			}
		}
	}
}

func TestProducts(t *testing.T) {
	for n := range 10 {
		f, g := randomRq(t, n), randomSmall(t)
		if n < 2 {
			for i := range g {
				g[i] = 1
			}
		}
		var h rq
		h.mul(f, g)
		if h.slow() != f.slow().times(g.slow(), modulus) {
			t.Error("product modulo q differs")
		}
		var e small
		e.mul3(g, g)
		if e.slow() != g.slow().times(g.slow(), 3) {
			t.Error("product modulo 3 differs")
		}
	}
}

func TestReciprocals(t *testing.T) {
	one := slow{1}
	for range 10 {
		g := randomSmall(t)
		var recip small
		if recip.recip(g) && recip.slow().times(g.slow(), 3) != one {
			t.Error("reciprocal modulo 3 is none")
		}
		var h rq
		h.recip3(g)
		h.triple()
		if h.slow().times(g.slow(), modulus) != one {
			t.Error("reciprocal modulo q is none")
		}
	}
}

// TestReciprocalsOfFew takes operands for which divsteps go uneven ways.
func TestReciprocalsOfFew(t *testing.T) {
	for _, terms := range [][]int{{0}, {degree - 1}, {1}, {0, 1}, {degree - 2, degree - 1}, {0, degree - 1}, {380}} {
		var g, recip small
		for _, i := range terms {
			g[i] = -1
		}
		if recip.recip(&g) && recip.slow().times(g.slow(), 3) != (slow{1}) {
			t.Errorf("%v: reciprocal modulo 3 is none", terms)
		}
		var h rq
		h.recip3(&g)
		h.triple()
		if h.slow().times(g.slow(), modulus) != (slow{1}) {
			t.Errorf("%v: reciprocal modulo q is none", terms)
		}
	}
}

// factor19 divides x^761-x-1 modulo 3; the other factors have degrees 60 and
// 682. Its first coefficient is that of 1.
var factor19 = []int8{-1, -1, 0, -1, -1, -1, 1, -1, 1, -1, 0, -1, 1, 1, 1, 1, -1, 0, 1, 1}

func TestNoReciprocal(t *testing.T) {
	var zero, factor, recip small
	if recip.recip(&zero) {
		t.Error("0 has a reciprocal")
	}
	copy(factor[:], factor19)
	if recip.recip(&factor) {
		t.Error("a zero divisor has a reciprocal")
	}
}

// TestDrawAgain: a g without a reciprocal is drawn again.
func TestDrawAgain(t *testing.T) {
	v := readVectors(t)[0]
	var first [4 * degree]byte
	draws := [...]uint32{0, 0x20000000, 0x3fffffff} // for -1, 0, 1
	for i := range degree {
		c := int8(0)
		if i < len(factor19) {
			c = factor19[i]
		}
		binary.LittleEndian.PutUint32(first[4*i:], draws[c+1])
	}
	k, err := GenerateKey(io.MultiReader(bytes.NewReader(first[:]), bytes.NewReader(v.Inputs.KeypairRng)))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "private key", k.Bytes(), v.Outputs.SecretKey)
}

func TestSort(t *testing.T) {
	lists := []randomList{{}, {}, {}}
	for i := range degree {
		lists[0][i] = uint32(degree - i)
		lists[1][i] = uint32(i%2) * 0xffffffff
	}
	b := make([]byte, 4*degree)
	rand.Read(b)
	if err := lists[2].read(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	for _, l := range lists {
		want := slices.Sorted(slices.Values(l[:]))
		if l.sort(); !slices.Equal(l[:], want) {
			t.Error("not sorted")
		}
	}
}

func TestShortHasItsWeight(t *testing.T) {
	for range 20 {
		var h small
		if err := h.randomShort(rand.Reader); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, v := range h {
			sum += int(v & 1)
		}
		if sum != weight {
			t.Fatalf("weight %d, want %d", sum, weight)
		}
	}
}

func TestForceWeight(t *testing.T) {
	var forced small
	for i := range weight {
		forced[i] = 1
	}
	h := forced
	h[5], h[700] = 0, -1
	right := h
	if h.forceWeight(); h != right {
		t.Error("a polynomial of the right weight changed")
	}
	for _, wrong := range []small{{}, {1, -1, 1}} {
		if wrong.forceWeight(); wrong != forced {
			t.Error("a polynomial of a wrong weight was kept")
		}
	}
}

func TestEncodings(t *testing.T) {
	for n := range 6 {
		h := randomRq(t, n)
		var got rq
		var b [PublicKeySize]byte
		h.encode(b[:])
		if got.decode(b[:]); got != *h {
			t.Error("polynomial differs after decoding")
		}
		h.round()
		var r [roundedSize]byte
		h.encodeRounded(r[:])
		if got.decodeRounded(r[:]); got != *h {
			t.Error("rounded polynomial differs after decoding")
		}
		s, gotSmall := randomSmall(t), small{}
		var sb [smallSize]byte
		s.encode(sb[:])
		if gotSmall.decode(sb[:]); gotSmall != *s {
			t.Error("small polynomial differs after decoding")
		}
	}
}

func TestStepsFillTheEncoding(t *testing.T) {
	for _, c := range []struct {
		list []step
		size int
	}{{modulusSteps, PublicKeySize}, {roundedSteps, roundedSize}} {
		size := 0
		for _, s := range c.list {
			size += s.totalBytes
		}
		if size != c.size {
			t.Errorf("%d bytes, want %d", size, c.size)
		}
	}
}
