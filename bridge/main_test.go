package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"sotto/bridge/tunnel"
	"sotto/smp"
	"sotto/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A relay's address, where nobody listens.
const relayAddress = "smp://AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=@127.0.0.1:1"

// start runs the program and returns its URL.
func start(t *testing.T, args ...string) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"-listen", "127.0.0.1:0", "-relay", relayAddress}, args...), w)
		w.Close()
	}()
	line := make([]byte, 1000)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r)
	_, url, ok := strings.Cut(strings.TrimSpace(string(line[:n])), "url=")
	if !ok {
		t.Fatalf("it printed %q", line[:n])
	}
	return url, func() error {
		cancel()
		http.DefaultClient.CloseIdleConnections()
		return <-done
	}
}

func TestRun(t *testing.T) {
	url, stop := start(t, "-web", "-origin", "*.example.org", "-proxy", "127.0.0.0/8")
	relay, err := smp.ParseAddress(relayAddress)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(url + "/config.json")
	if err != nil {
		t.Fatal(err)
	}
	var config web.Config
	err = json.NewDecoder(response.Body).Decode(&config)
	response.Body.Close()
	if err != nil || config.Relay != relayAddress || config.URL != "/relay/"+tunnel.Path(relay) {
		t.Errorf("config.json: %+v, %v", config, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url+config.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ws.Read(ctx); websocket.CloseStatus(err) != tunnel.StatusRelayUnreachable {
		t.Errorf("without a relay: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestWithoutWeb(t *testing.T) {
	url, stop := start(t)
	response, err := http.Get(url + "/")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("the page is served: %s", response.Status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestCommandLine(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "-relay is missing"},
		{"-relay rubbish", "invalid value"},
		{"-relay " + relayAddress + " -proxy rubbish", "invalid value"},
		{"-relay " + relayAddress + " extra", "unexpected argument"},
		{"-unknown", "not defined"},
		{"-relay " + relayAddress + " -listen rubbish", "listen"},
	} {
		var stderr bytes.Buffer
		if err := run(t.Context(), strings.Fields(tt.args), &stderr); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.args, err, tt.want)
		}
	}
}
