// Package wire encodes and decodes the primitive types of the SMP wire format.
//
// Encoding is by Append functions, which never fail: a value that its length
// prefix cannot count is a mistake of the caller, and panics. Decoding is by a
// [Parser], which remembers its first error so that a whole message is read
// first and checked once, in Done. Whatever parses encodes again to the same
// bytes.
package wire

import (
	"encoding/binary"
	"fmt"
	"time"
)

const (
	// MaxShort is the largest length of a string with a one-byte length.
	MaxShort = 255
	// MaxLarge is the largest length of a string with a two-byte length.
	MaxLarge = 65535
	// MaxList is the largest count of elements in a list.
	MaxList = 255
)

// AppendShort appends s with a one-byte length. It panics if s is longer than
// MaxShort.
func AppendShort[S ~[]byte | ~string](b []byte, s S) []byte {
	if len(s) > MaxShort {
		panic(fmt.Sprintf("wire: %d bytes do not fit a one-byte length", len(s)))
	}
	return append(append(b, byte(len(s))), s...)
}

// AppendLarge appends s with a two-byte length. It panics if s is longer than
// MaxLarge.
func AppendLarge[S ~[]byte | ~string](b []byte, s S) []byte {
	if len(s) > MaxLarge {
		panic(fmt.Sprintf("wire: %d bytes do not fit a two-byte length", len(s)))
	}
	return append(AppendUint16(b, uint16(len(s))), s...)
}

// AppendBool appends 'T' or 'F'.
func AppendBool(b []byte, v bool) []byte { return append(b, tag(v, 'T', 'F')) }

// AppendMaybe appends the tag that says whether a value follows: '1' or '0'.
func AppendMaybe(b []byte, present bool) []byte { return append(b, tag(present, '1', '0')) }

// AppendMaybeShort appends an optional short string; nil is absent.
func AppendMaybeShort(b, s []byte) []byte {
	b = AppendMaybe(b, s != nil)
	if s == nil {
		return b
	}
	return AppendShort(b, s)
}

func tag(v bool, yes, no byte) byte {
	if v {
		return yes
	}
	return no
}

// AppendUint16 appends v, most significant byte first.
func AppendUint16(b []byte, v uint16) []byte { return binary.BigEndian.AppendUint16(b, v) }

// AppendUint32 appends v, most significant byte first.
func AppendUint32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }

// AppendUint64 appends v, most significant byte first.
func AppendUint64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

// AppendInt64 appends v in two's complement, most significant byte first.
func AppendInt64(b []byte, v int64) []byte { return AppendUint64(b, uint64(v)) }

// AppendTime appends t as seconds since 1970 in 8 bytes.
func AppendTime(b []byte, t time.Time) []byte { return AppendInt64(b, t.Unix()) }

// AppendList appends a one-byte count and the elements, each with one. It
// panics if there are more than MaxList.
func AppendList[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	if len(list) > MaxList {
		panic(fmt.Sprintf("wire: %d elements do not fit a one-byte count", len(list)))
	}
	b = append(b, byte(len(list)))
	for _, v := range list {
		b = one(b, v)
	}
	return b
}
