package archive

import (
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"sotto/wasm/store"
	"sotto/wasm/store/passphrase"
)

// A Source makes a file, piece by piece.
type Source struct {
	cover   *cover
	head    []byte // not returned yet
	ops     []store.Op
	packed  int    // of ops
	plain   []byte // not sealed yet
	size    int64
	content int64 // bytes, with the end
	done    bool
}

// Pack returns a Source of all records that b puts. It takes as long as cost
// says. The file is secret as far as the passphrase is; random needs to be
// unpredictable.
func Pack(b *store.Batch, phrase string, cost passphrase.Cost, random io.Reader) (*Source, error) {
	s := &Source{ops: b.Ops(), content: endSize}
	for _, op := range s.ops {
		if err := checkRecord(op); err != nil {
			return nil, err
		}
		s.content += recordSize(op)
	}
	chunks := max(1, (s.content+chunkSize-1)/chunkSize)
	s.size = int64(headerSize) + s.content + chunks*chacha20poly1305.Overhead
	drawn := make([]byte, saltSize+prefixSize)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return nil, fmt.Errorf("archive: random bytes: %w", err)
	}
	h := header{cost: cost, salt: drawn[:saltSize], prefix: drawn[saltSize:]}
	s.cover, s.head = newCover(h, phrase), h.bytes()
	return s, nil
}

// Size returns the length of the whole file in bytes.
func (s *Source) Size() int64 { return s.size }

// Next returns the next piece of the file, at most 64 KiB and a little, or
// io.EOF after the last.
func (s *Source) Next() ([]byte, error) {
	if s.done {
		return nil, io.EOF
	}
	s.fill()
	last := len(s.plain) <= chunkSize
	plain := s.plain[:min(chunkSize, len(s.plain))]
	piece := append(s.head, s.cover.seal(plain, last)...)
	s.head, s.plain, s.done = nil, s.plain[len(plain):], last
	return piece, nil
}

// fill encodes more than a chunk, or all that is left.
func (s *Source) fill() {
	s.plain = append([]byte{}, s.plain...)
	for len(s.plain) <= chunkSize && s.packed < len(s.ops) {
		s.plain = appendRecord(s.plain, s.ops[s.packed])
		if s.packed++; s.packed == len(s.ops) {
			s.plain = appendEnd(s.plain, len(s.ops))
		}
	}
	if len(s.ops) == 0 {
		s.plain = appendEnd(nil, 0)
	}
}
