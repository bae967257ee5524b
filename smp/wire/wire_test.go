package wire

import (
	"bytes"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A codec encodes and decodes one type of the vectors.
type codec struct {
	append func(t *testing.T, v any) []byte // v as JSON has it
	read   func(p *Parser) any              // comparable with read of another encoding
}

func number(v any) uint64 { return uint64(v.(float64)) }

func int64Of(t *testing.T, v any) int64 {
	n, err := strconv.ParseInt(v.(string), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var codecs = map[string]codec{
	"Word16": {
		func(t *testing.T, v any) []byte { return AppendUint16(nil, uint16(number(v))) },
		func(p *Parser) any { return p.Uint16() },
	},
	"Word32": {
		func(t *testing.T, v any) []byte { return AppendUint32(nil, uint32(number(v))) },
		func(p *Parser) any { return p.Uint32() },
	},
	"Int64": {
		func(t *testing.T, v any) []byte { return AppendInt64(nil, int64Of(t, v)) },
		func(p *Parser) any { return p.Int64() },
	},
	"ByteString": {
		func(t *testing.T, v any) []byte { return AppendShort(nil, unhex(t, v)) },
		func(p *Parser) any { return p.Short() },
	},
	"Large": {
		func(t *testing.T, v any) []byte { return AppendLarge(nil, unhex(t, v)) },
		func(p *Parser) any { return p.Large() },
	},
	"String": {
		func(t *testing.T, v any) []byte { return AppendShort(nil, v.(string)) },
		func(p *Parser) any { return p.Short() },
	},
	"Bool": {
		func(t *testing.T, v any) []byte { return AppendBool(nil, v.(bool)) },
		func(p *Parser) any { return p.Bool() },
	},
	"Maybe ByteString": {
		func(t *testing.T, v any) []byte { return AppendMaybeShort(nil, unhex(t, v)) },
		func(p *Parser) any { return p.MaybeShort() },
	},
	"Maybe Word16": {appendMaybe16, func(p *Parser) any {
		if !p.Maybe() {
			return nil
		}
		return p.Uint16()
	}},
	"NonEmpty ByteString": {appendStrings, func(p *Parser) any { return NonEmpty(p, (*Parser).Short) }},
	"List Word16":         {appendNumbers, func(p *Parser) any { return List(p, (*Parser).Uint16) }},
	"tuple":               {appendTuple, readTuple},
}

func appendMaybe16(_ *testing.T, v any) []byte {
	b := AppendMaybe(nil, v != nil)
	if v == nil {
		return b
	}
	return AppendUint16(b, uint16(number(v)))
}

func appendStrings(t *testing.T, v any) []byte {
	return AppendList(nil, v.([]any), func(b []byte, s any) []byte { return AppendShort(b, unhex(t, s)) })
}

func appendNumbers(_ *testing.T, v any) []byte {
	return AppendList(nil, v.([]any), func(b []byte, n any) []byte { return AppendUint16(b, uint16(number(n))) })
}

func appendTuple(t *testing.T, v any) []byte {
	m := v.(map[string]any)
	b := AppendBool(AppendShort(nil, unhex(t, m["bytes"])), m["bool"].(bool))
	return append(AppendUint16(b, uint16(number(m["word16"]))), unhex(t, m["tail"])...)
}

func readTuple(p *Parser) any { return []any{p.Short(), p.Bool(), p.Uint16(), p.Rest()} }

func TestEncodingVectors(t *testing.T) {
	for _, v := range vectors(t, "encoding.json") {
		kind := v.Inputs["type"].(string)
		t.Run(v.Description, func(t *testing.T) {
			switch {
			case kind == "base64url":
				checkBase64(t, v)
			case strings.HasSuffix(kind, " decode"):
				checkRefused(t, strings.TrimSuffix(kind, " decode"), unhex(t, v.Inputs["encoded"]))
			case v.Outputs["error"] != nil:
				checkUnencodable(t, kind, v.Inputs["value"])
			default:
				checkCodec(t, codecs[kind], v)
			}
		})
	}
}

func checkCodec(t *testing.T, c codec, v vector) {
	want := unhex(t, v.Outputs["encoded"])
	if got := c.append(t, v.Inputs["value"]); !bytes.Equal(got, want) {
		t.Fatalf("encoded as %x, want %x", got, want)
	}
	p := NewParser(want)
	value := c.read(p)
	if err := p.Done(); err != nil {
		t.Fatal(err)
	}
	if decoded := v.Outputs["decoded"]; decoded != nil {
		// A value equals the vector's if it is encoded alike.
		if got := c.append(t, decoded); !bytes.Equal(got, want) {
			t.Errorf("decoded value encodes as %x, want %x", got, want)
		}
	}
	for n := range want {
		p := NewParser(want[:n])
		if got := c.read(p); p.Done() == nil && reflect.DeepEqual(got, value) {
			t.Errorf("%d of %d bytes are read as the whole", n, len(want))
		}
	}
}

func checkRefused(t *testing.T, kind string, b []byte) {
	p := NewParser(b)
	codecs[kind].read(p)
	if p.Done() == nil {
		t.Errorf("%x is read as %s", b, kind)
	}
}

// checkUnencodable checks a value that has no encoding. An empty list is for
// the reader to refuse: a caller who writes one is told by the other side.
func checkUnencodable(t *testing.T, kind string, value any) {
	if kind == "NonEmpty ByteString" {
		checkRefused(t, kind, codecs[kind].append(t, value))
		return
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	codecs[kind].append(t, value)
}

func checkBase64(t *testing.T, v vector) {
	value := unhex(t, v.Inputs["value"])
	padded, raw := v.Outputs["encoded"].(string), v.Outputs["unpadded"].(string)
	if got := string(AppendBase64(nil, value)); got != padded {
		t.Errorf("padded: %s, want %s", got, padded)
	}
	if got := string(AppendBase64Raw(nil, value)); got != raw {
		t.Errorf("unpadded: %s, want %s", got, raw)
	}
	for _, s := range []string{padded, raw} {
		if got, err := ParseBase64(s); err != nil || !bytes.Equal(got, value) {
			t.Errorf("%s decodes as %x, %v", s, got, err)
		}
	}
}

func TestParseBase64Refuses(t *testing.T) {
	for _, s := range []string{"a", "ab=", "ab===", "ab==\n", "a\nb==", "ab+/", "ab!=", "aa=a", "xx", "xx==", "=", "===="} {
		if b, err := ParseBase64(s); err == nil {
			t.Errorf("%q decodes as %x", s, b)
		}
	}
}

func TestAppendTooLongPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"short": func() { AppendShort(nil, make([]byte, MaxShort+1)) },
		"large": func() { AppendLarge(nil, make([]byte, MaxLarge+1)) },
		"list":  func() { AppendList(nil, make([]uint16, MaxList+1), AppendUint16) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

func TestParserKeepsFirstError(t *testing.T) {
	p := NewParser([]byte("\x05ab"))
	p.Short()
	p.Fail(ErrSyntax)
	if !errors.Is(p.Err(), ErrTruncated) || !errors.Is(p.Done(), ErrTruncated) {
		t.Errorf("error is %v, want the first", p.Err())
	}
	if p.Len() != 0 || p.Short() != nil || p.Rest() != nil || p.Bool() || p.Uint64() != 0 || p.Accept("") {
		t.Error("a failed parser goes on")
	}
}

func TestParserDone(t *testing.T) {
	p := NewParser([]byte("T!"))
	if !p.Bool() || !errors.Is(p.Done(), ErrTrailing) {
		t.Error("trailing byte is not an error")
	}
	var zero Parser
	if err := zero.Done(); err != nil {
		t.Errorf("zero parser: %v", err)
	}
}

func TestParserWords(t *testing.T) {
	p := NewParser([]byte("ERR CMD SYNTAX"))
	p.Literal("ERR")
	if p.Accept("x") || !p.Accept(" ") || string(p.Peek(3)) != "CMD" || string(p.Until(' ')) != "CMD" {
		t.Error("words are not read one by one")
	}
	if !p.Accept(" ") || string(p.Until(' ')) != "SYNTAX" || string(p.Peek(9)) != "" || p.Done() != nil {
		t.Error("the last word is not read")
	}
	p = NewParser([]byte("ERx"))
	if p.Literal("ERR"); !errors.Is(p.Done(), ErrSyntax) {
		t.Error("wrong literal is not an error")
	}
}

// TestParserAliases checks that appending to a parsed value does not write into
// the message behind it.
func TestParserAliases(t *testing.T) {
	b := []byte("\x02abcd")
	_ = append(NewParser(b).Short(), 'X')
	if string(b) != "\x02abcd" {
		t.Errorf("message became %q", b)
	}
}

func TestTime(t *testing.T) {
	want := time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC)
	b := AppendTime(nil, want.Add(999*time.Millisecond))
	if got := NewParser(b).Time(); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
