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

// batches are binary batches: plain, forwarded, signed, and both.
var batches = []string{
	"=" + element(`{"event":"x.ok","params":{}}`),
	"=" + element(">M\x03abc\x03Ann\x00\x00\x00\x00\x00\x00\x00\x05"+`{"event":"x.ok","params":{}}`),
	"=" + element("/G\x01M\x04sign"+`{"event":"x.ok","params":{}}`),
	"=" + element(">M\x03abc\x03Ann\x00\x00\x00\x00\x00\x00\x00\x05/G\x01M\x04sign"+`{"event":"x.ok","params":{}}`),
}

// element is a count of one and an element with its length.
func element(s string) string { return "\x01" + string([]byte{byte(len(s) >> 8), byte(len(s))}) + s }

func TestBinaryBatch(t *testing.T) {
	for i, b := range batches {
		msgs, lost, err := Parse([]byte(b))
		if err != nil || lost != 0 || len(msgs) != 1 || msgs[0].Event != eventOK {
			t.Fatalf("%q: %+v, %d, %v", b, msgs, lost, err)
		}
		if f := msgs[0].Forward; (f != nil) != (i%2 == 1) || f != nil && (f.memberID != "YWJj" || f.name != "Ann" || f.at.Unix() != 5) {
			t.Errorf("%q: %+v", b, f)
		}
		for n := range b {
			if _, _, err := Parse([]byte(b[:n])); err == nil {
				t.Errorf("accepted %q", b[:n])
			}
		}
	}
	for _, b := range []string{">C\x00\x00\x00\x00\x00\x00\x00\x05{}", ">M\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05" + `{"event":"x.ok","params":{}}`, "/X\x01M\x00{}", "F"} {
		if msgs, _, err := Parse([]byte("=" + element(b))); err == nil {
			t.Errorf("%q is read as %+v", b, msgs)
		}
	}
}

func TestParseForward(t *testing.T) {
	const text = `{"memberId":"YWJj","memberName":"Ann","msgTs":"2026-01-01T00:00:00.123456789Z","msg":{"msgId":"AQID","event":"x.ok","params":{}}}`
	m, err := parseForward([]byte(text))
	if err != nil || m.Event != eventOK || m.Forward.memberID != "YWJj" || m.Forward.name != "Ann" || m.Forward.at.Year() != 2026 {
		t.Errorf("%+v, %v", m, err)
	}
	for n := range text {
		if _, err := parseForward([]byte(text[:n])); err == nil {
			t.Errorf("accepted %s", text[:n])
		}
	}
	for _, bad := range []string{`{}`, `{"memberId":"YWJj","msgTs":"x","msg":{"event":"x.ok","params":{}}}`, `{"msgTs":"2026-01-01T00:00:00Z","msg":{"event":"x.ok","params":{}}}`} {
		if m, err := parseForward([]byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", bad, m)
		}
	}
}

func FuzzGroup(f *testing.F) {
	f.Add(`{"groupInvitation":{"fromMember":{"memberId":"AQ","memberRole":"owner"},"invitedMember":{"memberId":"Ag","memberRole":"member"},"connRequest":"simplex:/invitation#/?v=2","groupProfile":{"displayName":"a","fullName":""}}}`)
	f.Add(`{"memberInfo":{"memberId":"AQ","memberRole":"member","profile":{"displayName":"a","fullName":""}},"memberIntro":{"groupConnReq":"x"}}`)
	f.Add(`{"memberId":"YWJj","memberName":"Ann","msgTs":"2026-01-01T00:00:00Z","msg":{"event":"x.ok","params":{}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		params := json.RawMessage(text)
		if i, err := parseInvitation(params, "groupInvitation"); err == nil && (i.From.ID == "" || i.Invited.ID == i.From.ID) {
			t.Errorf("%+v", i)
		}
		if m, _, ok := met(params); ok && (m.ID == "" || utf8.RuneCountInString(m.Profile.DisplayName) > maxName) {
			t.Errorf("%+v", m)
		}
		if m, err := parseForward(params); err == nil && m.Forward.memberID == "" {
			t.Errorf("%+v", m)
		}
	})
}
