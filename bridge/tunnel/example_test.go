package tunnel_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"sotto/bridge/tunnel"
	"sotto/smp"
)

// A site mounts the tunnel with its router; the relay's fingerprint is the last
// element of the path.
func Example() {
	relay, _ := smp.ParseAddress("smp://AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=@relay.example.org")
	t, err := tunnel.New(tunnel.Config{Relays: []smp.Address{relay}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer t.Close() // after the server's Shutdown

	mux := http.NewServeMux()
	mux.Handle("GET /relay/{fingerprint}", t)

	ask(mux, "/relay/"+tunnel.Path(relay))
	ask(mux, "/relay/another")
	// Output:
	// 426 Upgrade Required
	// 404 Not Found
}

// With chi, below the middleware that a site has anyway.
func Example_chi() {
	relay, _ := smp.ParseAddress("smp://AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=@relay.example.org")
	t, err := tunnel.New(tunnel.Config{Relays: []smp.Address{relay}, Origins: []string{"*.example.org"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer t.Close()

	r := chi.NewRouter()
	r.Use(middleware.Recoverer, middleware.Compress(5))
	r.Handle("/relay/{fingerprint}", t)

	ask(r, "/relay/"+tunnel.Path(relay))
	// Output:
	// 426 Upgrade Required
}

// ask prints how a request that is no WebSocket is answered.
func ask(h http.Handler, path string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	fmt.Println(w.Result().Status)
}
