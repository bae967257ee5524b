// Package zstd packs and unpacks small pieces of data with Zstandard, RFC 8878.
//
// It is here because a page loads it: it does what chat messages need, and is
// a fifth of what the general library adds to the download. One frame, known
// size, everything in memory:
//
//	frame header, blocks      frame.go
//	  literals                literals.go, with Huffman codes: huffman.go
//	  sequences               sequences.go, with FSE codes: fse.go
//
// Unpacking reads everything that a frame without a dictionary may contain.
// Packing (encode*.go) writes one block, with the predefined FSE codes.
//
// Nothing here is secret-independent in time. Checksums are not looked at:
// whoever sends encrypted messages needs none.
package zstd

import "errors"

var (
	// ErrCorrupt is returned for bytes that are not one whole frame.
	ErrCorrupt = errors.New("zstd: corrupt frame")
	// ErrTooLarge is returned for a frame that unpacks to more than is wanted.
	ErrTooLarge = errors.New("zstd: content too large")
)

// MaxEncode is the largest content that Encode takes, in bytes: what fits one
// block of a frame with a two-byte size.
const MaxEncode = 65536
