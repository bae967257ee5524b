package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"sotto/server/control"
	"sotto/server/doorway"
	"sotto/server/gate"
	"sotto/server/native"
	"sotto/server/rest"
	"sotto/smp/transport"
	"sotto/web"
	"sotto/web/certs"
)

// serve serves the open ports until ctx ends or one of them fails, and then
// until all clients have their answers.
func (s *server) serve(ctx context.Context) error {
	g := newGroup(context.WithoutCancel(ctx))
	s.gate = gate.New(g.ctx)
	health := newHealth(s)
	watched := newGroup(context.WithoutCancel(ctx))
	if s.ports.metrics != nil {
		watched.run(func(ctx context.Context) error { return health.serve(ctx, s.ports.metrics) })
	}
	defer watched.stop()

	g.run(func(ctx context.Context) error { s.relay.Run(ctx); return nil })
	g.run(func(ctx context.Context) error { rest.Run(ctx, s.relay.Metrics().Commands.Load); return nil })
	s.serveClients(g)
	s.serveOperator(g)
	health.ready.Store(true)

	select {
	case <-ctx.Done():
		health.ready.Store(false)
		s.linger(g)
	case <-g.ctx.Done():
		health.ready.Store(false)
	}
	g.cancel(nil)
	s.relay.Close()
	return g.stop()
}

// linger goes on serving after the signal, as long as was asked for.
func (s *server) linger(g *group) {
	if s.drain == 0 {
		return
	}
	s.log.Info("stopping", "in", s.drain.String())
	select {
	case <-time.After(s.drain):
	case <-g.ctx.Done():
	}
}

// serveClients serves the relay and the site.
func (s *server) serveClients(g *group) {
	clients := &native.Server{Relay: s.relay, Gate: s.gate, TLS: s.relayTLS()}
	if s.ports.smp != nil {
		g.run(func(ctx context.Context) error { return clients.Serve(ctx, s.ports.smp) })
	}
	site := s.handler()
	if s.ports.https != nil {
		s.serveShared(g, clients, site)
		site = s.redirect()
	}
	if s.ports.http != nil {
		g.run(func(ctx context.Context) error { return serveSite(ctx, s.ports.http, site, nil) })
	}
}

// serveShared serves the port that site and relay have together.
func (s *server) serveShared(g *group, clients *native.Server, site http.Handler) {
	var names []string
	if net.ParseIP(s.host) == nil {
		names = []string{s.host}
	}
	door := doorway.New(names...)
	g.run(func(ctx context.Context) error { return door.Serve(ctx, s.ports.https) })
	g.run(func(ctx context.Context) error { return clients.Serve(ctx, door.Relay()) })
	g.run(func(ctx context.Context) error { return serveSite(ctx, door.Site(), site, siteTLS(s.web)) })
	if a, ok := s.web.(*certs.Automatic); ok {
		g.run(func(ctx context.Context) error { a.Run(ctx); return nil })
	} else if err := s.web.Problem(s.host, time.Now()); err != nil {
		s.log.Error("browsers cannot open the site; the relay runs all the same", "error", err)
	}
}

func (s *server) serveOperator(g *group) {
	if s.ports.operator != nil {
		g.run(func(ctx context.Context) error { return control.Serve(ctx, s.ports.operator, s.commands()) })
	}
}

// relayTLS is how SMP clients are spoken to. Services show a certificate, which
// is their identity: nobody needs to have signed it.
func (s *server) relayTLS() *tls.Config {
	c := transport.ServerTLSConfig(s.id.Chain, s.id.Key)
	c.ClientAuth = tls.RequestClientCert
	return c
}

// handler is everything that the site answers. The page does not get the
// password: then everybody would have it.
func (s *server) handler() http.Handler {
	page := web.Handler(web.Config{
		Relay: s.address.String(), URL: s.relayURL, Echo: s.echo != nil, HTTPS: s.ports.https != nil, Widget: s.widget,
	})
	return routes(page, s.echo, s.sockets())
}

// A group is goroutines that serve until one of them fails.
type group struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	running sync.WaitGroup
}

func newGroup(ctx context.Context) *group {
	g := &group{}
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	return g
}

func (g *group) run(f func(context.Context) error) {
	g.running.Go(func() {
		if err := f(g.ctx); err != nil {
			g.cancel(err)
		}
	})
}

// stop ends them and waits; it returns what failed, nil if nothing did.
func (g *group) stop() error {
	g.cancel(nil)
	g.running.Wait()
	if err := context.Cause(g.ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
