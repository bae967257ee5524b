package relay

import (
	"context"

	"sotto/smp"
	"sotto/smp/transport"
)

// proxiedVersions are what clients may use with a relay behind this one. A
// command that is forwarded does not say more of its client: the highest one is
// what the reference's stable branch has.
var proxiedVersions = smp.Range[smp.Version]{Min: smp.VersionProxy, Max: smp.VersionNotifierInNew}

// isProxied reports whether the command is for another relay.
func (r *request) isProxied() bool {
	switch r.command.(type) {
	case smp.PRXY, smp.PFWD:
		return r.refusal == nil && r.relay.destinations != nil
	}
	return false
}

// proxy answers a command for another relay in a task of its own, since it takes
// long and what comes after it shall not wait. It waits while as many are under
// way as may be.
func (c *conn) proxy(r *request) {
	if c.slots == nil {
		c.slots = make(chan struct{}, c.relay.config.ProxyConcurrency)
	}
	select {
	case c.slots <- struct{}{}:
	case <-c.relay.closing:
		return
	}
	c.tasks.start(func(ctx context.Context) {
		defer func() { <-c.slots }()
		// No store is asked: there is no error that is not an answer.
		if a, err := r.answer(ctx); err == nil {
			c.answers([]answer{a})
		}
	})
}

// connectRelay answers PRXY. SMP: "Request proxied session".
func (r *request) connectRelay(ctx context.Context, c smp.PRXY) (smp.Response, error) {
	if r.relay.destinations == nil || !r.relay.knowsPassword(c.BasicAuth) {
		return nil, &smp.Error{Code: smp.CodeProxy, Proxy: &smp.ProxyError{Code: smp.ProxyBasicAuth}}
	}
	if !r.relay.reaching.allow(r.conn.host) {
		r.relay.config.Metrics.ProxyingRefused.Add(1)
		return nil, brokerRefusal(smp.BrokerError{Code: smp.BrokerTimeout})
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
