package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"sotto/bridge/metrics"
	"sotto/bridge/tunnel"
)

// A program is what runs.
type program struct {
	*options
	tunnel      *tunnel.Tunnel
	certificate certificate // nil if a proxy has one
	draining    atomic.Bool
}

// shutdownTimeout is how long files may take to be sent to the end.
const shutdownTimeout = 10 * time.Second

// serve serves until ctx ends and what is under way is over.
func (p *program) serve(ctx context.Context, l *limitedListener) error {
	server := &http.Server{
		Handler:           p.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // it names clients
	}
	failed := make(chan error, 1)
	go func() {
		failed <- p.listenAndServe(ctx, server, l)
		close(failed)
	}()
	select {
	case err := <-failed:
		p.tunnel.Close()
		return err
	case <-ctx.Done():
	}
	p.drainFirst(failed)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	p.tunnel.Close()
	<-failed
	return err
}

// drainFirst gives who sends pages here the time to send them elsewhere.
func (p *program) drainFirst(failed <-chan error) {
	p.draining.Store(true)
	select {
	case <-failed:
	case <-time.After(p.drain):
	}
}

// watch serves those who watch the program, on a listener of their own, which
// goes on while the program drains. It returns nil if there is to be none.
func (p *program) watch() (*http.Server, error) {
	if p.metrics == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", p.metrics)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	s := &http.Server{Addr: l.Addr().String(), Handler: p.state(), ReadTimeout: 10 * time.Second}
	go s.Serve(l)
	return s, nil
}

// state tells how the program is.
func (p *program) state() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler(p.tunnel.Metrics()))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if p.draining.Load() {
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ready\n")
	})
	return mux
}
