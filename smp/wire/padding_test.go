package wire

import (
	"bytes"
	"testing"
)

func TestPaddingVectors(t *testing.T) {
	for _, v := range vectors(t, "padding.json") {
		t.Run(v.Description, func(t *testing.T) {
			if v.Inputs["paddedLen"] == nil {
				checkUnpad(t, v)
				return
			}
			checkPad(t, v)
		})
	}
}

func checkPad(t *testing.T, v vector) {
	msg, size := unhex(t, v.Inputs["message"]), int(number(v.Inputs["paddedLen"]))
	if n := v.Inputs["messageLen"]; n != nil {
		msg = make([]byte, int(number(n)))
	}
	got, err := Pad(msg, size)
	with, withErr := PadWith(size, func(b []byte) []byte { return append(b, msg...) })
	if !bytes.Equal(with, got) || (withErr == nil) != (err == nil) {
		t.Errorf("PadWith gives %x, %v; Pad %x, %v", with, withErr, got, err)
	}
	if v.Outputs["error"] != nil {
		if err == nil {
			t.Errorf("%d bytes padded to %d", len(msg), size)
		}
		return
	}
	if want := unhex(t, v.Outputs["padded"]); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("padded to %x, %v; want %x", got, err, want)
	}
	if back, err := Unpad(got); err != nil || !bytes.Equal(back, msg) {
		t.Errorf("unpadded to %x, %v; want %x", back, err, msg)
	}
	for n := range 2 + len(msg) {
		if back, err := Unpad(got[:n]); err == nil {
			t.Errorf("%d of %d bytes unpad to %x", n, len(got), back)
		}
	}
}

func checkUnpad(t *testing.T, v vector) {
	got, err := Unpad(unhex(t, v.Inputs["padded"]))
	if v.Outputs["error"] != nil {
		if err == nil {
			t.Errorf("unpadded to %x", got)
		}
		return
	}
	if want := unhex(t, v.Outputs["unpadded"]); err != nil || !bytes.Equal(got, want) {
		t.Errorf("unpadded to %x, %v; want %x", got, err, want)
	}
}

func TestPadTooSmall(t *testing.T) {
	for size := -1; size < 2; size++ {
		if _, err := Pad(nil, size); err == nil {
			t.Errorf("nothing padded to %d bytes", size)
		}
		if _, err := PadWith(size, func(b []byte) []byte { return b }); err == nil {
			t.Errorf("nothing padded with to %d bytes", size)
		}
	}
}

func FuzzUnpad(f *testing.F) {
	f.Add([]byte("\x00\x02ab##"))
	f.Fuzz(func(t *testing.T, b []byte) {
		msg, err := Unpad(b)
		if err != nil {
			return
		}
		padded, err := Pad(msg, len(b))
		if err != nil || !bytes.HasPrefix(padded, b[:2+len(msg)]) {
			t.Errorf("%x unpads to %x, which pads to %x, %v", b, msg, padded, err)
		}
	})
}

func FuzzBase64(f *testing.F) {
	f.Add("xw==")
	f.Add("-eS8")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := ParseBase64(s)
		if err != nil {
			return
		}
		if string(AppendBase64(nil, b)) != s && string(AppendBase64Raw(nil, b)) != s {
			t.Errorf("%q decodes as %x", s, b)
		}
	})
}
