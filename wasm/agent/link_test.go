package agent

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/ratchet"
)

// A jsonRequest is a connection request of hs_links.
type jsonRequest struct {
	Mode          string
	AgentVersions [2]Version
	Queues        []jsonQueue
	ClientData    *string
	E2E           *jsonParams `json:"e2e"`
}

func (j jsonRequest) request(t testing.TB) *Request {
	r := &Request{Versions: smp.Range[Version]{Min: j.AgentVersions[0], Max: j.AgentVersions[1]}, Data: j.ClientData}
	for _, q := range j.Queues {
		r.Queues = append(r.Queues, q.uri(t))
	}
	if p := j.E2E; p != nil {
		r.Params = &ratchet.ParamsRange{Min: p.Versions[0], Max: p.Versions[1], Key1: publicKey(t, p.Key1DER), Key2: publicKey(t, p.Key2DER), KEM: p.kem(t)}
	}
	return r
}

// binary is the form in which the tests compare requests.
func (r *Request) append(b []byte) []byte { return appendRequest(b, r) }

func parseBinaryRequest(b []byte) (encoded, error) {
	p := wire.NewParser(b)
	r := readRequest(p)
	return r, p.Done()
}

// decodedRequest is what the reference reads; a string where it reads nothing.
func decodedRequest(t testing.TB, raw json.RawMessage) *Request {
	t.Helper()
	if len(raw) == 0 || raw[0] == '"' {
		return nil
	}
	var j jsonRequest
	decode(t, raw, &j)
	return j.request(t)
}

// TestRequestVectors writes and reads the reference's connection requests, as
// text and in binary.
func TestRequestVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "connection request: ") || strings.Contains(v.Description, "smp8.simplex.im") {
			continue // the reference adds onion hosts that it knows to addresses of before 2022
		}
		t.Run(v.Description, func(t *testing.T) {
			var in struct{ Value json.RawMessage }
			var out struct {
				Text                     string
				Binary                   hexBytes
				TextDecodedByReference   json.RawMessage
				BinaryDecodedByReference json.RawMessage
			}
			decode(t, v.Inputs, &in)
			decode(t, v.Outputs, &out)
			r := decodedRequest(t, in.Value)
			if got := string(r.append(nil)); got != string(out.Binary) {
				t.Errorf("binary %x, want %x", got, out.Binary)
			}
			if got := r.String(); strings.HasPrefix(out.Text, "simplex:") && got != out.Text {
				t.Errorf("text\n%s, want\n%s", got, out.Text)
			}
			checkRequestText(t, out.Text, r, decodedRequest(t, out.TextDecodedByReference))
			checkRequestBinary(t, out.Binary, r, decodedRequest(t, out.BinaryDecodedByReference))
		})
	}
}

func checkRequestText(t *testing.T, text string, original, different *Request) {
	t.Helper()
	want := original
	if different != nil {
		want = different
	}
	got, err := parseRequest(text)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("read\n%s, want\n%s", got, want)
	}
}

func checkRequestBinary(t *testing.T, b []byte, original, different *Request) {
	t.Helper()
	want := original
	if different != nil {
		want = different
	}
	got, err := parseBinaryRequest(b)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.append(nil)) != string(want.append(nil)) {
		t.Errorf("read %x, want %x", got.append(nil), want.append(nil))
	}
	for n := range b {
		if _, err := parseBinaryRequest(b[:n]); err == nil {
			t.Errorf("the first %d of %d bytes parse", n, len(b))
		}
	}
}

// TestRequestText checks what the reference's text parser accepts and refuses.
func TestRequestText(t *testing.T) {
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "connection request text: ") {
			continue
		}
		var in struct{ Text string }
		var out struct{ DecodedByReference json.RawMessage }
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		want := decodedRequest(t, out.DecodedByReference)
		got, err := parseRequest(in.Text)
		if (err == nil) != (want != nil) || err == nil && got.String() != want.String() {
			t.Errorf("%s: %v, %v; the reference: %v", v.Description, got, err, want)
		}
	}
}

// TestHaskellLinks reads the links of the reference's own tests and writes them
// again.
func TestHaskellLinks(t *testing.T) {
	for _, v := range vectors(t, "links_text.json") {
		var in struct{ Link, AlsoAccepted string }
		decode(t, v.Inputs, &in)
		if in.Link == "" {
			continue
		}
		for _, text := range []string{in.Link, in.AlsoAccepted} {
			if r, err := parseRequest(text); err != nil || r.String() != in.Link {
				t.Errorf("%s:\n%v, %v", text, r, err)
			}
		}
	}
}

// TestTypeScriptRequests reads the binary requests of the official TypeScript
// code.
func TestTypeScriptRequests(t *testing.T) {
	for _, v := range vectors(t, "connection_requests.json") {
		var out struct{ Encoded hexBytes }
		decode(t, v.Outputs, &out)
		if !strings.HasPrefix(v.Description, "ConnectionRequestUri contact") {
			continue
		}
		t.Run(v.Description, func(t *testing.T) { checkParser(t, parseBinaryRequest, out.Encoded) })
	}
}

