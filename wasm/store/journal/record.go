package journal

import (
	"fmt"

	"sotto/smp/wire"
	"sotto/wasm/store"
)

// A record is its number, how many changes one commit made, and these in order.

// Bounds of what a record takes: what is longer is no small commit.
const (
	maxOps    = 64
	maxRecord = 64 << 10
	maxName   = 255 // bytes of a bucket's name, and of a key
)

// fits reports whether the changes of b go into a record.
func fits(b *store.Batch) bool {
	size := 0
	for _, op := range b.Ops() {
		size += len(op.Value)
		if len(op.Bucket) > maxName || len(op.Key) > maxName || size >= maxRecord {
			return false
		}
	}
	return 0 < b.Len() && b.Len() <= maxOps
}

func newRecord(number uint64, changes []change) []byte {
	return wire.AppendList(appendNumber(make([]byte, 0, 1024), number), changes, appendChange)
}

// First bytes of a change.
const (
	kindPut    = 'P'
	kindDelete = 'D'
	kindEdit   = 'E' // some of the value stays
)

func (c change) kind() byte {
	switch {
	case c.Delete:
		return kindDelete
	case c.hunks != nil:
		return kindEdit
	}
	return kindPut
}

func appendChange(b []byte, c change) []byte {
	b = wire.AppendShort(append(b, c.kind()), c.Bucket)
	b = wire.AppendShort(b, c.Key)
	switch c.kind() {
	case kindPut:
		return wire.AppendLarge(b, c.Value)
	case kindEdit:
		return wire.AppendList(wire.AppendUint16(b, uint16(c.end)), c.hunks, appendHunk)
	}
	return b
}

func appendHunk(b []byte, h hunk) []byte {
	return wire.AppendLarge(wire.AppendUint16(b, uint16(h.keep)), h.text)
}

// parseRecord decodes a record; the values are parts of b.
func parseRecord(b []byte) (number uint64, changes []change, err error) {
	p := wire.NewParser(b)
	number = p.Uint64()
	changes = wire.NonEmpty(p, readChange)
	if err := p.Done(); err != nil {
		return 0, nil, fmt.Errorf("%w: record of the journal: %w", store.ErrCorrupt, err)
	}
	return number, changes, nil
}

func readChange(p *wire.Parser) change {
	kind := p.Byte()
	c := change{Op: store.Op{Bucket: string(p.Short()), Key: string(p.Short())}}
	switch kind {
	case kindPut:
		c.Value = p.Large()
	case kindDelete:
		c.Delete = true
	case kindEdit:
		c.end, c.hunks = int(p.Uint16()), wire.NonEmpty(p, readHunk)
	default:
		p.Fail(wire.ErrSyntax)
	}
	return c
}

func readHunk(p *wire.Parser) hunk { return hunk{int(p.Uint16()), p.Large()} }

func appendNumber(b []byte, number uint64) []byte { return wire.AppendUint64(b, number) }

func parseNumber(b []byte) (uint64, error) {
	p := wire.NewParser(b)
	number := p.Uint64()
	if err := p.Done(); err != nil {
		return 0, fmt.Errorf("%w: number of the journal: %w", store.ErrCorrupt, err)
	}
	return number, nil
}
