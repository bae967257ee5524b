// Server is a relay and the web site on one domain. It keeps everything in one
// directory, prints the relay's address, and stops without loss on SIGINT and
// SIGTERM. With a command behind its flags it speaks to one that is running.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"sotto/server/outbound"
	"sotto/server/relay"
)

// options are the flags.
type options struct {
	data     string
	http     string
	cert     string
	key      string
	smp      string
	host     string
	password string
	echo     *url.URL
	relayURL string
	origins  []string
	proxies  []netip.Prefix
	outbound outbound.Dialer
	private  bool // other relays are not dialed
	metrics  string
	limits   relay.Config // only what limitFlags sets
	command  []string     // to say to a server that is running; nil to be one
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	if o.command != nil {
		err = operate(ctx, o)
	} else {
		err = run(ctx, o, os.Stdout, slog.Default())
	}
	if err != nil {
		slog.Error("server", "error", err)
		os.Exit(1)
	}
}

// parse reads the flags, and says on standard error what is wrong with them.
func parse(args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("server", flag.ContinueOnError)
	f.StringVar(&o.data, "data", "data", "directory of identity and queues, made if it is not there")
	f.StringVar(&o.http, "http", ":8080", "address of the site and of WebSockets")
	f.StringVar(&o.cert, "cert", "", "certificate file of the site; without it the site is plain HTTP, for a proxy or localhost")
	f.StringVar(&o.key, "key", "", "key file of the site's certificate")
	f.StringVar(&o.smp, "smp", ":5223", "address for SMP clients (TLS); empty: none")
	f.StringVar(&o.host, "host", "localhost", "host name in the relay's address")
	f.StringVar(&o.password, "password", "", "password that creating queues takes; it is part of the address, and the page does not know it")
	f.StringVar(&o.relayURL, "relay-url", "/smp", "where the page's WebSocket goes: a path, or a ws: or wss: URL")
	f.Func("echo", "URL of the echo program, served as /echo/", o.setEcho)
	f.Func("origins", "comma-separated hosts whose pages may use the relay, besides this site", o.setOrigins)
	f.Func("proxies", "comma-separated addresses or networks whose X-Forwarded-For is believed", o.setProxies)
	f.Func("proxy-allow", "comma-separated addresses or networks, not public ones, to which clients' commands may be forwarded", o.setProxyAllow)
	f.StringVar(&o.outbound.SOCKS, "socks", "", "host:port of a SOCKS5 proxy for relays with onion hosts")
	f.StringVar(&o.metrics, "metrics", "", "address for Prometheus, as 127.0.0.1:9100; empty: none")
	limitFlags(f, &o.limits)
	f.BoolVar(&o.private, "no-forwarding", false, "do not connect to other relays for clients")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if (o.cert == "") != (o.key == "") {
		fmt.Fprintln(f.Output(), "-cert and -key go together")
		return nil, errors.New("usage")
	}
	if err := notNegative(&o.limits); err != nil {
		fmt.Fprintln(f.Output(), err)
		return nil, err
	}
	if f.NArg() > 0 {
		o.command = f.Args()
		if !slices.Contains(operations, o.command[0]) {
			fmt.Fprintln(f.Output(), usageOfOperate)
			return nil, errors.New("usage")
		}
	}
	return o, nil
}

// operations are the words that operate knows.
var operations = []string{"backup", "restore", "import", "block", "unblock"}

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

func (o *options) setProxies(s string) (err error) {
	o.proxies, err = parsePrefixes(s)
	return err
}

func (o *options) setProxyAllow(s string) (err error) {
	o.outbound.Allow, err = parsePrefixes(s)
	return err
}

func parsePrefixes(s string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range strings.Split(s, ",") {
		p, err := parsePrefix(text)
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

// port is the port of an address to listen at, as it was given or chosen.
func port(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
