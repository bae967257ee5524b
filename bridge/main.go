// Bridge lets web pages reach relays that speak only TLS: it accepts WebSockets
// at /relay/FINGERPRINT and passes their blocks to the relay with that
// fingerprint, one of those it was started with. With -web it also serves the
// page of Sotto, for the first relay.
//
//	bridge -listen :8081 -relay smp://FINGERPRINT@relay.example -web
//
// Put it behind a web server that has TLS, and name that server's network with
// -proxy; or let it have TLS itself, with a certificate that it gets by ACME:
//
//	bridge -listen :443 -acme chat.example.org -relay smp://FINGERPRINT@relay.example -web
//
// With -metrics it tells Prometheus what
// it counts, and on the same listener whether it lives (/healthz) and is to get
// more pages (/readyz: 503 while it drains).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sotto/bridge/tunnel"
	"sotto/smp"
	"sotto/web"
	"sotto/web/certs"
)

// tunnelPath is where the tunnel is, on the page's origin.
const tunnelPath = "/relay/"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends the program at once
	switch err := run(ctx, os.Args[1:], os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bridge:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	listen  string
	metrics string
	drain   time.Duration
	sockets int
	tunnel  tunnel.Config
	proxies []netip.Prefix
	web     bool
	widget  []string
	https   bool

	cert, key string
	acme      certs.Config
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("bridge", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8081", "`address` to listen on")
	flags.StringVar(&o.metrics, "metrics", "", "`address` for Prometheus (/metrics) and for /healthz and /readyz, such as 127.0.0.1:9101; empty: none")
	flags.DurationVar(&o.drain, "drain", 0, "how `long` to go on after a signal to stop, with /readyz saying 503, before pages are sent away")
	flags.Func("relay", "`address` of a relay that pages can reach, smp://FINGERPRINT@HOST[:PORT]; repeat for more", func(s string) error {
		relay, err := smp.ParseAddress(s)
		o.tunnel.Relays = append(o.tunnel.Relays, relay)
		return err
	})
	flags.Func("origin", "`host` whose pages may connect besides this one's, or a pattern such as *.example.org; repeat for more", func(s string) error {
		o.tunnel.Origins = append(o.tunnel.Origins, s)
		return nil
	})
	flags.Func("proxy", "`network` of proxies whose X-Forwarded-For is believed, such as 127.0.0.0/8; repeat for more", func(s string) error {
		network, err := netip.ParsePrefix(s)
		o.proxies = append(o.proxies, network)
		return err
	})
	flags.IntVar(&o.tunnel.MaxTotal, "max-connections", 10_000, "connections to relays at once")
	flags.IntVar(&o.tunnel.MaxPerAddress, "max-per-client", 32, "connections to relays at once of one client: an IPv4 address or an IPv6 /64")
	flags.IntVar(&o.sockets, "max-sockets", 11_000, "TCP connections at once, with those that have asked for nothing yet")
	flags.DurationVar(&o.tunnel.DialTimeout, "dial-timeout", 20*time.Second, "how `long` a relay has to say its hello")
	flags.DurationVar(&o.tunnel.BlockTimeout, "block-timeout", 30*time.Second, "how `long` a block may take to come or to be taken")
	flags.DurationVar(&o.tunnel.IdleTimeout, "idle-timeout", 15*time.Minute, "how `long` a side may send nothing")
	flags.BoolVar(&o.web, "web", false, "serve the page, too, for the first relay")
	flags.Func("widget", "comma-separated `sites` whose pages may show the chat, as https://shop.example, or * for any", func(s string) (err error) {
		o.widget, err = web.ParseSites(s)
		return err
	})
	flags.BoolVar(&o.https, "https", false, "browsers reach the page by https, through a proxy")
	flags.StringVar(&o.cert, "cert", "", "certificate `file` (PEM, with the whole chain), for TLS without a proxy; a new one is taken up when the file changes")
	flags.StringVar(&o.key, "key", "", "key `file` of the certificate")
	flags.StringVar(&o.acme.Host, "acme", "", "get a certificate for this `host` from Let's Encrypt, whose terms of service you accept by this; -listen must be :443")
	flags.StringVar(&o.acme.Dir, "acme-dir", "certificates", "`directory` where it is kept")
	flags.StringVar(&o.acme.Email, "acme-email", "", "where Let's Encrypt may `write` to")
	flags.StringVar(&o.acme.Directory, "acme-directory", "", "`URL` of another authority that speaks ACME")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if len(o.tunnel.Relays) == 0 {
		return nil, errors.New("-relay is missing: name at least one relay")
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, o.checkCertificate()
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	return o.run(ctx, stderr)
}

func (o *options) run(ctx context.Context, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	o.tunnel.Log = log
	if o.proxies != nil {
		o.tunnel.ClientAddr = tunnel.ForwardedAddr(o.proxies)
	}
	t, err := tunnel.New(o.tunnel)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	p := &program{options: o, tunnel: t, certificate: o.certificate(log)}
	watched, err := p.watch()
	if err != nil {
		l.Close()
		return err
	}
	log.Info("listening", "url", p.scheme()+"://"+l.Addr().String())
	if watched != nil {
		defer watched.Close()
		log.Info("metrics", "url", "http://"+watched.Addr+"/metrics")
	}
	return p.serve(ctx, &limitedListener{TCPListener: l.(*net.TCPListener), most: int64(o.sockets)})
}

func (p *program) scheme() string {
	if p.certificate != nil {
		return "https"
	}
	return "http"
}

func (p *program) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(tunnelPath, p.tunnel)
	if p.web {
		relays := reached(p.options.tunnel.Relays)
		mux.Handle("/", web.Handler(web.Config{
			Relay:  relays[0].Relay,
			URL:    relays[0].URL,
			Others: relays[1:],
			HTTPS:  p.https || p.certificate != nil,
			Widget: p.widget,
		}))
	}
	return mux
}

// reached says where the page reaches the relays.
func reached(relays []smp.Address) []web.Relay {
	list := make([]web.Relay, len(relays))
	for i, r := range relays {
		list[i] = web.Relay{Relay: r.String(), URL: tunnelPath + tunnel.Path(r)}
	}
	return list
}
