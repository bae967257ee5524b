package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sotto/server/native"
	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/server/socket"
	"sotto/smp"
	"sotto/smp/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) (address, url string) { return startWith(t, []byte("secret")) }

// startWith runs a relay with TLS and WebSockets, and returns its address and
// URL.
func startWith(t *testing.T, password []byte) (address, url string) {
	t.Helper()
	a, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := a.Issue(nil, "localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dial := func(ctx context.Context, to smp.Address) (*transport.Conn, error) {
		return transport.DialRelay(ctx, to, &transport.ClientConfig{Proxy: true})
	}
	r := relay.New(relay.Config{Store: new(memory.Store), Chain: chain, Key: key, Password: password, Dial: dial})
	site := httptest.NewServer(&socket.Handler{Relay: r})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- (&native.Server{Relay: r, TLS: transport.ServerTLSConfig(chain, key)}).Serve(ctx, l)
	}()
	t.Cleanup(func() {
		stop()
		r.Close()
		<-served
		site.Close()
	})
	fingerprint := a.Fingerprint()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	to := smp.PasswordAddress{Address: smp.Address{Fingerprint: fingerprint[:], Hosts: []string{host}, Port: port}, Password: password}
	return to.String(), "ws" + strings.TrimPrefix(site.URL, "http")
}

// TestScenarios runs each for a moment, with both transports.
func TestScenarios(t *testing.T) {
	address, url := start(t)
	behind, _ := startWith(t, nil)
	own := fmt.Sprint(os.Getpid())
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"-conns", "2", "-for", "50ms", "-pid", own, "cycles"}, []string{"cycles ", "SEND to OK", "SEND to end of ACK", "relay memory", "relay processor"}},
		{[]string{"-conns", "2", "-for", "50ms", "-url", url, "cycles"}, []string{"cycles ", "p99"}},
		{[]string{"-conns", "5", "-for", "1ms", "-sources", "3", "-pid", own, "idle"}, []string{"connections ", "5 in", "memory of a connection"}},
		{[]string{"-conns", "5", "-for", "1ms", "-url", url, "idle"}, []string{"5 in"}},
		{[]string{"-conns", "3", "-queues", "10", "-size", "100", "queues"}, []string{"queues ", "10 in", "messages "}},
		{[]string{"-conns", "2", "-for", "50ms", "-to", behind, "proxy"}, []string{"cycles ", "SEND to OK"}},
		{[]string{"-conns", "3", "-queues", "10", "storm"}, []string{"subscriptions ", "refused                0"}},
	} {
		out := runOK(t, append(test.args, address)...)
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q: no %q in\n%s", test.args, want, out)
			}
		}
	}

}

func runOK(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, &out); err != nil {
		t.Errorf("%q: %v", args, err)
	}
	return out.String()
}

func TestRefused(t *testing.T) {
	address, _ := start(t)
	for name, args := range map[string][]string{
		"scenario":  {"dance", address},
		"address":   {"cycles", "nowhere"},
		"arguments": {"cycles"},
		"behind":    {"-conns", "1", "proxy", address},
		"password":  {"-conns", "1", "queues", strings.Replace(address, ":secret@", "@", 1)},
	} {
		if err := run(t.Context(), args, new(bytes.Buffer)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := run(t.Context(), []string{"-conns", "1", "queues", strings.Replace(address, "secret", "wrong", 1)}, new(bytes.Buffer)); !errors.Is(err, smp.ErrAuth) {
		t.Errorf("wrong password: %v", err)
	}
}

func TestQuantile(t *testing.T) {
	var l latencies
	if l.quantile(0.99) != 0 {
		t.Error("no latencies have a quantile")
	}
	for i := range 100 {
		l.add(time.Duration(100 - i))
	}
	if got := []time.Duration{l.quantile(0), l.quantile(0.5), l.quantile(0.99), l.quantile(1)}; !slices.Equal(got, []time.Duration{1, 51, 100, 100}) {
		t.Errorf("quantiles are %v", got)
	}
}

func TestParseStat(t *testing.T) {
	stat := []byte("7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14 15 16 17 18 19 20 300 22 23\n")
	u, err := parseStat(stat, 4096)
	if err != nil || u.cpu != 2*time.Second || u.memory != 300*4096 {
		t.Errorf("usage is %+v, %v", u, err)
	}
	for _, bad := range []string{"", "7 (x) S 1", strings.Replace(string(stat), "150", "x", 1)} {
		if _, err := parseStat([]byte(bad), 4096); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestPart(t *testing.T) {
	l := &load{conns: 3, queues: 10}
	if got := []int{l.part(0), l.part(1), l.part(2)}; !slices.Equal(got, []int{3, 3, 4}) {
		t.Errorf("parts are %v", got)
	}
}
