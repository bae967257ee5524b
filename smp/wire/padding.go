package wire

import (
	"encoding/binary"
	"errors"
	"strings"
)

// padding fills what the message leaves of a padded block.
const padding = '#'

// paddings are many, to be appended at once.
var paddings = strings.Repeat(string(padding), 1024)

var (
	// ErrTooLong is returned for a message that does not fit its padded size.
	ErrTooLong = errors.New("wire: message too long to pad")
	// ErrPadding is returned for a padded block whose length is not in it.
	ErrPadding = errors.New("wire: invalid padding")
)

// AppendPadded appends exactly size bytes: the two-byte length of msg, msg, and
// the padding. At most size-2 and 65,535 bytes fit.
func AppendPadded(b, msg []byte, size int) ([]byte, error) {
	if len(msg) > size-2 || len(msg) > MaxLarge {
		return nil, ErrTooLong
	}
	return appendPaddings(AppendLarge(b, msg), size-2-len(msg)), nil
}

func appendPaddings(b []byte, n int) []byte {
	for n > 0 {
		some := min(n, len(paddings))
		b, n = append(b, paddings[:some]...), n-some
	}
	return b
}

// PadWith returns what write appends, padded to size bytes, without copying it.
func PadWith(size int, write func([]byte) []byte) ([]byte, error) {
	b := write(make([]byte, 2, max(size, 2)))
	msg := len(b) - 2
	if len(b) > size || msg > MaxLarge {
		return nil, ErrTooLong
	}
	binary.BigEndian.PutUint16(b, uint16(msg))
	return appendPaddings(b, size-len(b)), nil
}

// Pad returns msg padded to size bytes.
func Pad(msg []byte, size int) ([]byte, error) {
	return AppendPadded(make([]byte, 0, max(size, 0)), msg, size)
}

// Unpad returns the message in a padded block, aliasing it. The padding itself
// is not looked at, as in the reference.
func Unpad(b []byte) ([]byte, error) {
	if len(b) < 2 {
		return nil, ErrPadding
	}
	n := int(binary.BigEndian.Uint16(b))
	if n > len(b)-2 {
		return nil, ErrPadding
	}
	return b[2 : 2+n : 2+n], nil
}
