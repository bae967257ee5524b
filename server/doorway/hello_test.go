package doorway

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// helloOf is what Go's TLS client says first.
func helloOf(t testing.TB, c *tls.Config) []byte {
	t.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	c.InsecureSkipVerify = true
	go func() {
		tls.Client(theirs, c).Handshake()
		theirs.Close()
	}()
	heard, _, err := hear(ours)
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

func configs() map[string]*tls.Config {
	return map[string]*tls.Config{
		"browser":   {ServerName: "chat.example.org", NextProtos: []string{"h2", "http/1.1"}},
		"app":       {NextProtos: []string{"smp/1"}},
		"disguised": {NextProtos: []string{"http/1.1"}},
		"bare":      {},
		"old":       {ServerName: "a.b", MaxVersion: tls.VersionTLS12},
		"long":      {ServerName: strings.Repeat("a.", 120) + "org", NextProtos: slices.Repeat([]string{strings.Repeat("p", 255)}, 60)},
	}
}

func TestHello(t *testing.T) {
	for name, c := range configs() {
		b := helloOf(t, c)
		h, err := parseHello(b)
		if err != nil || h.name != c.ServerName || !slices.Equal(h.protos, c.NextProtos) {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
		for n := range b {
			if _, err := parseHello(b[:n]); err != io.ErrUnexpectedEOF {
				t.Fatalf("%s: %d of %d bytes: %v", name, n, len(b), err)
			}
		}
		if _, err := parseHello(append(b, "more"...)); err != nil {
			t.Errorf("%s and more: %v", name, err)
		}
	}
}

// split puts a hello into records of at most n bytes.
func split(b []byte, n int) []byte {
	var out []byte
	for part := range slices.Chunk(b[recordHeader:], n) {
		out = append(out, recordHandshake, 3, 1, byte(len(part)>>8), byte(len(part)))
		out = append(out, part...)
	}
	return out
}

// TestRecords: a hello may come in several records, but not in any number.
func TestRecords(t *testing.T) {
	b := helloOf(t, configs()["browser"])
	for _, n := range []int{len(b), len(b)/2 + 1, len(b)/maxRecords + 1} {
		if h, err := parseHello(split(b, n)); err != nil || h.name != "chat.example.org" {
			t.Errorf("records of %d bytes: %+v, %v", n, h, err)
		}
	}
	if _, err := parseHello(split(b, 3)); !errors.Is(err, errHello) {
		t.Errorf("records of 3 bytes: %v", err)
	}
}

func TestNotHello(t *testing.T) {
	good := helloOf(t, configs()["browser"])
	change := func(at int, to byte) []byte {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	for name, b := range map[string][]byte{
		"http":              []byte("GET / HTTP/1.1\r\n"),
		"alert":             change(0, 21),
		"version":           change(1, 2),
		"empty record":      {22, 3, 1, 0, 0},
		"large record":      {22, 3, 1, 0x40, 1},
		"server's hello":    change(5, 2),
		"large hello":       change(6, 1),
		"shorter than said": change(8, good[8]-1),
		"long session":      change(5+4+34, 255),
	} {
		if _, err := parseHello(b); err != errHello {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// extension makes a hello with extensions that TLS clients do not send.
func extension(bodies ...[]byte) []byte {
	var all []byte
	for _, b := range bodies {
		all = append(all, b...)
	}
	m := slices.Concat(make([]byte, 34), []byte{0, 0, 2, 19, 1, 1, 0, byte(len(all) >> 8), byte(len(all))}, all)
	m = append([]byte{typeClientHello, 0, byte(len(m) >> 8), byte(len(m))}, m...)
	return append([]byte{recordHandshake, 3, 1, byte(len(m) >> 8), byte(len(m))}, m...)
}

func TestExtensions(t *testing.T) {
	name := []byte{0, 0, 0, 6, 0, 4, 0, 0, 1, 'a'}
	if h, err := parseHello(extension(name)); err != nil || h.name != "a" {
		t.Fatalf("%+v, %v", h, err)
	}
	if h, err := parseHello(extension([]byte{0, 0, 0, 6, 0, 4, 9, 0, 1, 'a'})); err != nil || h.name != "" {
		t.Errorf("name of another kind: %+v, %v", h, err)
	}
	for what, b := range map[string][]byte{
		"twice":         extension(name, name),
		"no list":       extension([]byte{0, 0, 0, 0}),
		"empty list":    extension([]byte{0, 0, 0, 2, 0, 0}),
		"empty name":    extension([]byte{0, 0, 0, 5, 0, 3, 0, 0, 0}),
		"two names":     extension([]byte{0, 0, 0, 10, 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b'}),
		"more in it":    extension([]byte{0, 0, 0, 7, 0, 4, 0, 0, 1, 'a', 0}),
		"long name":     extension(slices.Concat([]byte{0, 0, 1, 5, 1, 3, 0, 1, 0}, make([]byte, 256))),
		"no protocols":  extension([]byte{0, 16, 0, 2, 0, 0}),
		"empty one":     extension([]byte{0, 16, 0, 3, 0, 1, 0}),
		"one cut short": extension([]byte{0, 16, 0, 4, 0, 2, 2, 'a'}),
		"half header":   extension([]byte{0, 16, 0}),
	} {
		if _, err := parseHello(b); err != errHello {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestHear: however a hello arrives, all that was read is there.
func TestHear(t *testing.T) {
	for name, c := range configs() {
		b := helloOf(t, c)
		heard, h, err := hear(iotest.OneByteReader(bytes.NewReader(b)))
		if err != nil || !bytes.Equal(heard, b) || h.name != c.ServerName {
			t.Errorf("%s: %d of %d bytes, %+v, %v", name, len(heard), len(b), h, err)
		}
		if _, _, err := hear(iotest.DataErrReader(bytes.NewReader(b[:len(b)-1]))); err != io.EOF {
			t.Errorf("%s: cut short: %v", name, err)
		}
	}
	endless := append([]byte{22, 3, 3, 0x40, 0, 1, 0, 0x7f, 0xf0}, bytes.Repeat([]byte{0}, 1<<20)...)
	if heard, _, err := hear(bytes.NewReader(endless)); err != errHello || len(heard) > 2*maxHello {
		t.Errorf("endless: %v after %d bytes", err, len(heard))
	}
}

// onlyRead is a connection on which a TLS server hears b and says nothing.
type onlyRead struct {
	net.Conn
	b io.Reader
}

func (c onlyRead) Read(b []byte) (int, error)     { return c.b.Read(b) }
func (onlyRead) Write(b []byte) (int, error)      { return len(b), nil }
func (onlyRead) Close() error                     { return nil }
func (onlyRead) SetDeadline(time.Time) error      { return nil }
func (onlyRead) SetReadDeadline(time.Time) error  { return nil }
func (onlyRead) SetWriteDeadline(time.Time) error { return nil }

// FuzzHello: what Go's TLS server understands, this parser understands alike.
func FuzzHello(f *testing.F) {
	for _, c := range configs() {
		f.Add(helloOf(f, c))
	}
	f.Add(extension([]byte{0, 0, 0, 6, 0, 4, 0, 0, 1, 'a'}))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHello(b)
		if err != nil && err != errHello && err != io.ErrUnexpectedEOF {
			t.Fatal(err)
		}
		tls.Server(onlyRead{b: bytes.NewReader(b)}, &tls.Config{GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			// Go's server reads more records than any client sends.
			if err == nil && (canonical(h.name) != canonical(info.ServerName) || !slices.Equal(h.protos, info.SupportedProtos)) {
				t.Errorf("%+v, but Go reads %q %q", h, info.ServerName, info.SupportedProtos)
			}
			return nil, errors.New("heard")
		}}).Handshake()
	})
}
