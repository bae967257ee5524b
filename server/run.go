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
	"time"

	"sotto/server/gate"
	"sotto/server/identity"
	"sotto/server/relay"
	"sotto/server/relay/pebble"
	"sotto/server/stats"
	"sotto/smp"
)

// A server is what run has put together.
type server struct {
	*options
	log     *slog.Logger
	id      *identity.Identity
	store   *pebble.Store
	relay   *relay.Relay
	gate    *gate.Gate
	ports   *ports
	web     certificate // nil without HTTPS
	address smp.Address
	begin   time.Time

	active, notified stats.Active // queues
}

// run serves until ctx ends or something fails, and then stops in order: no new
// connections, then the answers that are on their way, then the store.
func run(ctx context.Context, o *options, out io.Writer, log *slog.Logger) error {
	queues := filepath.Join(o.data, "queues")
	if err := os.MkdirAll(queues, 0o700); err != nil {
		return err
	}
	if err := o.forgetBackups(); err != nil {
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
	s := &server{options: o, log: log, id: id, store: store, begin: time.Now()}
	return errors.Join(s.run(ctx, out), store.Close())
}

func (s *server) run(ctx context.Context, out io.Writer) (err error) {
	if s.web, err = s.certificate(s.log); err != nil {
		return err
	}
	if s.ports, err = s.openPorts(); err != nil {
		return err
	}
	defer s.ports.close()
	if err := s.ports.openOperator(s.data); err != nil {
		s.log.Error("the relay runs, but takes no commands", "error", err)
	}
	s.relay = relay.New(s.relayConfig())
	s.address = s.options.address(s.id, s.ports)
	fmt.Fprintf(out, "relay %s\nsite  %s\n", smp.PasswordAddress{Address: s.address, Password: s.secret()}, s.siteURL())
	return s.counted(ctx, s.notifying(s.serve))
}

func (s *server) relayConfig() relay.Config {
	c := s.limits
	s.active.Name, s.notified.Name = "queues_active", "queues_notified"
	c.Active = s.used
	c.Store, c.Chain, c.Key, c.Password, c.Log = s.store, s.id.Chain, s.id.Key, s.secret(), s.log
	if !s.private {
		c.Dial = s.outbound.Dial
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

// address is the relay's address, without the password.
func (o *options) address(id *identity.Identity, p *ports) smp.Address {
	var own, shared string
	if p.smp != nil {
		own = port(p.smp)
	}
	if p.https != nil {
		shared = port(p.https)
	}
	return smp.Address{Fingerprint: id.Fingerprint[:], Hosts: []string{o.host}, Port: relayPort(own, shared)}
}

// relayPort is the port in the address of a relay with one of its own and one
// that it shares with the site, or without either. None is named if the relay is
// at both that clients try then.
func relayPort(own, shared string) string {
	switch {
	case own == "":
		return shared
	case own == "5223" && shared == "443":
		return ""
	}
	return own
}

func (s *server) siteURL() string {
	scheme, l := "https", s.ports.https
	if l == nil {
		scheme, l = "http", s.ports.http
	}
	switch {
	case l == nil:
		return none
	case l.Addr().Network() == "unix":
		return s.http
	case scheme == "https" && port(l) == "443":
		return "https://" + s.host + "/"
	}
	return scheme + "://" + net.JoinHostPort(s.host, port(l)) + "/"
}
