package relay

import (
	"context"
	"sync"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

// proxiedVersions are what clients may use with a relay behind this one. A
// command that is forwarded does not say more of its client: the highest one is
// what the reference's stable branch has.
var proxiedVersions = smp.Range[smp.Version]{Min: smp.VersionProxy, Max: smp.VersionNotifierInNew}

// A proxying is what a connection has of commands for other relays. They take
// long, so each is answered by a goroutine, and what comes after it is not held
// up.
type proxying struct {
	slots   chan struct{} // as many as may be under way
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// isProxied reports whether the command is for another relay.
func (r *request) isProxied() bool {
	switch r.command.(type) {
	case smp.PRXY, smp.PFWD:
		return r.refusal == nil && r.relay.destinations != nil
	}
	return false
}

// proxy answers a command for another relay in a goroutine. It waits while as
// many are under way as may be. Only the connection's own goroutine calls it.
func (c *conn) proxy(r *request) {
	if c.proxying == nil {
		c.proxying = &proxying{slots: make(chan struct{}, c.relay.config.ProxyConcurrency)}
		c.proxying.ctx, c.proxying.cancel = context.WithCancel(context.Background())
	}
	p := c.proxying
	p.slots <- struct{}{}
	p.running.Go(func() {
		defer func() { <-p.slots }()
		// Refusals of authorize and of proxied are smp.Errors: no store is asked.
		if a, err := r.answer(p.ctx); err == nil {
			c.answers([]answer{a})
		}
	})
}

// finish waits for the commands under way: a little while if their answers can
// still be written.
func (p *proxying) finish(flush bool) {
	if p == nil {
		return
	}
	if !flush {
		p.cancel()
	}
	defer time.AfterFunc(stopTimeout, p.cancel).Stop()
	p.running.Wait()
	p.cancel()
}

// connectRelay answers PRXY. SMP: "Request proxied session".
func (r *request) connectRelay(ctx context.Context, c smp.PRXY) (smp.Response, error) {
	if r.relay.destinations == nil || !r.relay.knowsPassword(c.BasicAuth) {
		return nil, &smp.Error{Code: smp.CodeProxy, Proxy: &smp.ProxyError{Code: smp.ProxyBasicAuth}}
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	session, err := r.relay.destinations.connect(ctx, c.Relay)
	if err != nil {
		return nil, proxyRefusal(err)
	}
	return pkey(session)
}

// pkey introduces a relay to a client, who verifies it.
func pkey(s *transport.Session) (smp.Response, error) {
	if s.Version < smp.VersionProxy {
		return nil, transportRefusal(smp.TransportVersion)
	}
	if s.CertKey == nil {
		return nil, transportRefusal(smp.TransportNoAuth)
	}
	return smp.PKEY{
		SessionID: s.ID,
		Versions: smp.Range[smp.Version]{
			Min: max(s.Versions.Min, proxiedVersions.Min),
			Max: min(s.Version, proxiedVersions.Max),
		},
		Chain:     s.CertKey.Chain,
		SignedKey: s.CertKey.SignedKey,
	}, nil
}

// forwardCommand answers PFWD. SMP: "Send command via proxy".
func (r *request) forwardCommand(ctx context.Context, c smp.PFWD) (smp.Response, error) {
	if r.relay.destinations == nil {
		return nil, proxyRefusal(errNoSession)
	}
	command := smp.Relayed{CorrID: r.t.CorrID, Version: c.Version, Key: c.Key, Body: c.Body}
	body, err := r.relay.destinations.forward(ctx, r.t.EntityID, command)
	if err != nil {
		r.relay.config.Metrics.ForwardFailures.Add(1)
		return nil, proxyRefusal(err)
	}
	r.relay.config.Metrics.Forwarded.Add(1)
	return smp.PRES{Body: body}, nil
}
