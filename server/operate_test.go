package main

import (
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"sotto/server/control"
	"sotto/smp"
	"sotto/smp/transport"
)

// TestBlock blocks a queue of a server that is running, as its operator does.
func TestBlock(t *testing.T) {
	dir := t.TempDir()
	r := start(t, "-data", dir)
	c, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	q, err := c.Create()
	if err != nil {
		t.Fatal(err)
	}
	id := base64.RawURLEncoding.EncodeToString(q.Sender)
	say := func(words ...string) error {
		return operate(t.Context(), &options{data: dir, command: words})
	}
	if err := say("block", "-reason", "content", "-notice", `{"ttl":60}`, id); err != nil {
		t.Fatal(err)
	}
	err = c.Send(q, "x")
	if e, ok := errors.AsType[*smp.Error](err); !ok || e.Blocked == nil || *e.Blocked != (smp.Blocking{Reason: "content", Notice: `{"ttl":60}`}) {
		t.Errorf("blocked: %v", err)
	}
	if err := say("unblock", id+"="); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(q, "x"); err != nil {
		t.Errorf("unblocked: %v", err)
	}
	for _, wrong := range [][]string{
		{"block", base64.RawURLEncoding.EncodeToString(make([]byte, 24))}, {"block", "x"}, {"block"}, {"block", id, id},
		{"block", "-reason", "mood", id}, {"block", "-notice", "text", id}, {"unblock", ""}, {"burn", id},
	} {
		if err := say(wrong...); err == nil {
			t.Errorf("%v is done", wrong)
		}
	}
	if err := operate(t.Context(), &options{data: t.TempDir(), command: []string{"unblock", id}}); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("no server: %v", err)
	}
}

// TestMetrics reads the counts on a port of their own.
func TestMetrics(t *testing.T) {
	port := freePort(t)
	r := start(t, "-metrics", port)
	c, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Create(); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + port + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	for _, want := range []string{"sotto_relay_queues_created_total 1\n", "sotto_relay_connections 1\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q", want)
		}
	}
}

// TestServiceTLS: a service shows its certificates in TLS, and is known by them.
func TestServiceTLS(t *testing.T) {
	r := start(t)
	var ids []string
	s := newServiceConfig(t)
	for range 2 {
		ids = append(ids, r.dialService(t, s))
	}
	if ids[0] != ids[1] || len(ids[0]) != 24 {
		t.Errorf("ids %x", ids)
	}
}

func newServiceConfig(t *testing.T) *transport.ServiceConfig {
	t.Helper()
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "service", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &transport.ServiceConfig{Role: transport.RoleNotifier, Chain: chain, Key: key}
}

// dialService connects as a service and returns its id.
func (r *running) dialService(t *testing.T, s *transport.ServiceConfig) string {
	t.Helper()
	config := &transport.ClientConfig{Relay: r.fingerprint(), Service: s}
	conn, err := transport.Dial(t.Context(), net.JoinHostPort("127.0.0.1", r.relay.Port), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return string(conn.Session().Service.ID)
}

// freePort is an address that nobody listens at. Its port is not among those
// that the system gives to clients, one of which could have it in between.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(10_000+rand.IntN(20_000)))
		if err == nil {
			l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}
