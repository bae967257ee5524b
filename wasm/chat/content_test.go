package chat

import (
	"strings"
	"testing"
)

func TestContent(t *testing.T) {
	for _, tt := range []struct{ in, text, unknown string }{
		{`{"type":"text","text":"hi"}`, "hi", ""},
		{`{"type":"link","text":"see https://a.example","preview":{"uri":"https://a.example"}}`, "see https://a.example", ""},
		{`{"type":"voice","text":"","duration":65}`, "", ""},
		{`{"type":"report","text":"rude","reason":"spam"}`, "report spam: rude", ""},
		{`{"type":"hologram","text":"look","x":1}`, "look", "hologram"},
		{`{"type":"hologram"}`, "", "hologram"},
	} {
		c, err := parseContent([]byte(tt.in))
		if err != nil || c.Text != tt.text || c.unknown() != tt.unknown {
			t.Errorf("%s: %q, %q, %v", tt.in, c.Text, c.unknown(), err)
		}
	}
	for _, in := range []string{``, `1`, `{}`, `{"type":"text"}`, `{"type":"text","text":1}`} {
		if c, err := parseContent([]byte(in)); err == nil {
			t.Errorf("%s read as %v", in, c)
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		" Ada ":                 "Ada",
		"":                      "",
		"a\nb":                  "",
		"a\u202eb":              "",
		strings.Repeat("ж", 50): strings.Repeat("ж", 50),
		strings.Repeat("ж", 51): "",
		"a\xffb":                "",
		"\u200b":                "",
		"\u3164 \u2800":         "",
		"!":                     "!",
		"👩‍🚀 Name":              "👩‍🚀 Name",
	} {
		got, err := checkName(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestReceivedProfileIsMadeSafe(t *testing.T) {
	p, err := parseInfo([]byte(`{"profile":{"displayName":"Eve\u202e\n","fullName":"","image":"javascript:alert(1)","preferences":{}}}`))
	if err != nil || p.DisplayName != "Eve" || p.Image != "" {
		t.Errorf("%+v, %v", p, err)
	}
}
