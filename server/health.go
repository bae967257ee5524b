package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"sotto/server/metrics"
)

// health is what is told on a port of its own, that the world does not see.
type health struct {
	server *server
	ready  atomic.Bool // from the start until the signal to stop
}

func newHealth(s *server) *health { return &health{server: s} }

// serve tells it until ctx ends, which is when all clients have gone.
func (h *health) serve(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler(h.server.relay.Metrics()))
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", h.readyz)
	s := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, ErrorLog: discard}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if err := s.Serve(l); ctx.Err() == nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// readyz is 503 while clients should go elsewhere.
func (h *health) readyz(w http.ResponseWriter, _ *http.Request) {
	switch {
	case !h.ready.Load():
		http.Error(w, "starting or stopping", http.StatusServiceUnavailable)
	case h.server.gate.Suspended():
		http.Error(w, "suspended", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ready")
	}
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}
