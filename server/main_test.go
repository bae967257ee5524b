package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"sotto/server/relay/relaytest"
	"sotto/smp"
	"sotto/smp/transport"
)

// asServer makes the test binary be the server, which tests start and kill.
const asServer = "SOTTO_TEST_SERVER"

func TestMain(m *testing.M) {
	sources.Default = "" // a relay that is on this machine has its own settings
	if os.Getenv(asServer) != "" {
		main()
		return
	}
	if spec := os.Getenv(asClients); spec != "" {
		if err := openIdle(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	// What autocert leaves behind for minutes when its authority is gone.
	untidy := goleak.IgnoreAnyFunction("golang.org/x/crypto/acme/autocert.(*Manager).deactivatePendingAuthz")
	goleak.VerifyTestMain(m, untidy)
}

// A running server is known by what it printed.
type running struct {
	relay smp.PasswordAddress
	site  string
}

func (r *running) fingerprint() transport.Fingerprint {
	return transport.Fingerprint(r.relay.Fingerprint)
}

// start runs the server in this program until the test ends.
func start(t *testing.T, flags ...string) *running {
	t.Helper()
	o, err := parse(append([]string{"-data", t.TempDir(), "-http", "127.0.0.1:0", "-smp", "127.0.0.1:0"}, flags...))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, o, in, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return readAddresses(t, out)
}

func readAddresses(t *testing.T, out io.Reader) *running {
	t.Helper()
	r := &running{}
	for lines := bufio.NewScanner(out); r.site == "" && lines.Scan(); {
		var err error
		if s, ok := strings.CutPrefix(lines.Text(), "relay "); ok {
			r.relay, err = smp.ParsePasswordAddress(s)
		}
		if s, ok := strings.CutPrefix(lines.Text(), "site  "); ok {
			r.site = s
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// dialTLS connects as native clients do.
func (r *running) dialTLS(ctx context.Context) (*relaytest.Client, error) {
	conn, err := transport.Dial(ctx, net.JoinHostPort("127.0.0.1", r.relay.Port), &transport.ClientConfig{Relay: r.fingerprint()})
	if err != nil {
		return nil, err
	}
	return relaytest.New(conn), nil
}

// dialSocket opens a WebSocket, as a page of origin does if it is not empty.
func (r *running) dialSocket(t *testing.T, path, origin string) (*websocket.Conn, *http.Response, error) {
	h := http.Header{}
	if origin != "" {
		h.Set("Origin", origin)
	}
	ws, response, err := websocket.Dial(t.Context(), strings.TrimSuffix(r.site, "/")+path, &websocket.DialOptions{HTTPHeader: h, HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
	if err == nil {
		t.Cleanup(func() { ws.CloseNow() })
		ws.SetReadLimit(transport.BlockSize)
	}
	return ws, response, err
}

// TestBothWays sends from a native client to one behind a WebSocket, and back.
func TestBothWays(t *testing.T) {
	r := start(t)
	native, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer native.Close()
	challenge := make([]byte, transport.ChallengeSize)
	rand.Read(challenge)
	for _, path := range []string{"/smp", "/", "/any/path"} {
		ws, _, err := r.dialSocket(t, path, "")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := transport.Client(t.Context(), websocket.NetConn(t.Context(), ws, websocket.MessageBinary), &transport.ClientConfig{Relay: r.fingerprint()})
		if err != nil {
			t.Fatal(err)
		}
		talk(t, native, relaytest.New(conn))
	}
}

func talk(t *testing.T, a, b *relaytest.Client) {
	t.Helper()
	for _, ends := range [][2]*relaytest.Client{{a, b}, {b, a}} {
		q, err := ends[0].Create()
		if err != nil {
			t.Fatal(err)
		}
		if err := ends[0].Subscribe(q); err != nil {
			t.Fatal(err)
		}
		if err := ends[1].Send(q, "hello"); err != nil {
			t.Fatal(err)
		}
		msg, err := ends[0].Event()
		if err != nil {
			t.Fatal(err)
		}
		id, d, err := q.Open(msg)
		if err != nil || string(d.Body) != "hello" {
			t.Fatalf("got %q, %v", d.Body, err)
		}
		if _, err := ends[0].Acknowledge(q, id); err != nil {
			t.Fatal(err)
		}
	}
}

// TestChallenge is how the official web client makes sure of the relay.
func TestChallenge(t *testing.T) {
	r := start(t)
	challenge := make([]byte, transport.ChallengeSize)
	ws, _, err := r.dialSocket(t, "/smp?challenge="+strings.Repeat("A", 43), "")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := transport.Client(t.Context(), websocket.NetConn(t.Context(), ws, websocket.MessageBinary), &transport.ClientConfig{Relay: r.fingerprint(), Challenge: challenge})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// TestOrigin: pages of other sites may not use the relay unless they are listed.
func TestOrigin(t *testing.T) {
	r := start(t, "-origins", "shop.example,*.club.example")
	host := strings.TrimPrefix(strings.TrimSuffix(r.site, "/"), "http://")
	for origin, want := range map[string]int{
		"":                         http.StatusSwitchingProtocols,
		"http://" + host:           http.StatusSwitchingProtocols,
		"https://shop.example":     http.StatusSwitchingProtocols,
		"https://www.club.example": http.StatusSwitchingProtocols,
		"https://evil.example":     http.StatusForbidden,
		"null":                     http.StatusForbidden,
	} {
		_, response, err := r.dialSocket(t, "/smp", origin)
		if response == nil {
			t.Fatal(err)
		}
		if response.StatusCode != want {
			t.Errorf("origin %q: status %d, want %d", origin, response.StatusCode, want)
		}
	}
}

// TestMessages: a WebSocket message that is not a block ends the connection.
func TestMessages(t *testing.T) {
	r := start(t)
	for name, send := range map[string]func(ws *websocket.Conn) error{
		"short": func(ws *websocket.Conn) error {
			return ws.Write(t.Context(), websocket.MessageBinary, make([]byte, transport.BlockSize-1))
		},
		"long": func(ws *websocket.Conn) error {
			return ws.Write(t.Context(), websocket.MessageBinary, make([]byte, transport.BlockSize+1))
		},
		"empty": func(ws *websocket.Conn) error { return ws.Write(t.Context(), websocket.MessageBinary, nil) },
		"text": func(ws *websocket.Conn) error {
			return ws.Write(t.Context(), websocket.MessageText, make([]byte, transport.BlockSize))
		},
	} {
		ws, _, err := r.dialSocket(t, "/smp", "")
		if err != nil {
			t.Fatal(err)
		}
		if kind, hello, err := ws.Read(t.Context()); err != nil || kind != websocket.MessageBinary || len(hello) != transport.BlockSize {
			t.Fatalf("the relay's hello is %v of %d bytes, %v", kind, len(hello), err)
		}
		// The relay may hang up before all of it is written.
		if err := send(ws); err != nil {
			continue
		}
		if _, _, err := ws.Read(t.Context()); err == nil {
			t.Errorf("%s message: the connection goes on", name)
		}
	}
}

// TestSite has the other things that the port serves.
func TestSite(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Forwarded-For"))
	}))
	defer echo.Close()
	r := start(t, "-echo", echo.URL)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for path, want := range map[string]string{
		"healthz":     "ok\n",
		"echo/x":      "GET /echo/x ",
		"config.json": `{"relay":"` + r.relay.Address.String() + `","url":"/smp","echo":true}`,
	} {
		response, err := client.Get(r.site + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || string(body) != want {
			t.Errorf("%s: status %d, %q, %v, want %q", path, response.StatusCode, body, err, want)
		}
	}
}

// TestPassword: it is in the address that is printed, and not in the page's.
func TestPassword(t *testing.T) {
	r := start(t, "-password", "secret")
	if string(r.relay.Password) != "secret" {
		t.Errorf("the address has the password %q", r.relay.Password)
	}
	c, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Create(); err == nil {
		t.Error("a queue is created without the password")
	}
}

func TestFlags(t *testing.T) {
	stderr := os.Stderr
	os.Stderr, _ = os.Open(os.DevNull)
	defer func() { os.Stderr = stderr }()
	for _, args := range [][]string{
		{"-cert", "x"}, {"-cert", "x", "-key", "y"}, {"-acme"}, {"-https", ":0", "-acme", "-cert", "x", "-key", "y"},
		{"-widget", "shop.example"}, {"-log-format", "xml"}, {"-log-level", "loud"}, {"-drain", "-1s"}, {"-echo", "nonsense"}, {"-proxies", "1.2.3"}, {"argument"}, {"-unknown"},
		{"-conn-rate", "5"}, {"-host-rate", "x:1"}, {"-create-rate", "0:1"}, {"-proxy-rate", "1:0"}, {"-quota", "-1"},
		{"-message-life", "-1h"}, {"-proxy-allow", "10.0.0.0/99"},
	} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
