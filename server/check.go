package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sotto/server/control"
	"sotto/server/identity"
	"sotto/server/inspect"
	"sotto/smp"
	"sotto/web/certs"
)

var errCheck = errors.New("what is marked BAD has to be mended")

// checkAll says how everything is that the server needs, and fails if it cannot
// run so.
func (o *options) checkAll(ctx context.Context, out io.Writer) error {
	findings := o.findings(ctx)
	for _, f := range findings {
		fmt.Fprintln(out, f)
	}
	if inspect.Worst(findings) == inspect.Bad {
		return errCheck
	}
	return nil
}

func (o *options) findings(ctx context.Context) []inspect.Finding {
	_, err := control.Ask(ctx, o.data, "status", "")
	running := err == nil
	var all []inspect.Finding
	if o.config != "" {
		all = append(all, inspect.Secret(o.config, o.password != ""))
	}
	all = append(all, inspect.Directory(o.data), inspect.Disk(o.data), inspect.Files())
	all = append(all, o.identityFindings()...)
	all = append(all, inspect.Name(ctx, o.host, net.DefaultResolver.LookupHost, inspect.Own()))
	for _, port := range []struct{ name, at string }{{"http", o.http}, {"https", o.https}, {"smp", o.smp}, {"metrics", o.metrics}} {
		if port.at != "" && !strings.HasPrefix(port.at, unixPrefix) {
			all = append(all, inspect.Port(port.name, port.at, running))
		}
	}
	if f, ok := o.certificateFinding(); ok {
		all = append(all, f)
	}
	return all
}

// identityFindings says who the relay is.
func (o *options) identityFindings() []inspect.Finding {
	id, err := identity.Read(o.data, time.Now())
	switch {
	case errors.Is(err, identity.ErrNone):
		return []inspect.Finding{{Level: inspect.Good, Text: "the relay's identity is made at the first start"}}
	case err != nil:
		return []inspect.Finding{{Level: inspect.Bad, Text: err.Error()}}
	}
	all := []inspect.Finding{{Level: inspect.Good, Text: "the relay is " + o.expected(id)}}
	if file := identity.AuthorityKey(o.data); file != "" {
		all = append(all, inspect.Finding{Level: inspect.Doubtful, Text: file + " is the relay's identity: keep it off this machine, it is needed only for server rotate"})
	}
	if time.Until(id.Until) < 30*24*time.Hour {
		all = append(all, inspect.Finding{Level: inspect.Doubtful, Text: "the relay's certificate ends on " + id.Until.Format(time.DateOnly) + ": server rotate makes another"})
	}
	return all
}

// expected is the address that a server of these settings has.
func (o *options) expected(id *identity.Identity) string {
	_, own, _ := net.SplitHostPort(o.smp)
	_, shared, _ := net.SplitHostPort(o.https)
	a := smp.Address{Fingerprint: id.Fingerprint[:], Hosts: []string{o.host}, Port: relayPort(own, shared)}
	return smp.PasswordAddress{Address: a, Password: o.secret()}.String()
}

// certificateFinding says how the site's certificate is.
func (o *options) certificateFinding() (inspect.Finding, bool) {
	var err error
	switch {
	case o.https == "":
		return inspect.Finding{}, false
	case o.acme.on:
		file := filepath.Join(o.data, certificateDir, o.host)
		if _, e := os.Stat(file); e != nil {
			return inspect.Finding{Level: inspect.Good, Text: "the site's certificate is asked for when the server runs, and renewed"}, true
		}
		err = certs.NewFiles(file, file, slog.Default()).Problem(o.host, time.Now())
	case o.cert != "":
		err = certs.NewFiles(o.cert, o.key, slog.Default()).Problem(o.host, time.Now())
	default:
		err = noCertificate{}.Problem(o.host, time.Now())
	}
	if err != nil {
		return inspect.Finding{Level: inspect.Bad, Text: strings.TrimPrefix(err.Error(), "certs: ")}, true
	}
	return inspect.Finding{Level: inspect.Good, Text: "the site's certificate is good"}, true
}
