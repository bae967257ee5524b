package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"sotto/wasm/store"
)

// magic begins every log and names its format.
const magic = "sotto-log-1\n"

// A frame is the length of its payload (4 bytes), a checksum of that, a
// checksum of the payload, and the payload: the operations of one batch.
const frameHeader = 12

// maxPayload bounds a frame, in bytes.
const maxPayload = 1 << 30

// First bytes of an operation.
const (
	opPut    = 'P'
	opDelete = 'D'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// appendFrame appends the frame of b.
func appendFrame(dst []byte, b *store.Batch) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, frameHeader)...)
	for _, op := range b.Ops() {
		dst = appendOp(dst, op)
	}
	header, payload := dst[start:start+frameHeader], dst[start+frameHeader:]
	binary.BigEndian.PutUint32(header, uint32(len(payload)))
	binary.BigEndian.PutUint32(header[4:], checksum(header[:4]))
	binary.BigEndian.PutUint32(header[8:], checksum(payload))
	return dst
}

// appendOp appends a put or delete, each string with its length before it.
func appendOp(dst []byte, op store.Op) []byte {
	if op.Delete {
		dst = append(dst, opDelete)
		return appendString(appendString(dst, op.Bucket), op.Key)
	}
	dst = append(dst, opPut)
	dst = appendString(appendString(dst, op.Bucket), op.Key)
	dst = binary.AppendUvarint(dst, uint64(len(op.Value)))
	return append(dst, op.Value...)
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// opSize returns about how many bytes op takes in a log.
func opSize(op store.Op) int64 {
	return int64(1 + 3*binary.MaxVarintLen16 + len(op.Bucket) + len(op.Key) + len(op.Value))
}

// replay calls apply with each batch of a log and returns the length of what
// is whole. What follows may be torn; if a good frame comes after a bad one,
// the log is damaged.
func replay(log []byte, apply func(*store.Batch) error) (whole int, err error) {
	if begun := bytes.TrimRight(log, "\x00"); len(begun) < len(magic) && bytes.HasPrefix([]byte(magic), begun) {
		return 0, nil // the header itself is torn
	}
	if !bytes.HasPrefix(log, []byte(magic)) {
		return 0, fmt.Errorf("%w: not a log of this version", store.ErrCorrupt)
	}
	whole = len(magic)
	for whole < len(log) {
		payload, ok := cutFrame(log[whole:])
		if !ok {
			return whole, checkTorn(log[whole:])
		}
		b, err := parseBatch(payload)
		if err != nil {
			return whole, err
		}
		if err := apply(b); err != nil {
			return whole, err
		}
		whole += frameHeader + len(payload)
	}
	return whole, nil
}

// cutFrame returns the payload of the frame that begins b, if it is whole.
func cutFrame(b []byte) (payload []byte, ok bool) {
	if len(b) < frameHeader || checksum(b[:4]) != binary.BigEndian.Uint32(b[4:]) {
		return nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if n == 0 || n > maxPayload || int(n) > len(b)-frameHeader {
		return nil, false
	}
	payload = b[frameHeader : frameHeader+int(n)]
	return payload, checksum(payload) == binary.BigEndian.Uint32(b[8:])
}

// checkTorn returns an error if there is a good frame anywhere in b: frames
// are written one after the other, so only the last can be torn.
func checkTorn(b []byte) error {
	for i := 1; i < len(b); i++ {
		if _, ok := cutFrame(b[i:]); ok {
			return fmt.Errorf("%w: damaged log", store.ErrCorrupt)
		}
	}
	return nil
}

// parseBatch decodes a payload. Its checksum is right, so an error means that
// another program wrote it.
func parseBatch(b []byte) (*store.Batch, error) {
	batch := new(store.Batch)
	for len(b) > 0 {
		kind := b[0]
		bucket, rest, ok1 := cutBytes(b[1:])
		key, rest, ok2 := cutBytes(rest)
		var value []byte
		ok3 := kind == opDelete
		if kind == opPut {
			value, rest, ok3 = cutBytes(rest)
		}
		if !ok1 || !ok2 || !ok3 {
			return nil, fmt.Errorf("%w: not an operation", store.ErrCorrupt)
		}
		if kind == opPut {
			batch.Put(string(bucket), string(key), value)
		} else {
			batch.Delete(string(bucket), string(key))
		}
		b = rest
	}
	return batch, nil
}

func cutBytes(b []byte) (s, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n)], b[size+int(n):], true
}
