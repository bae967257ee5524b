package smp

import (
	"slices"

	"sotto/smp/wire"
)

const (
	// BlockSize is the length of everything that goes over a connection.
	BlockSize = 16384
	// MaxTransmission is the length of the largest transmission that fits a
	// block: what is left of it by the block's own length (2 bytes), the tag
	// of its encryption (16), the count (1) and the transmission's length (2).
	MaxTransmission = maxBatch - 2

	maxBatch = BlockSize - 2 - BoxOverhead - 1
)

// Batches packs encoded transmissions, in order, into as few blocks as it can:
// the content of each, to be padded. Blocks fill from the last, as in the
// reference. The indexes of transmissions that fit no block are in tooLarge;
// the others are packed.
func Batches(transmissions [][]byte) (batches [][]byte, tooLarge []int) {
	end, size := len(transmissions), 0
	for i, t := range slices.Backward(transmissions) {
		need := 2 + len(t)
		if need > maxBatch {
			tooLarge = append(tooLarge, i)
		}
		if need > maxBatch || size+need > maxBatch || end-(i+1) == wire.MaxList {
			batches = appendBatch(batches, transmissions[i+1:end])
			end, size = i+1, 0
		}
		if need > maxBatch {
			end = i
			continue
		}
		size += need
	}
	batches = appendBatch(batches, transmissions[:end])
	slices.Reverse(batches)
	slices.Reverse(tooLarge)
	return batches, tooLarge
}

func appendBatch(batches, transmissions [][]byte) [][]byte {
	if len(transmissions) == 0 {
		return batches
	}
	size := 1
	for _, t := range transmissions {
		size += 2 + len(t)
	}
	return append(batches, wire.AppendList(make([]byte, 0, size), transmissions, wire.AppendLarge[[]byte]))
}

// ParseBatch returns the encoded transmissions in the content of a block,
// aliasing it.
func ParseBatch(b []byte) ([][]byte, error) {
	p := wire.NewParser(b)
	transmissions := wire.NonEmpty(p, (*wire.Parser).Large)
	if err := p.Done(); err != nil {
		return nil, err
	}
	return transmissions, nil
}
