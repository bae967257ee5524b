//go:build !js

// Echo is a contact that answers: a native program on the same agent and chat
// as the page, which repeats what it is told. It is a demonstration and the
// other half of tests.
//
// A site offers it by forwarding /echo/ to it: POST /echo/invitation answers with
// a fresh one-time link, GET /echo/address with the address for everybody.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store/file"
)

func main() {
	data := flag.String("data", "echo-data", "folder for what Echo keeps")
	site := flag.String("site", "http://127.0.0.1:8080", "site whose relay Echo uses, read from its /config.json")
	listen := flag.String("listen", "127.0.0.1:8081", "address that answers POST /echo/invitation and GET /echo/address")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *data, *site, *listen); err != nil && !errors.Is(err, context.Canceled) {
		slog.Error("echo stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, data, site, listen string) error {
	relay, err := relayOf(ctx, site)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	s, err := file.Open(filepath.Join(data, "echo.log"))
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e, err := open(ctx, s, relay, dial)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: e.handler(), ReadTimeout: 10 * time.Second, WriteTimeout: 60 * time.Second}
	go srv.Serve(l)
	defer srv.Close()
	slog.Info("echo answers", "listen", l.Addr().String())
	err = e.answer(ctx)
	cancel()
	<-e.agent.Done()
	return err
}

// relayOf asks the site which relay to use, and waits while it starts.
func relayOf(ctx context.Context, site string) (smp.PasswordAddress, error) {
	var config struct {
		Relay string `json:"relay"`
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := getJSON(ctx, site+"/config.json", &config)
		if err == nil {
			return smp.ParsePasswordAddress(config.Relay)
		}
		select {
		case <-ctx.Done():
			return smp.PasswordAddress{}, fmt.Errorf("echo: the site at %s does not answer: %w", site, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func getJSON(ctx context.Context, url string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<16)).Decode(v)
}

// dial connects to a relay over TLS.
func dial(ctx context.Context, relay smp.Address) (*transport.Conn, error) {
	return transport.DialRelay(ctx, relay, &transport.ClientConfig{})
}
