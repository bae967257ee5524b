package sntrup761

import (
	"encoding/binary"
	"io"
)

// random draws a polynomial whose coefficients are -1, 0 and 1 alike.
func (h *small) random(rand io.Reader) error {
	var list randomList
	defer wipe(&list)
	if err := list.read(rand); err != nil {
		return err
	}
	for i, v := range list {
		h[i] = int8(v&0x3fffffff*3>>30) - 1
	}
	return nil
}

// randomShort draws a polynomial with weight coefficients -1 or 1, the others
// 0. It sorts random numbers whose last two bits say which: even ones become -1
// or 1, the others end in 01.
func (h *small) randomShort(rand io.Reader) error {
	var list randomList
	defer wipe(&list)
	if err := list.read(rand); err != nil {
		return err
	}
	for i := range list[:weight] {
		list[i] &^= 1
	}
	for i := range list[weight:] {
		list[weight+i] = list[weight+i]&^3 | 1
	}
	list.sort()
	for i, v := range list {
		h[i] = int8(v&3) - 1
	}
	return nil
}

// A randomList has one random number for each coefficient.
type randomList [degree]uint32

func (l *randomList) read(rand io.Reader) error {
	var b [4 * degree]byte
	defer wipe(&b)
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return err
	}
	for i := range l {
		l[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return nil
}

// sort orders the list by Batcher's merge exchange (Knuth, The Art of Computer
// Programming, 5.2.2 algorithm M): what is compared does not depend on the
// values.
func (l *randomList) sort() {
	const top = 512 // the largest power of 2 below degree
	for p := top; p > 0; p /= 2 {
		l.exchange(p, 0, p)
		for q := top; q > p; q /= 2 {
			l.exchange(p, p, q-p)
		}
	}
}

// exchange orders all pairs of the numbers i and i+distance for which the bit p
// of i is as in r.
func (l *randomList) exchange(p, r, distance int) {
	for block := r; block < degree-distance; block += 2 * p {
		low := l[block:min(block+p, degree-distance)]
		high := l[block+distance:][:len(low)]
		for i, a := range low {
			b := high[i]
			swap := (a ^ b) & uint32((uint64(b)-uint64(a))>>32)
			low[i], high[i] = a^swap, b^swap
		}
	}
}
