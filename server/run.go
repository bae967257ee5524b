package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sotto/server/control"
	"sotto/server/identity"
	"sotto/server/metrics"
	"sotto/server/native"
	"sotto/server/relay"
	"sotto/server/relay/pebble"
	"sotto/server/socket"
	"sotto/smp"
	"sotto/smp/transport"
	"sotto/web"
)

// run serves until ctx ends or something fails, and then stops in order: no new
// connections, then the answers that are on their way, then the store.
func run(ctx context.Context, o *options, out io.Writer, log *slog.Logger) error {
	queues := filepath.Join(o.data, "queues")
	if err := os.MkdirAll(queues, 0o700); err != nil {
		return err
	}
	id, err := identity.Load(o.data, o.host, time.Now())
	if err != nil {
		return err
	}
	store, err := pebble.Open(queues, log)
	if err != nil {
		return err
	}
	r := relay.New(o.relay(id, store, log))
	err = o.counted(ctx, r, log, func() error {
		return serve(ctx, o, id, r, commands(r, o.data, store), out, log)
	})
	r.Close()
	return errors.Join(err, store.Close())
}

func (o *options) relay(id *identity.Identity, store relay.Store, log *slog.Logger) relay.Config {
	c := o.limits
	c.Store, c.Chain, c.Key, c.Password, c.Log = store, id.Chain, id.Key, o.secret(), log
	if !o.private {
		c.Dial = o.outbound.Dial
	}
	return c
}

// secret is the password, nil if none.
func (o *options) secret() []byte {
	if o.password == "" {
		return nil
	}
	return []byte(o.password)
}

// serve opens the ports and serves them until ctx ends or one of them fails.
func serve(ctx context.Context, o *options, id *identity.Identity, r *relay.Relay, asked map[string]control.Command, out io.Writer, log *slog.Logger) error {
	site, err := net.Listen("tcp", o.http)
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	defer site.Close()
	var smpPort net.Listener
	if o.smp != "" {
		if smpPort, err = net.Listen("tcp", o.smp); err != nil {
			return fmt.Errorf("smp: %w", err)
		}
		defer smpPort.Close()
	}
	var counts net.Listener
	if o.metrics != "" {
		if counts, err = net.Listen("tcp", o.metrics); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
		defer counts.Close()
	}
	operator, err := control.Listen(o.data)
	if err != nil {
		log.Error("the relay runs, but takes no commands", "error", err)
	} else {
		defer operator.Close()
	}
	address := o.address(id, smpPort)
	fmt.Fprintf(out, "relay %s\nsite  %s\n", smp.PasswordAddress{Address: address, Password: o.secret()}, o.siteURL(site))

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var serving sync.WaitGroup
	serving.Go(func() { r.Run(ctx) })
	serving.Go(func() { cancel(o.serveSite(ctx, site, o.handler(r, address))) })
	if smpPort != nil {
		s := &native.Server{Relay: r, TLS: o.relayTLS(id)}
		serving.Go(func() { cancel(s.Serve(ctx, smpPort)) })
	}
	if counts != nil {
		serving.Go(func() { cancel(serveMetrics(ctx, counts, r)) })
	}
	if operator != nil {
		serving.Go(func() { cancel(control.Serve(ctx, operator, asked)) })
	}
	<-ctx.Done()
	r.Close()
	serving.Wait()
	return cause(ctx)
}

// serveMetrics tells Prometheus what the relay counts, until ctx ends.
func serveMetrics(ctx context.Context, l net.Listener, r *relay.Relay) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler(r.Metrics()))
	s := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if err := s.Serve(l); ctx.Err() == nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// relayTLS is how SMP clients are spoken to. Services show a certificate, which
// is their identity: nobody needs to have signed it.
func (o *options) relayTLS(id *identity.Identity) *tls.Config {
	c := transport.ServerTLSConfig(id.Chain, id.Key)
	c.ClientAuth = tls.RequestClientCert
	return c
}

// cause is what failed, nil if the program was told to stop.
func cause(ctx context.Context) error {
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// address is the relay's address, without the password.
func (o *options) address(id *identity.Identity, smpPort net.Listener) smp.Address {
	a := smp.Address{Fingerprint: id.Fingerprint[:], Hosts: []string{o.host}}
	if smpPort != nil {
		a.Port = port(smpPort)
	}
	return a
}

func (o *options) siteURL(l net.Listener) string {
	scheme := "http"
	if o.cert != "" {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(o.host, port(l)) + "/"
}

// handler is everything that the site's port answers. The page does not get the
// password: then everybody would have it.
func (o *options) handler(r *relay.Relay, address smp.Address) http.Handler {
	page := web.Handler(web.Config{Relay: address.String(), URL: o.relayURL, Echo: o.echo != nil, HTTPS: o.cert != ""})
	return routes(page, o.echo, &socket.Handler{Relay: r, Origins: o.origins, Proxies: o.proxies})
}
