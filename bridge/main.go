// Bridge lets web pages reach relays that speak only TLS: it accepts WebSockets
// at /relay/FINGERPRINT and passes their blocks to the relay with that
// fingerprint, one of those it was started with. With -web it also serves the
// page of Sotto, for the first relay.
//
//	bridge -listen :8081 -relay smp://FINGERPRINT@relay.example -web
//
// It ends no TLS of browsers itself: put it behind a web server that does, and
// name that server's network with -proxy.
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
)

// tunnelPath is where the tunnel is, on the page's origin.
const tunnelPath = "/relay/"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
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
	tunnel  tunnel.Config
	proxies []netip.Prefix
	web     bool
	https   bool
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("bridge", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8081", "`address` to listen on")
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
	flags.IntVar(&o.tunnel.MaxTotal, "max-connections", 10_000, "connections at once")
	flags.IntVar(&o.tunnel.MaxPerAddress, "max-per-client", 32, "connections at once of one client")
	flags.BoolVar(&o.web, "web", false, "serve the page, too, for the first relay")
	flags.BoolVar(&o.https, "https", false, "browsers reach the page by https, through a proxy")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if len(o.tunnel.Relays) == 0 {
		return nil, errors.New("-relay is missing: name at least one relay")
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, nil
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
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
	log.Info("listening", "url", "http://"+l.Addr().String())
	return serve(ctx, l, t, o.handler(t))
}

func (o *options) handler(t *tunnel.Tunnel) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(tunnelPath, t)
	if o.web {
		relay := o.tunnel.Relays[0]
		mux.Handle("/", web.Handler(web.Config{
			Relay: relay.String(), URL: tunnelPath + tunnel.Path(relay), HTTPS: o.https,
		}))
	}
	return mux
}

// shutdownTimeout is how long files may take to be sent to the end.
const shutdownTimeout = 10 * time.Second

func serve(ctx context.Context, l net.Listener, t *tunnel.Tunnel, h http.Handler) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // it names clients
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		t.Close()
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	t.Close()
	return err
}
