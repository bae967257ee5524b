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

func appendRecord(b []byte, number uint64, ops []store.Op) []byte {
	return wire.AppendList(appendNumber(b, number), ops, appendOp)
}

// First bytes of a change.
const (
	opPut    = 'P'
	opDelete = 'D'
)

func appendOp(b []byte, op store.Op) []byte {
	kind := byte(opPut)
	if op.Delete {
		kind = opDelete
	}
	b = wire.AppendShort(append(b, kind), op.Bucket)
	b = wire.AppendShort(b, op.Key)
	if op.Delete {
		return b
	}
	return wire.AppendLarge(b, op.Value)
}

// parseRecord decodes a record; the values are parts of b.
func parseRecord(b []byte) (number uint64, ops []store.Op, err error) {
	p := wire.NewParser(b)
	number = p.Uint64()
	ops = wire.NonEmpty(p, readOp)
	if err := p.Done(); err != nil {
		return 0, nil, fmt.Errorf("%w: record of the journal: %w", store.ErrCorrupt, err)
	}
	return number, ops, nil
}

func readOp(p *wire.Parser) store.Op {
	kind := p.Byte()
	op := store.Op{Bucket: string(p.Short()), Key: string(p.Short())}
	switch kind {
	case opPut:
		op.Value = p.Large()
	case opDelete:
		op.Delete = true
	default:
		p.Fail(wire.ErrSyntax)
	}
	return op
}

func appendNumber(b []byte, number uint64) []byte { return wire.AppendUint64(b, number) }

func parseNumber(b []byte) (uint64, error) {
	p := wire.NewParser(b)
	number := p.Uint64()
	if err := p.Done(); err != nil {
		return 0, fmt.Errorf("%w: number of the journal: %w", store.ErrCorrupt, err)
	}
	return number, nil
}
