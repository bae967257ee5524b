package tunnel

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"sotto/smp"
)

// Routers and middleware wrap what the handler gets; a block must come through.
func TestMounted(t *testing.T) {
	for name, mount := range map[string]func(http.Handler) http.Handler{
		"net/http": func(h http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("GET /relay/{fingerprint}", h)
			return mux
		},
		"net/http below a prefix": func(h http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/relay/", http.StripPrefix("/relay", h))
			return mux
		},
		"chi": func(h http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Use(middleware.RequestID, middleware.Recoverer, middleware.Compress(5))
			r.Handle("/relay/{fingerprint}", h)
			return r
		},
		"chi, mounted": func(h http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Mount("/relay", h)
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelay(t, pong)
			tunnel, err := New(Config{Relays: []smp.Address{r.address}})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(mount(tunnel))
			defer server.Close()
			defer tunnel.Close()
			b := &bridge{tunnel, "ws" + strings.TrimPrefix(server.URL, "http") + "/relay/"}
			ws := b.connect(t, r)
			readBlock(t, ws)
			ws.CloseNow()
		})
	}
}
