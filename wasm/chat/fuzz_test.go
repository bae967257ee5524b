package chat

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

var requests = []string{
	`{"v":"1-18","event":"x.contact","params":{"profile":{"displayName":"Bob","fullName":""},"contactReqId":"AQID","welcomeMsgId":"BAUG","msgId":"BwgJ","content":{"type":"text","text":"Hello"}}}`,
	`{"event":"x.info","params":{"profile":{"displayName":"Bob","fullName":"","preferences":{"timedMessages":{"allow":"yes","ttl":3600}}}}}`,
}

func TestParseRequest(t *testing.T) {
	r, err := parseRequest([]byte(requests[0]))
	if err != nil || r.profile.DisplayName != "Bob" || r.key != "AQID" || r.welcomeID != "BAUG" || string(r.messageID) != "\a\b\t" || r.content == nil || r.content.Text != "Hello" {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = parseRequest([]byte(requests[1]))
	if err != nil || r.ttl != 3600 || r.content != nil {
		t.Errorf("%+v, %v", r, err)
	}
	for _, text := range requests {
		for n := range text {
			if _, err := parseRequest([]byte(text[:n])); err == nil {
				t.Errorf("accepted %s", text[:n])
			}
		}
	}
	for _, text := range []string{
		`{"event":"x.contact","params":{}}`, `{"event":"x.msg.new","params":{"profile":{"displayName":"Bob"}}}`,
		`{"event":"x.contact","params":{"profile":{"displayName":5}}}`, `[]`,
	} {
		if _, err := parseRequest([]byte(text)); err == nil {
			t.Errorf("accepted %s", text)
		}
	}
}

func FuzzRequest(f *testing.F) {
	for _, text := range requests {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseRequest(b)
		if err != nil {
			return
		}
		if n := r.profile.DisplayName; utf8.RuneCountInString(n) > maxName || strings.ContainsAny(n, "\n\r\t") || len(r.messageID) > 255 {
			t.Errorf("%+v", r)
		}
	})
}

func TestShown(t *testing.T) {
	p := Profile{DisplayName: "Alice", FullName: "A", Description: "lamps", Image: "data:image/png;base64,iVBORw0KGgo="}
	for _, message := range []string{"", "Welcome!", strings.Repeat("long ", 4000)} {
		b, err := Show(p, message)
		if err != nil {
			t.Fatal(err)
		}
		if (b[0] == 'X') != (len(message) > maxPlain) {
			t.Errorf("begins with %q", b[0])
		}
		s, err := ParseShown(b)
		if err != nil || s.Profile != p || s.Message != message || s.Business || s.Group {
			t.Errorf("%+v, %v", s, err)
		}
		for n := range b {
			if _, err := ParseShown(b[:n]); err == nil {
				t.Errorf("accepted %d bytes of %d", n, len(b))
			}
		}
	}
	// As official apps write them.
	s, err := ParseShown([]byte(`{"profile":{"displayName":"Shop","fullName":"","shortDescr":"We sell","preferences":{"files":{"allow":"always"}}},"message":{"type":"text","text":"Hi"},"business":true}`))
	if err != nil || !s.Business || s.Message != "Hi" || s.Profile.Description != "We sell" {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = ParseShown([]byte(`{"groupProfile":{"displayName":"Club","fullName":"","description":"Be kind","groupPreferences":{}},"publicGroupData":{"publicMemberCount":5}}`))
	if err != nil || !s.Group || s.Message != "Be kind" || s.Profile.DisplayName != "Club" {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzShown(f *testing.F) {
	for _, message := range []string{"", "Welcome!", strings.Repeat("long ", 4000)} {
		b, err := Show(Profile{DisplayName: "Alice"}, message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseShown(b)
		if err != nil || s.Group {
			return
		}
		again, err := Show(s.Profile, s.Message)
		if err != nil {
			t.Fatal(err)
		}
		if s.Profile.DisplayName == "" {
			return // nothing of the name could be seen
		}
		read, err := ParseShown(again)
		if s.Business = false; err != nil || read != s {
			t.Errorf("%+v is read as %+v, %v", s, read, err)
		}
	})
}

func FuzzContent(f *testing.F) {
	for _, text := range []string{
		`{"type":"image","text":"a","image":"data:image/png;base64,AAAA"}`, `{"type":"voice","text":"","duration":3}`, `{"type":"link","text":"b","preview":{"uri":"https://a.example","title":"","description":"","image":""}}`,
		`{"type":"report","text":"","reason":"spam"}`, `{"type":"chat","text":"","chatLink":{"connLink":"simplex:/a#AAAA"}}`, `{"type":"x"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseContent(json.RawMessage(b))
		if err != nil {
			return
		}
		var it Item
		c.fill(&it)
		if (it.Kind == "") != (it.Unknown != "") || !utf8.ValidString(it.Text) || it.Duration < 0 || len(it.Image) > maxPreview {
			t.Errorf("%+v", it)
		}
		text, err := json.Marshal(it)
		if err != nil {
			t.Fatal(err)
		}
		var read Item
		if err := json.Unmarshal(text, &read); err != nil || !reflect.DeepEqual(read, it) {
			t.Errorf("%+v stored as %s", it, text)
		}
	})
}

func FuzzImage(f *testing.F) {
	f.Add("data:image/png;base64,AAAA")
	f.Add("data:image/svg+xml;base64,AAAA")
	f.Fuzz(func(t *testing.T, uri string) {
		if got := cleanImage(uri, maxImage); got != "" && (got != uri || strings.ContainsAny(got, "<>\"'\n\r ")) {
			t.Errorf("%q", got)
		}
	})
}
