package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// suspend closes the gate: clients leave, and try again until it is open.
func (s *server) suspend(context.Context, string) (string, error) {
	if s.gate.Suspended() {
		return "", errors.New("the relay is suspended already")
	}
	s.gate.Suspend()
	s.log.Warn("the operator suspended the relay")
	return "", nil
}

func (s *server) resume(context.Context, string) (string, error) {
	if !s.gate.Suspended() {
		return "", errors.New("the relay is not suspended")
	}
	s.gate.Resume()
	s.log.Info("the relay is no longer suspended")
	return "", nil
}

// status says how the server does: sums only, nothing of people or queues.
func (s *server) status(context.Context, string) (string, error) {
	var b strings.Builder
	state := "running"
	if s.gate.Suspended() {
		state = "suspended"
	}
	fmt.Fprintf(&b, "state %s\nversion %s\nsince %s\nrelay %s\nsite %s\n", state, version, s.begin.UTC().Format(time.RFC3339), s.address, s.siteURL())
	if s.web != nil {
		fmt.Fprintf(&b, "certificate %s\n", s.certificateState())
	}
	m := s.relay.Metrics()
	fmt.Fprintf(&b, "connections %d\nsubscriptions %d\n", m.Conns.Load(), m.Subscriptions.Load())
	for _, c := range counters(m) {
		fmt.Fprintf(&b, "%s %d\n", c.Name, c.Value.Load())
	}
	return b.String(), nil
}

func (s *server) certificateState() string {
	if err := s.web.Problem(s.host, time.Now()); err != nil {
		return err.Error()
	}
	return "good"
}
