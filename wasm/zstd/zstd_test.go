package zstd

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// samples are contents of every kind: what a chat sends, and what makes every
// form of block.
func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(n, symbols int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(symbols))
		}
		return b
	}
	words := strings.Fields("the of relay and to a in is message Grüße Привет мир 世界 🙂 that it was for on are as with his they at be this")
	var text []byte
	for len(text) < 400000 {
		text = append(append(text, words[r.IntN(len(words))]...), ' ')
	}
	skewed := make([]byte, 40000)
	for i := range skewed {
		skewed[i] = byte(r.ExpFloat64() * 20)
	}
	return map[string][]byte{
		"empty": {}, "one byte": {'a'}, "short": []byte("hello"), "same": bytes.Repeat([]byte{'a'}, 65536),
		"noise": noise(65536, 256), "two symbols": noise(5000, 2), "text": text, "short text": text[:700], "medium text": text[:20000],
		"base64": []byte(base64.StdEncoding.EncodeToString(noise(30000, 256))), "skewed": skewed,
		"255": noise(255, 10), "256": noise(256, 10), "high": bytes.Repeat([]byte("Привет, мир! Как дела? "), 3000)[:65000],
		"fibonacci": fibonacci(),
	}
}

// fibonacci is of symbols so rare that the best code would be too long.
func fibonacci() []byte {
	var b []byte
	x, y := 1, 1
	for s := range 22 {
		b = append(b, bytes.Repeat([]byte{byte(s)}, x)...)
		x, y = y, x+y
	}
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	return b
}

func reference(t testing.TB) (*zstd.Encoder, *zstd.Decoder) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithSingleSegment(true))
	if err != nil {
		t.Fatal(err)
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(); d.Close() })
	return e, d
}

func TestEncode(t *testing.T) {
	e, d := reference(t)
	for name, want := range samples() {
		frame := Encode(want[:min(len(want), MaxEncode)])
		want = want[:min(len(want), MaxEncode)]
		if got, err := d.DecodeAll(frame, nil); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: the reference reads %d of %d bytes, %v", name, len(got), len(want), err)
		}
		if got, err := Decode(frame, len(want)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %d of %d bytes, %v", name, len(got), len(want), err)
		}
		theirs := e.EncodeAll(want, nil)
		t.Logf("%-12s %6d bytes: %6d, the reference %6d", name, len(want), len(frame), len(theirs))
		if len(frame) > len(theirs)*4/3+16 {
			t.Errorf("%s: packed to %d bytes, the reference to %d", name, len(frame), len(theirs))
		}
	}
}

func TestDecode(t *testing.T) {
	for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault, zstd.SpeedBetterCompression, zstd.SpeedBestCompression} {
		for _, crc := range []bool{false, true} {
			e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(level), zstd.WithEncoderCRC(crc), zstd.WithSingleSegment(true))
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range samples() {
				frame := e.EncodeAll(want, nil)
				if len(want) == 0 {
					continue // the reference writes nothing at all
				}
				if got, err := Decode(frame, len(want)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%v %s: got %d of %d bytes, %v", level, name, len(got), len(want), err)
				}
				if _, err := Decode(frame, len(want)-1); !errors.Is(err, ErrTooLarge) {
					t.Errorf("%v %s: %v for more than is wanted", level, name, err)
				}
				if _, err := Decode(append(frame, 0), len(want)); !errors.Is(err, ErrCorrupt) {
					t.Errorf("%v %s: %v for a byte more", level, name, err)
				}
			}
			e.Close()
		}
	}
}

func TestTruncated(t *testing.T) {
	e, _ := reference(t)
	for name, want := range samples() {
		frame := e.EncodeAll(want[:min(len(want), 3000)], nil)
		for n := range frame {
			if _, err := Decode(frame[:n], len(want)); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%s cut to %d bytes: %v", name, n, err)
			}
		}
	}
}

// FuzzDecode checks that what both read is read the same, and nothing is read
// that the reference refuses.
func FuzzDecode(f *testing.F) {
	e, d := reference(f)
	for _, b := range samples() {
		b = b[:min(len(b), 2000)]
		f.Add(e.EncodeAll(b, nil))
		f.Add(Encode(b))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		const limit = 1 << 16
		got, err := Decode(frame, limit)
		if err != nil {
			return
		}
		if want, err := d.DecodeAll(frame, nil); err != nil && !errors.Is(err, zstd.ErrCRCMismatch) && !errors.Is(err, zstd.ErrWindowSizeExceeded) {
			t.Errorf("%x: the reference says %v", frame, err)
		} else if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%x: %x, the reference says %x", frame, got, want)
		}
	})
}

func FuzzEncode(f *testing.F) {
	_, d := reference(f)
	for _, b := range samples() {
		f.Add(b[:min(len(b), 2000)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > MaxEncode {
			return
		}
		frame := Encode(b)
		if got, err := d.DecodeAll(frame, nil); err != nil || !bytes.Equal(got, b) {
			t.Errorf("the reference reads %x as %x, %v", frame, got, err)
		}
		if got, err := Decode(frame, len(b)); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%x is read as %x, %v", frame, got, err)
		}
	})
}

// TestOfficial reads what zstd 1.5 made of the numbers from 1 to 3000.
func TestOfficial(t *testing.T) {
	var want []byte
	for i := range 3000 {
		want = append(strconv.AppendInt(want, int64(i+1), 10), '\n')
	}
	files, err := filepath.Glob("testdata/*.zst")
	if err != nil || len(files) == 0 {
		t.Fatal("no files")
	}
	for _, name := range files {
		frame, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(frame, len(want)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}
