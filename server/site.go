package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"sotto/server/socket"
)

// stopTimeout is how long ordinary requests may take when the program stops.
const stopTimeout = 5 * time.Second

// routes puts together what the site's port serves. SMP clients that know no path
// open a WebSocket at any.
func routes(page http.Handler, echo *url.URL, sockets http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.HandleFunc("GET /healthz", healthy)
	if echo != nil {
		mux.Handle("/echo/", proxy(echo))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if socket.IsUpgrade(r) {
			sockets.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

// proxy passes requests on, without saying where they come from.
func proxy(to *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			slog.Error("echo", "error", err)
			http.Error(w, "Echo does not answer. Try again in a moment.", http.StatusBadGateway)
		},
	}
}

// serveSite serves HTTP until ctx ends, then lets requests finish. WebSockets are
// the relay's to end.
func (o *options) serveSite(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it names clients' addresses
	}
	failed := make(chan error, 1)
	go func() { failed <- o.listen(s, l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("site: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := s.Shutdown(stop); errors.Is(err, context.DeadlineExceeded) {
		s.Close()
	}
	<-failed
	return nil
}

func (o *options) listen(s *http.Server, l net.Listener) error {
	if o.cert == "" {
		return s.Serve(l)
	}
	return s.ServeTLS(l, o.cert, o.key)
}