// TestParseLink finds links in texts and says what they are.
func TestParseLink(t *testing.T) {
	var full, contact, short string
	for _, v := range vectors(t, "hs_links.json") {
		var out struct{ Text string }
		if json.Unmarshal(v.Outputs, &out) != nil {
			continue
		}
		switch v.Description {
		case "connection request: invitation, https://simplex.chat":
			full = out.Text
		case "connection request: contact, group link client data":
			contact = out.Text
		case "short link: SLSServer, CCTContact, one host, key hash":
			short = out.Text
		}
	}
	for _, c := range []struct {
		text    string
		kind    LinkKind
		problem LinkProblem
		link    string
	}{
		{"", LinkUnknown, NoLink, ""},
		{"hello", LinkUnknown, NoLink, ""},
		{"https://example.org/page#section and simplex:/", LinkUnknown, NoLink, ""},
		{full, LinkInvitation, 0, full},
		{"Connect with me: " + full + "\nThanks!", LinkInvitation, 0, full},
		{"(see https://example.org, then " + full + ").", LinkInvitation, 0, full},
		{"<" + full + ">", LinkInvitation, 0, full},
		{"“" + full + "”", LinkInvitation, 0, full},
		{"„" + short + "“, «" + full + "»", LinkContact, 0, short},
		{"我的地址：" + short + "。请打开", LinkContact, 0, short},
		{short + "\u00a0and more", LinkContact, 0, short},
		{short + "…", LinkContact, 0, short},
		{full[:len(full)-20], LinkUnknown, DamagedLink, full[:len(full)-20]},
		{"simplex:/invitation#/?v=2-7", LinkUnknown, DamagedLink, "simplex:/invitation#/?v=2-7"},
		{contact, LinkGroup, UnsupportedLink, contact},
		{short + " ", LinkContact, 0, short},
		{"simplex:/I#x", LinkUnknown, DamagedLink, "simplex:/I#x"},
		{"https://smp4.simplex.im/g#AbCd", LinkGroup, UnsupportedLink, "https://smp4.simplex.im/g#AbCd"},
		{"https://smp4.simplex.im/c#AbCd", LinkChannel, UnsupportedLink, "https://smp4.simplex.im/c#AbCd"},
		{"https://smp4.simplex.im/z#AbC", LinkUnknown, NoLink, ""},
		{"simplex:/name#channel.simplex", LinkUnknown, UnsupportedLink, "simplex:/name#channel.simplex"},
	} {
		link, err := ParseLink(c.text)
		var problem LinkProblem
		if e := (*LinkError)(nil); errors.As(err, &e) {
			problem = e.Problem
			if e.Error() == "" {
				t.Error("no words")
			}
		}
		if link.Kind != c.kind || problem != c.problem || link.Text != c.link {
			t.Errorf("%q: %s %q, problem %d (%v)", c.text, link.Kind, link.Text, problem, err)
		}
	}
}

// TestShortLinkForms checks that every form of a short link is recognised.
func TestShortLinkForms(t *testing.T) {
	kinds := map[string]LinkKind{"invitation": LinkInvitation, "CCTContact": LinkContact, "CCTGroup": LinkGroup, "CCTChannel": LinkChannel, "CCTRelay": LinkRelay}
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "short link: ") {
			continue
		}
		var out struct{ Text string }
		decode(t, v.Outputs, &out)
		link, err := ParseLink("x " + out.Text + " y")
		if want := kinds[strings.Split(v.Description, ", ")[1]]; (err == nil) != (want == LinkInvitation || want == LinkContact) || !link.Short || link.Kind != want || link.Text != out.Text {
			t.Errorf("%s: %+v, %v", v.Description, link, err)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	for _, v := range vectors(f, "hs_links.json") {
		var out struct{ Text string }
		if json.Unmarshal(v.Outputs, &out) == nil && out.Text != "" {
			f.Add(out.Text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		link, err := ParseLink(text)
		if err != nil {
			return
		}
		if link.Short {
			again, err := parseShortLink(link.short.String())
			if err != nil || again.String() != link.short.String() {
				t.Fatalf("%q is not stable: %v", text, err)
			}
			return
		}
		again, err := parseRequest(link.Request.String())
		if err != nil || again.String() != link.Request.String() {
			t.Fatalf("%q is not stable: %v", text, err)
		}
	})
}

func FuzzRequest(f *testing.F) {
	for _, v := range vectors(f, "hs_links.json") {
		var out struct{ Binary hexBytes }
		if json.Unmarshal(v.Outputs, &out) == nil && len(out.Binary) > 0 {
			f.Add([]byte(out.Binary))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseBinaryRequest(b)
		if err != nil {
			return
		}
		again, err := parseBinaryRequest(r.append(nil))
		if err != nil || string(again.append(nil)) != string(r.append(nil)) {
			t.Fatalf("%x is not stable: %v", b, err)
		}
	})
}
