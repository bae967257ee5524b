package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/hack-pad/safejs"
)

// pageScript is class Page of web/src/worker/page.ts as far as a port sees it.
const pageScript = `({
	sent: [], closed: 0,
	listen(f) { this.receive = f },
	send(m) { this.sent.push(m) },
	close() { if (this.closed++ === 0) this.receive(null) },
})`

func evaluate(t *testing.T, code string) safejs.Value {
	t.Helper()
	v, err := safejs.Global().Call("eval", code)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newPage(t *testing.T) (*port, safejs.Value) {
	t.Helper()
	page := evaluate(t, pageScript)
	p, err := newPort(page)
	if err != nil {
		t.Fatal(err)
	}
	return p, page
}

func TestPort(t *testing.T) {
	p, page := newPage(t)
	for _, m := range []string{`{"id":1}`, "äöü \U0001f600"} {
		page.Call("receive", m)
		if got, err := p.Receive(); err != nil || string(got) != m {
			t.Errorf("Receive = %q, %v", got, err)
		}
		if err := p.Send([]byte(m)); err != nil {
			t.Fatal(err)
		}
		sent, _ := page.Get("sent")
		last, _ := sent.Call("at", -1)
		if s, _ := last.String(); s != m {
			t.Errorf("sent %q", s)
		}
	}
	page.Call("receive", safejs.Null())
	if _, err := p.Receive(); !errors.Is(err, io.EOF) {
		t.Errorf("Receive from a page that is gone: %v", err)
	}
	if err := p.Send(nil); !errors.Is(err, io.EOF) {
		t.Errorf("Send to a page that is gone: %v", err)
	}
	p.Close()
}

func TestPortClose(t *testing.T) {
	p, page := newPage(t)
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Receive(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Receive: %v", err)
	}
	if n, _ := page.Get("closed"); n.IsUndefined() {
		t.Error("the page was not closed")
	}
}

func TestPortFlood(t *testing.T) {
	p, page := newPage(t)
	for range maxRequests + 1 {
		page.Call("receive", "{}")
	}
	for range maxRequests + 1 {
		if _, err := p.Receive(); err != nil {
			if !errors.Is(err, errTooMany) {
				t.Errorf("Receive: %v", err)
			}
			p.Close()
			return
		}
	}
	t.Error("all messages were taken")
}

func TestSite(t *testing.T) {
	const address = "smp://AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=@relay.example"
	origin := evaluate(t, `location.origin.replace("http", "ws")`)
	here, _ := origin.String()
	for in, url := range map[string]string{
		`{"relay":"` + address + `","url":"/smp","echo":true}`:              here + "/smp",
		`{"relay":"` + address + `","url":"wss://relay.example/x"}`:         "wss://relay.example/x",
		`{"relay":"` + address + `:5223","url":"ws://127.0.0.1:1/relay/x"}`: "ws://127.0.0.1:1/relay/x",
	} {
		s, err := parseSite([]byte(in))
		if err != nil || s.URL != url {
			t.Errorf("%s: %v, %v", in, s, err)
		}
	}
	two := `{"relay":"` + address + `","url":"/relay/a","others":[{"relay":"smp://HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=@other.example","url":"/relay/b"}]}`
	s, err := parseSite([]byte(two))
	if err != nil || len(s.relays()) != 2 || s.urlOf(s.relays()[0].Address) != here+"/relay/a" || s.urlOf(s.relays()[1].Address) != here+"/relay/b" {
		t.Errorf("two relays: %v, %v", s, err)
	}
	for _, in := range []string{
		``, `null`, `{}`, `[]`,
		strings.Replace(two, "/relay/b", "", 1),
		`{"relay":"` + address + `"}`,
		`{"relay":"` + address + `","url":"smp"}`,
		`{"relay":"` + address + `","url":"http://relay.example"}`,
		`{"relay":"smp://AAEC@relay.example","url":"/smp"}`,
		`{"relay":"relay.example","url":"/smp"}`,
	} {
		if _, err := parseSite([]byte(in)); !errors.Is(err, errSite) {
			t.Errorf("%s: %v", in, err)
		}
	}
}
