package wire

import (
	"bytes"
	"testing"
)

// FuzzParser reads a message by a script, one byte a value, and checks that
// what was read encodes to what was consumed.
func FuzzParser(f *testing.F) {
	f.Add([]byte("sllbmMtLN"), []byte("\x02ab\x00\x01cT1\x00abcdefgh\x02\x01a\x01b\x01\x00\x07"))
	f.Add([]byte("1234"), []byte("aabbbbccccccccdddddddd"))
	f.Fuzz(func(t *testing.T, script, b []byte) {
		p := NewParser(b)
		var out []byte
		for _, op := range script {
			out = echo(p, op, out)
			if p.Err() != nil {
				break
			}
		}
		if p.Err() != nil {
			if p.Len() != 0 || p.Rest() != nil {
				t.Error("a failed parser has bytes left")
			}
			return
		}
		if got := append(out, p.Rest()...); !bytes.Equal(got, b) {
			t.Errorf("%x read by %q encodes as %x", b, script, got)
		}
	})
}

// echo reads the value that op names and appends it to out.
func echo(p *Parser, op byte, out []byte) []byte {
	switch op {
	case 's':
		return AppendShort(out, p.Short())
	case 'l':
		return AppendLarge(out, p.Large())
	case 'b':
		return AppendBool(out, p.Bool())
	case 'm':
		return AppendMaybe(out, p.Maybe())
	case 'M':
		return AppendMaybeShort(out, p.MaybeShort())
	case 't':
		return AppendTime(out, p.Time())
	case 'L':
		return AppendList(out, List(p, (*Parser).Short), AppendShort[[]byte])
	case 'N':
		return AppendList(out, NonEmpty(p, (*Parser).Uint16), AppendUint16)
	case '1':
		return append(out, p.Byte())
	case '2':
		return AppendUint16(out, p.Uint16())
	case '4':
		return AppendUint32(out, p.Uint32())
	case '8':
		return AppendUint64(out, p.Uint64())
	}
	return out
}
