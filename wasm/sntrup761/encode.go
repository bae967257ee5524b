package sntrup761

// Lengths of encoded polynomials in bytes.
const (
	smallSize   = (degree + 3) / 4
	roundedSize = 1007
)

// How coefficients are encoded, and multiples of 3 between -half and half.
var (
	modulusSteps = steps(modulus)
	roundedSteps = steps((modulus + 2) / 3)
)

// encode writes four coefficients to a byte, in smallSize bytes.
func (h *small) encode(out []byte) {
	clear(out)
	for i, v := range h {
		out[i/4] |= byte(v+1) << (i % 4 * 2)
	}
}

// decode reads what encode wrote.
func (h *small) decode(b []byte) {
	for i := range h {
		h[i] = int8(b[i/4]>>(i%4*2)&3) - 1
	}
}

// encode writes h in PublicKeySize bytes.
func (h *rq) encode(out []byte) {
	var d digits
	for i, v := range h {
		d[i] = uint16(v + half)
	}
	d.encode(out, modulusSteps)
}

// decode reads what encode wrote, and some polynomial from any other bytes.
func (h *rq) decode(b []byte) {
	var d digits
	d.decode(b, modulusSteps)
	for i, v := range d {
		h[i] = int16(v) - half
	}
}

// encodeRounded writes h, whose coefficients are multiples of 3, in roundedSize
// bytes.
func (h *rq) encodeRounded(out []byte) {
	var d digits
	defer wipe(&d)
	for i, v := range h {
		d[i] = uint16(uint32(v+half) * 10923 >> 15) // a third
	}
	d.encode(out, roundedSteps)
}

// decodeRounded reads what encodeRounded wrote, and some rounded polynomial
// from any other bytes.
func (h *rq) decodeRounded(b []byte) {
	var d digits
	d.decode(b, roundedSteps)
	for i, v := range d {
		h[i] = int16(v)*3 - half
	}
}
