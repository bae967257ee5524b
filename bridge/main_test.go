package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"sotto/bridge/tunnel"
	"sotto/smp"
	"sotto/web"
)

func TestMain(m *testing.M) {
	if args, ok := os.LookupEnv(bridgeArgs); ok {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		return
	}
	// What autocert leaves behind for minutes when its authority is gone.
	untidy := goleak.IgnoreAnyFunction("golang.org/x/crypto/acme/autocert.(*Manager).deactivatePendingAuthz")
	goleak.VerifyTestMain(m, untidy)
}

// A relay's address, where nobody listens.
const relayAddress = "smp://AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=@127.0.0.1:1"

// A running is the program under test.
type running struct {
	url, metrics string // metrics is "" if it was not asked for
	signal       func() // to stop
	done         chan error
}

// start runs the program and waits until it says that it listens.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	return started(t, args, func(ctx context.Context, stderr io.Writer) error {
		return run(ctx, append([]string{"-listen", "127.0.0.1:0", "-relay", relayAddress}, args...), stderr)
	})
}

func started(t *testing.T, args []string, run func(context.Context, io.Writer) error) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	p := &running{signal: cancel, done: make(chan error, 1)}
	go func() {
		p.done <- run(ctx, w)
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	for p.url == "" {
		p.url = urlIn(t, lines)
	}
	if slices.Contains(args, "-metrics") {
		p.metrics = strings.TrimSuffix(urlIn(t, lines), "/metrics")
	}
	go io.Copy(io.Discard, r)
	return p
}

// urlIn returns the URL in the next line, "" for a warning.
func urlIn(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	lines.Scan()
	_, url, ok := strings.Cut(lines.Text(), "url=")
	if !ok && !strings.Contains(lines.Text(), "level=WARN") {
		t.Fatalf("it printed %q", lines.Text())
	}
	return url
}

func (p *running) stop() error {
	p.signal()
	http.DefaultClient.CloseIdleConnections()
	return <-p.done
}

// get returns the status and the content of a page.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(b)
}

func TestRun(t *testing.T) {
	const other = "smp://HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=@other.example"
	p := start(t, "-relay", other, "-web", "-origin", "*.example.org", "-proxy", "127.0.0.0/8")
	relay, err := smp.ParseAddress(relayAddress)
	if err != nil {
		t.Fatal(err)
	}
	_, body := get(t, p.url+"/config.json")
	var config web.Config
	if err := json.Unmarshal([]byte(body), &config); err != nil || config.Relay != relayAddress || config.URL != "/relay/"+tunnel.Path(relay) {
		t.Errorf("config.json: %+v, %v", config, err)
	}
	if len(config.Others) != 1 || config.Others[0].Relay != other {
		t.Errorf("config.json: other relays %v", config.Others)
	}
	wantUnreachable(t, p.url+config.URL)
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// wantUnreachable opens a WebSocket to the relay that is not there.
func wantUnreachable(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ws.Read(ctx); websocket.CloseStatus(err) != tunnel.StatusRelayUnreachable {
		t.Errorf("without a relay: %v", err)
	}
}

func TestWithoutWeb(t *testing.T) {
	p := start(t)
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz"} {
		if status, _ := get(t, p.url+path); status != http.StatusNotFound {
			t.Errorf("%s is served: %d", path, status)
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// Those who watch see the counts, and the end coming while pages are still served.
func TestWatch(t *testing.T) {
	p := start(t, "-metrics", "127.0.0.1:0", "-web", "-drain", "4s")
	wantUnreachable(t, p.url+"/relay/"+strings.Repeat("A", 43))
	var counts string
	for !strings.Contains(counts, "\nsotto_bridge_relay_unreachable_total 1\n") { // it counts after it has told the page
		_, counts = get(t, p.metrics+"/metrics")
	}
	if !strings.Contains(counts, "\nsotto_bridge_connections 0\n") {
		t.Error("a connection is left")
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _ := get(t, p.metrics+path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	p.signal()
	for status := http.StatusOK; status == http.StatusOK; {
		status, _ = get(t, p.metrics+"/readyz")
	}
	for _, url := range []string{p.metrics + "/healthz", p.url + "/"} {
		if status, _ := get(t, url); status != http.StatusOK {
			t.Errorf("%s: %d while draining", url, status)
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

func TestCommandLine(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "-relay is missing"},
		{"-relay rubbish", "invalid value"},
		{"-relay " + relayAddress + " -proxy rubbish", "invalid value"},
		{"-relay " + relayAddress + " extra", "unexpected argument"},
		{"-relay " + relayAddress + " -cert x", "-cert and -key go together"},
		{"-relay " + relayAddress + " -cert x -key y -acme chat.example.org", "two ways"},
		{"-relay " + relayAddress + " -widget rubbish", "invalid value"},
		{"-unknown", "not defined"},
		{"-relay " + relayAddress + " -listen rubbish", "listen"},
		{"-relay " + relayAddress + " -listen 127.0.0.1:0 -metrics rubbish", "metrics: listen"},
	} {
		var stderr bytes.Buffer
		if err := run(t.Context(), strings.Fields(tt.args), &stderr); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.args, err, tt.want)
		}
	}
}

// Connections beyond the limit are closed at once, and make room when they end.
func TestLimitedListener(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &limitedListener{TCPListener: inner.(*net.TCPListener), most: 1}
	defer l.Close()
	dial := func() net.Conn {
		nc, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { nc.Close() })
		return nc
	}
	dial()
	first, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan net.Conn)
	go func() {
		nc, _ := l.Accept()
		second <- nc
	}()
	if _, err := dial().Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("beyond the limit: %v", err)
	}
	first.Close()
	first.Close()
	dial()
	(<-second).Close()
}
