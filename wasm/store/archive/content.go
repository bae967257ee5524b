package archive

import (
	"encoding/binary"
	"fmt"
	"math"

	"sotto/wasm/store"
)

const (
	fixedSize = 2 + 2 + 4 // of a record, beside its bytes
	endSize   = 2 + 4
)

// checkRecord refuses what has no place in a file.
func checkRecord(op store.Op) error {
	if op.Delete || op.Bucket == "" || len(op.Bucket) > math.MaxUint16 || len(op.Key) > math.MaxUint16 || len(op.Value) > math.MaxInt32 {
		return fmt.Errorf("archive: a record of bucket %q cannot be packed", op.Bucket)
	}
	return nil
}

func recordSize(op store.Op) int64 {
	return fixedSize + int64(len(op.Bucket)) + int64(len(op.Key)) + int64(len(op.Value))
}

func appendRecord(b []byte, op store.Op) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(op.Bucket)))
	b = append(b, op.Bucket...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(op.Key)))
	b = append(b, op.Key...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(op.Value)))
	return append(b, op.Value...)
}

func appendEnd(b []byte, records int) []byte {
	b = binary.BigEndian.AppendUint16(b, 0)
	return binary.BigEndian.AppendUint32(b, uint32(records))
}

// A content collects the records of a file as they come.
type content struct {
	rest  []byte // the beginning of a record that is not complete
	batch store.Batch
}

func (c *content) add(plain []byte) {
	c.rest = append(c.rest, plain...)
	for {
		op, size, ok := cutRecord(c.rest)
		if !ok {
			return
		}
		c.batch.Put(op.Bucket, op.Key, op.Value)
		c.rest = c.rest[size:]
	}
}

// end returns the records if what is left is the end of the content.
func (c *content) end() (*store.Batch, error) {
	if string(c.rest) != string(appendEnd(nil, c.batch.Len())) {
		return nil, fmt.Errorf("%w: %d bytes after %d records", ErrDamaged, len(c.rest), c.batch.Len())
	}
	return &c.batch, nil
}

// cutRecord copies a record from the beginning of b, if it is complete.
func cutRecord(b []byte) (op store.Op, size int, ok bool) {
	bucket, rest, ok := cut(b, 2)
	if !ok || len(bucket) == 0 {
		return op, 0, false
	}
	key, rest, ok := cut(rest, 2)
	if !ok {
		return op, 0, false
	}
	value, rest, ok := cut(rest, 4)
	if !ok {
		return op, 0, false
	}
	op = store.Op{Bucket: string(bucket), Key: string(key), Value: append([]byte{}, value...)}
	return op, len(b) - len(rest), true
}

// cut takes a length of so many bytes, and as many bytes as it says.
func cut(b []byte, width int) (field, rest []byte, ok bool) {
	if len(b) < width {
		return nil, nil, false
	}
	n := uint64(0)
	for _, digit := range b[:width] {
		n = n<<8 | uint64(digit)
	}
	b = b[width:]
	if uint64(len(b)) < n {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}
