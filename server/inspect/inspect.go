// Package inspect finds what stands in the way of a server, on the machine and
// in its settings, and says what can be done about it.
package inspect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A Level says how bad a finding is.
type Level int

const (
	Good     Level = iota // as it should be
	Doubtful              // works, or may work, but should be looked at
	Bad                   // does not work
)

func (l Level) String() string { return [...]string{"ok  ", "look", "BAD "}[l] }

// A Finding is a sentence for the operator.
type Finding struct {
	Level Level
	Text  string
}

func (f Finding) String() string { return f.Level.String() + "  " + f.Text }

func good(format string, args ...any) Finding {
	return Finding{Good, fmt.Sprintf(format, args...)}
}

func doubtful(format string, args ...any) Finding {
	return Finding{Doubtful, fmt.Sprintf(format, args...)}
}

func bad(format string, args ...any) Finding {
	return Finding{Bad, fmt.Sprintf(format, args...)}
}

// Worst returns the worst level there is.
func Worst(findings []Finding) Level {
	worst := Good
	for _, f := range findings {
		worst = max(worst, f.Level)
	}
	return worst
}

// lookupTimeout is how long name servers may take.
const lookupTimeout = 5 * time.Second

// Name looks a host up, and compares it with the addresses of this machine.
func Name(ctx context.Context, host string, lookup func(context.Context, string) ([]string, error), own []netip.Addr) Finding {
	if host == "localhost" || net.ParseIP(host) != nil {
		return doubtful("the host is %s: a public relay needs a name (host = chat.example.org)", host)
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := lookup(ctx, host)
	if err != nil || len(found) == 0 {
		return bad("%s is not in the DNS: add a record of type A (and AAAA) with this machine's public address", host)
	}
	for _, text := range found {
		if a, err := netip.ParseAddr(text); err == nil && slices.Contains(own, a.Unmap()) {
			return good("%s leads to %s, which is this machine", host, a)
		}
	}
	return doubtful("%s leads to %s, which no network card of this machine has: right only if something passes its ports on to here", host, strings.Join(found, ", "))
}

// Own returns the addresses of this machine.
func Own() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var own []netip.Addr
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, p.Addr().Unmap())
		}
	}
	return own
}

// Port reports whether a server could listen at an address, or does already.
func Port(setting, at string, running bool) Finding {
	if running {
		return good("%s = %s is served", setting, at)
	}
	l, err := net.Listen("tcp", at)
	switch {
	case err == nil:
		l.Close()
		return good("%s = %s is free", setting, at)
	case errors.Is(err, syscall.EADDRINUSE):
		return bad("%s = %s is in use by another program: ss -ltnp shows which", setting, at)
	case errors.Is(err, syscall.EACCES):
		return bad("%s = %s takes the capability CAP_NET_BIND_SERVICE, which the systemd unit gives", setting, at)
	}
	return bad("%s = %s cannot be listened at: %v", setting, at, err)
}

// Directory reports whether what is in dir is nobody else's, and can be written.
func Directory(dir string) Finding {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return above(dir)
	case err != nil:
		return bad("data = %s cannot be read: %v", dir, err)
	case !info.IsDir():
		return bad("data = %s is not a directory", dir)
	case info.Mode().Perm()&0o077 != 0:
		return doubtful("data = %s can be entered by other users: chmod 700 %s", dir, dir)
	}
	f, err := os.CreateTemp(dir, ".check")
	if err != nil {
		return bad("data = %s cannot be written by this user (number %d)", dir, os.Getuid())
	}
	f.Close()
	os.Remove(f.Name())
	return good("data = %s can be written", dir)
}

// above is of a directory that is still to be made.
func above(dir string) Finding {
	parent := filepath.Dir(filepath.Clean(dir))
	if info, err := os.Stat(parent); err != nil || !info.IsDir() {
		return doubtful("data = %s is made at the first start, and so is %s", dir, parent)
	}
	return good("data = %s is made at the first start", dir)
}

// Secret reports whether only the owner can read a file, if it has a secret.
func Secret(file string, secret bool) Finding {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return bad("%s cannot be read: %v", file, err)
	case secret && info.Mode().Perm()&0o004 != 0:
		return doubtful("%s has a password, and every user can read it: chmod 600 %s", file, file)
	}
	return good("settings are read from %s", file)
}
