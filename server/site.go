package main

import (
	"context"
	"crypto/tls"
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
	"sotto/web"
	"sotto/web/certs"
)

// stopTimeout is how long ordinary requests may take when the program stops.
const stopTimeout = 5 * time.Second

// discard takes what HTTP servers say of single connections: it names clients'
// addresses.
var discard = log.New(io.Discard, "", 0)

// sockets is how pages reach the relay.
func (s *server) sockets() *socket.Handler {
	return &socket.Handler{Relay: s.relay, Gate: s.gate, Origins: s.origins, Proxies: s.proxies}
}

// routes puts together what the site answers. SMP clients that know no path open
// a WebSocket at any.
func routes(page http.Handler, echo *url.URL, sockets *socket.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.Handle("GET /healthz", web.Plain(http.HandlerFunc(healthy)))
	if echo != nil {
		mux.Handle("/echo/", web.Plain(proxy(echo)))
	}
	refused := web.Plain(sockets)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sockets.Secure(r) {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		if socket.IsUpgrade(r) {
			refused.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// proxy passes requests on, without saying where they come from.
func proxy(to *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorLog: discard,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			slog.Error("echo", "error", err)
			http.Error(w, "Echo does not answer. Try again in a moment.", http.StatusBadGateway)
		},
	}
}

// redirect answers on the port of plain HTTP when the site is at another: it
// leads there, and shows the certificate's authority what it asks for.
func (s *server) redirect() http.Handler {
	to := s.siteURL()
	lead := web.Plain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.web.Problem(s.host, time.Now()); err != nil {
			http.Error(w, "This site has no certificate yet. If it is yours: the server's log says what to do.", http.StatusServiceUnavailable)
			return
		}
		http.Redirect(w, r, to+trimSlash(r.URL.RequestURI()), http.StatusMovedPermanently)
	}))
	if a, ok := s.web.(*certs.Automatic); ok {
		return a.Challenges(lead)
	}
	return lead
}

// trimSlash makes of a request's path one that can follow a URL that ends in a
// slash. What begins with two would name a host.
func trimSlash(path string) string {
	for len(path) > 0 && path[0] == '/' {
		path = path[1:]
	}
	return path
}

// serveSite serves HTTP until ctx ends, then lets requests finish; by TLS if
// there is a config. WebSockets are the relay's to end.
func serveSite(ctx context.Context, l net.Listener, h http.Handler, secure *tls.Config) error {
	s := &http.Server{
		Handler:           h,
		TLSConfig:         secure,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          discard,
	}
	failed := make(chan error, 1)
	go func() {
		if secure != nil {
			failed <- s.ServeTLS(l, "", "")
		} else {
			failed <- s.Serve(l)
		}
	}()
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
