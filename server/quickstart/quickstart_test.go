package quickstart

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rsc.io/qr"
)

func TestText(t *testing.T) {
	for name, test := range map[string]struct {
		settings Settings
		has      []string
		lacks    []string
	}{
		"acme": {
			Settings{Host: "a.example", Data: "/d", Email: "me@a.example", Widget: true},
			[]string{"\nhost = a.example\n", "\ndata = /d\n", "\nhttps = :443\n", "\nacme = true\n", "\nacme-email = me@a.example\n", "\nwidget = *\n"},
			[]string{"\ncert = ", "\nproxies"},
		},
		"proxy": {
			Settings{Host: "a.example", Data: "/d", Proxied: true},
			[]string{"\nhttp = 127.0.0.1:8080\n", "\nproxies = 127.0.0.1,::1\n", "\nsmp = :5223\n"},
			[]string{"\nhttps", "\nacme", "\ncert"},
		},
	} {
		text := test.settings.Text()
		for _, words := range test.has {
			if !strings.Contains(text, words) {
				t.Errorf("%s: no %q in %s", name, words, text)
			}
		}
		for _, words := range test.lacks {
			if strings.Contains(text, words) {
				t.Errorf("%s: %q in %s", name, words, text)
			}
		}
	}
}

func TestWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "etc", "server.conf")
	s := Settings{Host: "a.example"}
	if err := s.Write(file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := s.Write(file); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("written again: %v", err)
	}
}

// TestHost: without a name server nothing is known, and that is said.
func TestHost(t *testing.T) {
	r := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") }}
	if name, err := Host(t.Context(), r, []netip.Addr{netip.MustParseAddr("192.0.2.1")}); !errors.Is(err, ErrHost) {
		t.Errorf("%q, %v", name, err)
	}
}

// TestQR reads the drawing back, module by module.
func TestQR(t *testing.T) {
	const text = "smp://u2dS9sG8nMNURyZwqASV4yROM28Er0luVTx5X1CsMrU=@chat.example.org"
	drawn, err := QR(text)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(drawn, "\n"), "\n")
	for y := -quiet; y < code.Size+quiet; y++ {
		line := []rune(lines[(y+quiet)/2])
		if len(line) != code.Size+2*quiet {
			t.Fatalf("line of %d modules", len(line))
		}
		for x := -quiet; x < code.Size+quiet; x++ {
			upper := (y+quiet)%2 == 0
			one := line[x+quiet]
			light := one == '█' || upper && one == '▀' || !upper && one == '▄'
			if light == code.Black(x, y) {
				t.Fatalf("module %d, %d is drawn wrong", x, y)
			}
		}
	}
}
