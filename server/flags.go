package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"sotto/server/config"
	"sotto/server/outbound"
	"sotto/server/relay"
	"sotto/web"
)

// options are the settings.
type options struct {
	config    string // file that was read, "" if none
	data      string
	http      string
	https     string
	smp       string
	host      string
	cert      string
	key       string
	acme      acmeOptions
	password  string
	echo      *url.URL
	relayURL  string
	origins   []string
	widget    []string
	proxies   []netip.Prefix
	outbound  outbound.Dialer
	private   bool // other relays are not dialed
	metrics   string
	drain     time.Duration
	logFormat string
	logLevel  slog.Level
	limits    relay.Config // only what limitFlags sets
	command   []string     // to say to a server that is running; nil to be one
}

// acmeOptions say from whom the site's certificate comes.
type acmeOptions struct {
	on        bool
	email     string
	directory string
	roots     string
}

// none is an address that is not served.
const none = "none"

// sources are where settings come from besides the flags.
var sources = config.Sources{Prefix: "SOTTO_", Lookup: os.LookupEnv, Default: "/etc/sotto/server.conf"}

// parse reads the settings, and says on standard error what is wrong with them.
func parse(args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("server", flag.ContinueOnError)
	o.flags(f)
	limitFlags(f, &o.limits)
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "server [flags] [command]\n\nFlags; each is also a line NAME = VALUE in the file, and a variable as SOTTO_MAX_CONNS:\n")
		f.PrintDefaults()
		fmt.Fprintf(f.Output(), "\nCommands:\n%s\n", usageOfOperate)
	}
	file, err := config.Load(f, args, sources)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) && strings.HasPrefix(err.Error(), "config: ") {
			fmt.Fprintln(f.Output(), err)
		}
		return nil, err
	}
	o.config = file
	if err := o.check(f.Args()); err != nil {
		fmt.Fprintln(f.Output(), err)
		return nil, err
	}
	return o, nil
}

func (o *options) flags(f *flag.FlagSet) {
	f.StringVar(&o.data, "data", "data", "directory of identity and queues, made if it is not there")
	f.StringVar(&o.host, "host", "localhost", "host name of the site and in the relay's address")
	f.StringVar(&o.https, "https", none, "address of the site by HTTPS, as :443; SMP clients are served there, too")
	f.StringVar(&o.http, "http", "", "address of the site by plain HTTP, for a proxy or localhost (default :8080); host:port or unix:PATH.\nWith -https only for the certificate's authority and to lead to HTTPS (default :80); none: not at all")
	f.StringVar(&o.smp, "smp", ":5223", "address for SMP clients (TLS); none: no port of their own")
	f.StringVar(&o.cert, "cert", "", "certificate file of the site (PEM, with the whole chain); a new one is taken up when the file changes")
	f.StringVar(&o.key, "key", "", "key file of the site's certificate")
	f.BoolVar(&o.acme.on, "acme", false, "get the site's certificate from Let's Encrypt, whose terms of service you accept by this")
	f.StringVar(&o.acme.email, "acme-email", "", "where Let's Encrypt may write to")
	f.StringVar(&o.acme.directory, "acme-directory", "", "URL of another authority that speaks ACME")
	f.StringVar(&o.acme.roots, "acme-roots", "", "PEM file of the roots that sign that authority's site (default: the system's)")
	f.StringVar(&o.password, "password", "", "password that creating queues takes; it is part of the address, and the page does not know it")
	f.StringVar(&o.relayURL, "relay-url", "/smp", "where the page's WebSocket goes: a path, or a ws: or wss: URL")
	f.Func("echo", "URL of the echo program, served as /echo/", o.setEcho)
	f.Func("origins", "comma-separated hosts whose pages may use the relay, besides this site", o.setOrigins)
	f.Func("widget", "comma-separated sites whose pages may show the chat, as https://shop.example, or * for any (default: none)", o.setWidget)
	f.Func("proxies", "comma-separated addresses or networks whose X-Forwarded-For is believed; who comes by a Unix socket always is", o.setProxies)
	f.Func("proxy-allow", "comma-separated addresses or networks, not public ones, to which clients' commands may be forwarded", o.setProxyAllow)
	f.StringVar(&o.outbound.SOCKS, "socks", "", "host:port of a SOCKS5 proxy for relays with onion hosts")
	f.Func("socks-mode", "which relays are reached by the SOCKS5 proxy: onion or always (default onion)", o.setSOCKSMode)
	f.BoolVar(&o.private, "no-forwarding", false, "do not connect to other relays for clients")
	f.StringVar(&o.metrics, "metrics", none, "address for /metrics (Prometheus), /healthz and /readyz, as 127.0.0.1:9100")
	f.DurationVar(&o.drain, "drain", 0, "how long to go on after the signal to stop, with /readyz at 503, for a load balancer to notice")
	f.StringVar(&o.logFormat, "log-format", "text", "form of the log's lines: text or json")
	f.TextVar(&o.logLevel, "log-level", slog.LevelInfo, "what is logged: debug, info, warn or error")
}

// check refuses settings that do not go together.
func (o *options) check(args []string) error {
	for _, address := range []*string{&o.http, &o.https, &o.smp, &o.metrics} {
		if *address == none {
			*address = ""
		} else if address == &o.http && *address == "" {
			*address = o.defaultHTTP()
		}
	}
	switch {
	case (o.cert == "") != (o.key == ""):
		return errors.New("-cert and -key go together")
	case o.cert != "" && o.acme.on:
		return errors.New("-cert and -acme are two ways to the same")
	case o.https == "" && (o.cert != "" || o.acme.on):
		return errors.New("a certificate is for -https: say where, as -https :443")
	case o.logFormat != "text" && o.logFormat != "json":
		return errors.New("-log-format is text or json")
	case o.outbound.Always && o.outbound.SOCKS == "":
		return errors.New("-socks-mode always is for -socks: say where, as -socks 127.0.0.1:9050")
	case len(args) > 0 && !slices.Contains(operations, args[0]):
		return fmt.Errorf("there is no command %q; these are there:\n%s", args[0], usageOfOperate)
	}
	if len(args) > 0 {
		o.command = args
	}
	return notNegative(o.drain, &o.limits)
}

func (o *options) defaultHTTP() string {
	if o.https != none {
		return ":80"
	}
	return ":8080"
}

func (o *options) logger(w io.Writer) *slog.Logger {
	how := &slog.HandlerOptions{Level: o.logLevel}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, how))
	}
	return slog.New(slog.NewTextHandler(w, how))
}

func (o *options) setEcho(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("want http://host:port")
	}
	o.echo = u
	return nil
}

func (o *options) setOrigins(s string) error {
	o.origins = strings.Split(s, ",")
	return nil
}

func (o *options) setWidget(s string) (err error) {
	o.widget, err = web.ParseSites(s)
	return err
}

func (o *options) setProxies(s string) (err error) {
	o.proxies, err = parsePrefixes(s)
	return err
}

func (o *options) setSOCKSMode(s string) error {
	if s != "onion" && s != "always" {
		return errors.New("want onion or always")
	}
	o.outbound.Always = s == "always"
	return nil
}

func (o *options) setProxyAllow(s string) (err error) {
	o.outbound.Allow, err = parsePrefixes(s)
	return err
}

func parsePrefixes(s string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range strings.Split(s, ",") {
		p, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}
