package inspect

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func expect(t *testing.T, f Finding, level Level, words string) {
	t.Helper()
	if f.Level != level || !strings.Contains(f.Text, words) {
		t.Errorf("%s, want %s %q", f, level, words)
	}
}

func TestName(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	for _, test := range []struct {
		host  string
		found []string
		level Level
		words string
	}{
		{"chat.example.org", []string{"192.0.2.1"}, Good, "is this machine"},
		{"chat.example.org", []string{"192.0.2.9", "2001:db8::1"}, Good, "is this machine"},
		{"chat.example.org", []string{"192.0.2.9"}, Doubtful, "192.0.2.9"},
		{"chat.example.org", nil, Bad, "not in the DNS"},
		{"localhost", nil, Doubtful, "needs a name"},
		{"192.0.2.1", nil, Doubtful, "needs a name"},
	} {
		lookup := func(context.Context, string) ([]string, error) {
			if test.found == nil {
				return nil, errors.New("no such host")
			}
			return test.found, nil
		}
		expect(t, Name(t.Context(), test.host, lookup, own), test.level, test.words)
	}
	if len(Own()) == 0 {
		t.Error("this machine has no address")
	}
}

func TestPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	expect(t, Port("smp", at, false), Bad, "in use by another program")
	expect(t, Port("smp", at, true), Good, "is served")
	l.Close()
	expect(t, Port("smp", "127.0.0.1:0", false), Good, "is free")
	expect(t, Port("smp", "nonsense", false), Bad, "cannot be listened at")
}

func TestDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	expect(t, Directory(dir), Good, "is made")
	expect(t, Directory(filepath.Join(dir, "more")), Doubtful, "and so is")
	expect(t, Disk(dir), Disk("/tmp").Level, "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	expect(t, Directory(dir), Good, "can be written")
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Error("the check leaves a file")
	}
	os.Chmod(dir, 0o755)
	expect(t, Directory(dir), Doubtful, "chmod 700")
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	expect(t, Directory(file), Bad, "not a directory")
	expect(t, Secret(file, true), Doubtful, "chmod 600")
	expect(t, Secret(file, false), Good, "settings")
	expect(t, Secret(filepath.Join(dir, "none"), false), Bad, "cannot be read")
}

func TestWorst(t *testing.T) {
	if Worst(nil) != Good || Worst([]Finding{{Good, ""}, {Bad, ""}, {Doubtful, ""}}) != Bad {
		t.Error("not the worst")
	}
	if !strings.Contains(Files().Text, "files may be open") {
		t.Error(Files())
	}
}
