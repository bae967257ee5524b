package chat

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"sotto/smp/wire"
)

func textMessage(t testing.TB, text string) Message {
	t.Helper()
	m, err := newMessage([]byte("twelve bytes"), eventNew, newParams{Content: textContent{"text", text}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMessageIsCompact(t *testing.T) {
	b, err := AppendMessage(nil, textMessage(t, `a < b & "c"`))
	want := `{"v":"1-18","msgId":"dHdlbHZlIGJ5dGVz","event":"x.msg.new","params":{"content":{"type":"text","text":"a < b & \"c\""}}}`
	if err != nil || string(b) != want {
		t.Errorf("encoded %s, %v\nwant    %s", b, err, want)
	}
	msgs, unread, err := Parse(b)
	if err != nil || unread != 0 || len(msgs) != 1 {
		t.Fatalf("Parse = %v, %d, %v", msgs, unread, err)
	}
	again, _ := AppendMessage(nil, msgs[0])
	if !bytes.Equal(again, b) {
		t.Errorf("re-encoded %s", again)
	}
}

func TestParseForms(t *testing.T) {
	one := `{"event":"x.ok","params":{}}`
	binary := wire.AppendLarge(wire.AppendLarge([]byte("=\x02"), one), one)
	packed, err := compress([]byte("[" + one + "," + one + "]"))
	if err != nil {
		t.Fatal(err)
	}
	long, err := compress([]byte(`{"event":"x.long","params":{"s":"` + strings.Repeat("a", 1000) + `"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name       string
		body       []byte
		msgs, lost int
	}{
		{"one", []byte(one), 1, 0},
		{"array", []byte("[" + one + "," + one + "]"), 2, 0},
		{"array with a broken element", []byte("[" + one + `,{"params":{}}]`), 1, 1},
		{"binary batch", binary, 2, 0},
		{"short part", packed, 2, 0},
		{"zstd part", long, 1, 0},
		{"unknown event", []byte(`{"event":"x.new.thing","params":{"a":[1]},"extra":1}`), 1, 0},
	} {
		msgs, lost, err := Parse(tt.body)
		if err != nil || len(msgs) != tt.msgs || lost != tt.lost {
			t.Errorf("%s: %d messages, %d lost, %v", tt.name, len(msgs), lost, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, body := range []string{
		"", "x", "{", "[", "[]", "{}", `{"event":"","params":{}}`, `{"event":"x.ok"}`, `{"event":"x.ok","params":1}`,
		`{"event":"x.ok","params":{}} `[:28] + "{}", "=", "=\x00", "=\x01\x00\x05{}", "X", "X\x00", "X\x012", "X\x010\x00",
		"X\x011\x00\x00", "X\x010\x02{}rest", `{"event":"x.ok","params":{},"msgId":"*"}`,
	} {
		if msgs, _, err := Parse([]byte(body)); err == nil {
			t.Errorf("%q read as %v", body, msgs)
		}
	}
}

// TestBomb packs more than 65,536 bytes in the three ways that hide it.
func TestBomb(t *testing.T) {
	e, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	big := e.EncodeAll(make([]byte, maxDecompressed+1), nil)
	half := e.EncodeAll(make([]byte, maxDecompressed/2+1), nil)
	for name, body := range map[string][]byte{
		"one part":   wire.AppendLarge([]byte("X\x011"), big),
		"two parts":  wire.AppendLarge(append(wire.AppendLarge([]byte("X\x021"), half), '1'), half),
		"two frames": wire.AppendLarge([]byte("X\x011"), append(bytes.Clone(half), half...)),
	} {
		if _, _, err := Parse(body); !errors.Is(err, errBomb) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEncodeCompressesOnlyWhatDoesNotFit(t *testing.T) {
	long := textMessage(t, strings.Repeat("word ", 2900))
	const limit = 13380
	if b, err := Encode(long, maxMessage); err != nil || b[0] != '{' {
		t.Errorf("fits: %v, first byte %q", err, b[0])
	}
	b, err := Encode(long, limit)
	if err != nil || b[0] != 'X' || len(b) > limit {
		t.Fatalf("does not fit: %v", err)
	}
	msgs, _, err := Parse(b)
	if err != nil || !bytes.Equal(msgs[0].Params, long.Params) {
		t.Errorf("unpacked %v, %v", msgs, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"v":"1-18","msgId":"dHdlbHZlIGJ5dGVz","event":"x.msg.new","params":{"content":{"type":"text","text":"hi"}}}`))
	f.Add([]byte("=\x01\x00\x1c{\"event\":\"x.ok\",\"params\":{}}"))
	f.Add([]byte("X\x010\x1c{\"event\":\"x.ok\",\"params\":{}}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		msgs, _, err := Parse(b)
		if err != nil {
			return
		}
		for _, m := range msgs {
			b, err := AppendMessage(nil, m)
			if err != nil {
				t.Fatalf("read but not written: %v", err)
			}
			again, err := parseMessage(b)
			if err != nil || again.Event != m.Event || !bytes.Equal(again.ID, m.ID) {
				t.Fatalf("%s reads as %v, %v", b, again, err)
			}
			parseInfo(m.Params)
			parseContent(m.Params)
		}
	})
}
