// Package quickstart writes the settings of a new server from what the machine
// tells.
package quickstart

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
)

// Settings are what a new server is told.
type Settings struct {
	Host  string
	Data  string
	Email string // for the certificate's authority; may be empty

	Proxied bool // the certificate is a proxy's, else it comes by ACME
	Widget  bool // any site may show the chat
}

// ErrHost is returned if a machine does not know its public name.
var ErrHost = errors.New("quickstart: the name of this machine is not known: say it, as in server quickstart chat.example.org")

// Host finds the public name of this machine: its own name if that is a whole
// one, or what its addresses are called. Whatever it is, it leads back here.
func Host(ctx context.Context, r *net.Resolver, own []netip.Addr) (string, error) {
	var names []string
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
	}
	for _, a := range own {
		if a.IsGlobalUnicast() && !a.IsPrivate() {
			called, _ := r.LookupAddr(ctx, a.String())
			names = append(names, called...)
		}
	}
	for _, name := range names {
		name = strings.TrimSuffix(name, ".")
		if strings.Contains(name, ".") && leadsTo(ctx, r, name, own) {
			return name, nil
		}
	}
	return "", ErrHost
}

// leadsTo reports whether a name is of one of the addresses that others reach.
func leadsTo(ctx context.Context, r *net.Resolver, name string, own []netip.Addr) bool {
	found, err := r.LookupNetIP(ctx, "ip", name)
	return err == nil && slices.ContainsFunc(found, func(a netip.Addr) bool {
		return !a.Unmap().IsLoopback() && slices.Contains(own, a.Unmap())
	})
}

// Text is the settings' file.
func (s *Settings) Text() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	say("# Settings of Sotto's server. Every flag is a setting: server -h lists them.\n")
	say("# Check them with: server check\n\n")
	say("host = %s\ndata = %s\n\n", s.Host, s.Data)
	if s.Proxied {
		say("# Another program has port 443. It passes requests for %s on to here\n", s.Host)
		say("# (examples for nginx and Caddy are in server/deploy).\n")
		say("http = 127.0.0.1:8080\nproxies = 127.0.0.1,::1\n\n")
	} else {
		say("# The site, and SMP clients where nothing but this port is let through.\nhttps = :443\nhttp = :80\n")
		say("# The certificate comes from Let's Encrypt, whose terms of service you accept\n# by this: https://letsencrypt.org/repository\n")
		say("# For files of your own say cert = and key = instead; they are read again when\n# they change.\nacme = true\n")
		if s.Email != "" {
			say("acme-email = %s\n", s.Email)
		}
		say("\n")
	}
	say("# SMP clients.\nsmp = :5223\n")
	say("# Creating queues takes this password; without it anybody may.\n# password = \n\n")
	say("# /metrics, /healthz and /readyz, for this machine only.\nmetrics = 127.0.0.1:9100\n\n")
	say("# Sites whose pages may show the chat: https://shop.example, or * for any.\n")
	if s.Widget {
		say("widget = *\n")
	} else {
		say("# widget = *\n")
	}
	return b.String()
}

// Write makes a new file of settings, which only its owner can read: a password
// may come into it.
func (s *Settings) Write(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("quickstart: %w", err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("quickstart: %s is there already: change it, or move it away to begin anew", file)
	}
	if err != nil {
		return fmt.Errorf("quickstart: %w", err)
	}
	_, err = f.WriteString(s.Text())
	return errors.Join(err, f.Sync(), f.Close())
}
