package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"sotto/server/deploy"
	"sotto/server/identity"
	"sotto/server/inspect"
	"sotto/server/quickstart"
)

// Where root's servers have their things; others have them where they are.
const (
	rootData   = "/var/lib/sotto"
	ownConfig  = "sotto.conf"
	ownData    = "sotto-data"
	unitFile   = "/etc/systemd/system/sotto.service"
	systemdRun = "/run/systemd/system" // there if systemd runs the machine
)

// begin writes the settings of a new server, makes its identity, and says what
// to do next. It asks nothing: what it cannot find out has to be said.
func begin(ctx context.Context, args []string, out io.Writer) error {
	s := &quickstart.Settings{}
	f := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	root := os.Getuid() == 0
	file := f.String("config", choose(root, sources.Default, ownConfig), "file of settings to write")
	f.StringVar(&s.Data, "data", choose(root, rootData, ownData), "directory of identity and queues")
	f.StringVar(&s.Email, "email", "", "where Let's Encrypt may write to")
	f.BoolVar(&s.Proxied, "proxied", false, "another program has port 443 and passes requests on")
	f.BoolVar(&s.Widget, "widget", false, "let any site show the chat")
	f.Usage = func() {
		fmt.Fprintln(f.Output(), "server quickstart [flags] [chat.example.org]")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return err
	}
	var err error
	if s.Host = f.Arg(0); s.Host == "" {
		if s.Host, err = quickstart.Host(ctx, net.DefaultResolver, inspect.Own()); err != nil {
			return err
		}
	}
	if s.Data, err = filepath.Abs(s.Data); err != nil {
		return err
	}
	if !s.Proxied {
		s.Proxied = taken(":443")
	}
	if err := s.Write(*file); err != nil {
		return err
	}
	fmt.Fprintf(out, "Settings are in %s, data is in %s.\n", *file, s.Data)
	return introduce(ctx, *file, s, out)
}

func choose(root bool, yes, no string) string {
	if root {
		return yes
	}
	return no
}

// taken reports whether another program has a port.
func taken(at string) bool {
	l, err := net.Listen("tcp", at)
	if err == nil {
		l.Close()
	}
	return errors.Is(explain(err), errInUse)
}

// introduce shows the new relay, unless there is an official one to go on from.
func introduce(ctx context.Context, file string, s *quickstart.Settings, out io.Writer) error {
	o, err := parse([]string{"-config", file})
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(officialConfig, "ca.crt")); err == nil {
		fmt.Fprintf(out, "There is an official relay here. To keep its address and queues: stop it with SIGINT, then\n    server -config %s import\nFor a new address start the server without that.\n", file)
	} else if err := o.show(out); err != nil {
		return err
	}
	if err := install(out); err != nil {
		return err
	}
	if s.Proxied {
		fmt.Fprintf(out, "\nAnother program has port 443: let it pass %s on to http://127.0.0.1:8080 (server/deploy has examples for nginx and Caddy).\n", s.Host)
	}
	fmt.Fprintf(out, "\nNow:\n")
	for _, f := range o.findings(ctx) {
		if f.Level != inspect.Good {
			fmt.Fprintln(out, "   ", f)
		}
	}
	fmt.Fprintf(out, "    %s\n", o.startCommand(file))
	return nil
}

// show makes the relay's identity, and prints its address.
func (o *options) show(out io.Writer) error {
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	id, err := identity.Load(o.data, o.host, time.Now())
	if err != nil {
		return err
	}
	address := o.expected(id)
	code, err := quickstart.QR(address)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nYour relay's address, for the SimpleX app (Network & servers, Add server):\n\n%s\n%s\n\n", code, address)
	fmt.Fprintf(out, "Your site, when the server runs: https://%s/\n", o.host)
	if file := identity.AuthorityKey(o.data); file != "" {
		fmt.Fprintf(out, "Move %s to a safe place off this machine: who has it can be your relay.\n", file)
	}
	return nil
}

// install writes the systemd unit where systemd runs, if there is none.
func install(out io.Writer) error {
	if info, err := os.Stat(systemdRun); err != nil || !info.IsDir() || os.Getuid() != 0 {
		return nil
	}
	f, err := os.OpenFile(unitFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(deploy.Unit)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe systemd unit is in %s; it starts %s.\n", unitFile, deploy.Program)
	return nil
}

// startCommand is how the server is started.
func (o *options) startCommand(file string) string {
	if _, err := os.Stat(unitFile); err == nil && file == sources.Default {
		return "systemctl daemon-reload && systemctl enable --now sotto && server check"
	}
	return "server -config " + file
}
