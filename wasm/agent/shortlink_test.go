package agent

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
)

// A jsonShortLink is a short link of hs_links.
type jsonShortLink struct {
	Scheme, Type    string
	Server          jsonAddress
	LinkID, LinkKey hexBytes
}

func (j jsonShortLink) link() *shortLink {
	return &shortLink{kind: shortKinds[j.Type], web: j.Scheme == "SLSServer", relay: j.Server.address(), id: j.LinkID, key: j.LinkKey}
}

// shortOf is what the reference reads, nil where it reads nothing.
func shortOf(t testing.TB, raw json.RawMessage) *shortLink {
	t.Helper()
	if len(raw) == 0 || raw[0] == '"' {
		return nil
	}
	var j jsonShortLink
	decode(t, raw, &j)
	return j.link()
}

func parseBinaryShortLink(b []byte) (encoded, error) {
	p := wire.NewParser(b)
	l := readShortLink(p)
	return l, p.Done()
}

// TestShortLinkVectors writes and reads the reference's short links, as text and
// in binary.
func TestShortLinkVectors(t *testing.T) {
	n := 0
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "short link: ") {
			continue
		}
		n++
		var in struct{ Value json.RawMessage }
		var out struct {
			Text   string
			Binary hexBytes
		}
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		l := shortOf(t, in.Value)
		if got := l.String(); got != out.Text {
			t.Errorf("%s: text\n%s, want\n%s", v.Description, got, out.Text)
		}
		if got, err := parseShortLink(out.Text); err != nil || got.String() != out.Text || string(got.append(nil)) != string(out.Binary) {
			t.Errorf("%s: read %v, %v", v.Description, got, err)
		}
		if got := l.append(nil); string(got) != string(out.Binary) {
			t.Errorf("%s: binary %x, want %x", v.Description, got, out.Binary)
		}
		checkParser(t, parseBinaryShortLink, out.Binary)
		for n := range out.Binary {
			if _, err := parseBinaryShortLink(out.Binary[:n]); err == nil {
				t.Errorf("%s: the first %d bytes parse", v.Description, n)
			}
		}
	}
	if n != 36 {
		t.Errorf("%d links", n)
	}
}

// TestShortLinkText checks what the reference's text parser accepts and refuses.
func TestShortLinkText(t *testing.T) {
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "short link text: ") {
			continue
		}
		var in struct{ Text string }
		var out struct{ DecodedByReference json.RawMessage }
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		want := shortOf(t, out.DecodedByReference)
		got, err := parseShortLink(in.Text)
		if (err == nil) != (want != nil) || err == nil && got.String() != want.String() {
			t.Errorf("%s: %v, %v; the reference: %v", v.Description, got, err, want)
		}
	}
}

// TestTypeScriptShortLinks reads the links of the official TypeScript code.
func TestTypeScriptShortLinks(t *testing.T) {
	for _, v := range vectors(t, "short_links.json") {
		var in struct {
			URI     string
			Encoded hexBytes
		}
		var out struct {
			Error           string
			Parsed, Decoded struct {
				Mode, ConnType  string
				Server          struct{ Hosts []string }
				LinkID, LinkKey hexBytes
			}
		}
		if json.Unmarshal(v.Inputs, &in) != nil || json.Unmarshal(v.Outputs, &out) != nil {
			continue
		}
		want := out.Parsed
		var l *shortLink
		var err error
		switch {
		case in.URI != "":
			l, err = parseShortLink(in.URI)
		case strings.HasPrefix(v.Description, "ConnShortLink binary"):
			want = out.Decoded
			p := wire.NewParser(in.Encoded)
			l, err = readShortLink(p), p.Done()
		default:
			continue
		}
		if (err != nil) != (out.Error != "") {
			t.Errorf("%s: %v, the reference: %q", v.Description, err, out.Error)
		}
		if err != nil {
			continue
		}
		kind := LinkKind(want.ConnType)
		if want.Mode == "invitation" {
			kind = LinkInvitation
		}
		if l.kind != kind || string(l.id) != string(want.LinkID) || string(l.key) != string(want.LinkKey) || len(l.relay.Hosts) != len(want.Server.Hosts) {
			t.Errorf("%s: %+v", v.Description, l)
		}
	}
}

// TestPresets shortens and restores links on relays that clients know.
func TestPresets(t *testing.T) {
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "shortenShortLink") {
			continue
		}
		var in struct {
			Presets []jsonAddress
			Link    json.RawMessage
		}
		var out struct {
			Shortened string
			Restored  json.RawMessage
		}
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		var known []smp.Address
		for _, a := range in.Presets {
			known = append(known, a.address())
		}
		short := shortOf(t, in.Link).shorten(known)
		if short.String() != out.Shortened {
			t.Errorf("%s: %s, want %s", v.Description, short, out.Shortened)
		}
		if got, want := short.restore(known).String(), shortOf(t, out.Restored).String(); got != want {
			t.Errorf("%s: restored %s, want %s", v.Description, got, want)
		}
	}
	l, err := ParseLink("https://smp16.simplex.im/a#mA2JXPZ_5Af-fESA06N8ERUAt8s1524DIzHEnu5KYrE")
	if err != nil || len(l.short.relay.Fingerprint) != 32 || len(l.short.relay.Hosts) != 2 {
		t.Errorf("%+v, %v", l.short, err)
	}
}

// TestLinkAccess derives ids and keys.
func TestLinkAccess(t *testing.T) {
	n := 0
	for _, file := range []string{"hs_links.json", "short_links.json"} {
		for _, v := range vectors(t, file) {
			kind := LinkContact
			if strings.HasPrefix(v.Description, "invShortLinkKdf") {
				kind = LinkInvitation
			} else if !strings.HasPrefix(v.Description, "contactShortLinkKdf") {
				continue
			}
			n++
			var in struct{ LinkKey hexBytes }
			var out struct {
				LinkID     hexBytes
				Key, SBKey hexBytes
			}
			decode(t, v.Inputs, &in)
			decode(t, v.Outputs, &out)
			id, key := (&shortLink{kind: kind, key: in.LinkKey}).access()
			if string(id) != string(out.LinkID) || string(key) != string(out.Key)+string(out.SBKey) {
				t.Errorf("%s: %x %x", v.Description, id, key)
			}
		}
	}
	if n != 10 {
		t.Errorf("%d derivations", n)
	}
}

func FuzzShortLink(f *testing.F) {
	for _, v := range vectors(f, "hs_links.json") {
		var out struct{ Binary string }
		if strings.HasPrefix(v.Description, "short link: ") && json.Unmarshal(v.Outputs, &out) == nil {
			b, _ := hex.DecodeString(out.Binary)
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := parseBinaryShortLink(b); err == nil && string(l.append(nil)) != string(b) {
			t.Errorf("%x encodes as %x", b, l.append(nil))
		}
	})
}
