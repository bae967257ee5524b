package tunnel

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/transport"
	"sotto/smp/transport/openssltest"
	"sotto/smp/wire"
)

func TestMain(m *testing.M) {
	for variable, serve := range map[string]func() error{benchRelay: serveBench, benchCopy: serveCopy} {
		if os.Getenv(variable) == "" {
			continue
		}
		if err := serve(); err != nil {
			panic(err)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// A relay stands in for a real one: it speaks TLS and the handshake, then does
// what the test wants.
type relay struct {
	address  smp.Address
	listener net.Listener
	chain    transport.Chain
	key      smp.PrivateKey
	tls      func(context.Context, net.Conn) (*transport.TLSConn, error)
	serve    func(*relay, *transport.TLSConn)
	open     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newRelay(t testing.TB, serve func(*relay, *transport.TLSConn)) *relay {
	t.Helper()
	r := makeRelay(t, serve)
	r.listen(t)
	return r
}

// makeRelay makes one that does not listen yet.
func makeRelay(t testing.TB, serve func(*relay, *transport.TLSConn)) *relay {
	t.Helper()
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{serve: serve}
	if r.chain, r.key, err = authority.Issue(nil, "relay.example", time.Now()); err != nil {
		t.Fatal(err)
	}
	r.tls = func(ctx context.Context, nc net.Conn) (*transport.TLSConn, error) {
		return transport.ServerTLS(ctx, nc, transport.ServerTLSConfig(r.chain, r.key))
	}
	return r
}

// newEd448Relay is a relay whose TLS is OpenSSL's, with a chain of Ed448. It
// serves one client at a time.
func newEd448Relay(t testing.TB, serve func(*relay, *transport.TLSConn), args ...string) *relay {
	id := openssltest.NewIdentity(t)
	r := &relay{chain: id.Chain, key: id.Key, serve: serve}
	r.tls = func(ctx context.Context, nc net.Conn) (*transport.TLSConn, error) { return id.Serve(ctx, nc, args...) }
	r.listen(t)
	return r
}

func (r *relay) listen(t testing.TB) {
	t.Helper()
	r.conns = make(map[net.Conn]bool)
	var err error
	if r.listener == nil {
		if r.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	_, port, _ := net.SplitHostPort(r.listener.Addr().String())
	id, _ := r.chain.Identity()
	r.address = smp.Address{Fingerprint: id[:], Hosts: []string{"127.0.0.1"}, Port: port}
	r.open.Go(r.accept)
	t.Cleanup(func() { r.stop(); r.open.Wait() })
}

// stop ends the listener and all connections.
func (r *relay) stop() {
	r.listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for nc := range r.conns {
		nc.Close()
	}
}

// lastingListener is one whose address can be listened at again. Its port is not
// among those that the system gives to clients: one of them could have it in
// between, even one that tries to connect to it.
func lastingListener(t testing.TB) net.Listener {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(10_000+rand.IntN(20_000)))
		if err == nil {
			return l
		}
	}
	t.Fatal("no port is free")
	return nil
}

// restart listens again at the same port.
func (r *relay) restart(t testing.TB) {
	t.Helper()
	r.open.Wait()
	var err error
	if r.listener, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", r.address.Port)); err != nil {
		t.Fatal(err)
	}
	r.open.Go(r.accept)
}

// hold keeps a connection for stop until forget.
func (r *relay) hold(nc net.Conn) (forget func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[nc] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.conns, nc)
	}
}

func (r *relay) accept() {
	for {
		nc, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.open.Go(func() {
			defer nc.Close()
			defer r.hold(nc)()
			secure, err := r.tls(context.Background(), nc)
			if err == nil {
				r.serve(r, secure)
				secure.Close()
			}
		})
	}
}

// handshake does the relay's handshake with the client behind the bridge.
func (r *relay) handshake(secure *transport.TLSConn) (*transport.Conn, error) {
	return transport.Server(context.Background(), secure, &transport.ServerConfig{
		Chain: r.chain, Key: r.key, SessionID: secure.SessionID,
		Versions: transport.VersionsFor(secure.ALPN, smp.Versions),
	})
}

// pong answers each transmission with PONG.
func pong(r *relay, secure *transport.TLSConn) {
	conn, err := r.handshake(secure)
	if err != nil {
		return
	}
	session := conn.Session().SMP()
	for {
		content, err := conn.ReadBlock()
		if err != nil {
			return
		}
		batch, _ := smp.ParseBatch(content)
		for i, encoded := range batch {
			got, _ := session.Parse(encoded)
			got.Authorization, got.Command = nil, smp.AppendResponse(nil, session.Version, smp.PONG{})
			batch[i] = session.Append(nil, got)
		}
		if conn.WriteBlock(wire.AppendList(nil, batch, wire.AppendLarge[[]byte])) != nil {
			return
		}
	}
}

// hello says the hello, and nothing after it.
func hello(r *relay, secure *transport.TLSConn) {
	h := transport.ServerHello{Versions: smp.Versions, SessionID: secure.SessionID}
	h.Key = &transport.CertKey{Chain: r.chain, SignedKey: signedKey(r)}
	transport.NewConn(secure).WriteBlock(h.Append(nil))
}

func signedKey(r *relay) []byte {
	key, err := smp.GenerateKey(deterministic{}, smp.X25519)
	if err != nil {
		panic(err)
	}
	return transport.SignKey(key.Public(), r.key)
}

type deterministic struct{}

func (deterministic) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 9
	}
	return len(b), nil
}

// A bridge is a Tunnel on an HTTP server.
type bridge struct {
	*Tunnel
	url string // ws://host/relay/
}

func newBridge(t testing.TB, config Config) *bridge {
	t.Helper()
	tunnel, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/relay/", tunnel)
	server := httptest.NewServer(mux)
	t.Cleanup(func() { tunnel.Close(); server.Close() })
	return &bridge{tunnel, "ws" + strings.TrimPrefix(server.URL, "http") + "/relay/"}
}

func (b *bridge) dial(t testing.TB, to smp.Address, header http.Header) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // the machine may be busy
	defer cancel()
	ws, response, err := websocket.Dial(ctx, b.url+Path(to), &websocket.DialOptions{HTTPHeader: header})
	if err == nil {
		ws.SetReadLimit(-1)
		t.Cleanup(func() { ws.CloseNow() })
	}
	return ws, response, err
}

// connect opens a WebSocket to a relay.
func (b *bridge) connect(t testing.TB, to *relay) *websocket.Conn {
	t.Helper()
	ws, _, err := b.dial(t, to.address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

// readBlock returns the next message, which must be a block.
func readBlock(t testing.TB, ws *websocket.Conn) []byte {
	t.Helper()
	kind, b, err := ws.Read(t.Context())
	if err != nil || kind != websocket.MessageBinary || len(b) != transport.BlockSize {
		t.Fatalf("read %v of %d bytes: %v", kind, len(b), err)
	}
	return b
}

// wantEnd reads until the WebSocket ends, and checks how.
func wantEnd(t testing.TB, ws *websocket.Conn, want websocket.StatusCode) {
	t.Helper()
	for {
		if _, _, err := ws.Read(t.Context()); err != nil {
			if got := websocket.CloseStatus(err); got != want {
				t.Errorf("ended with %d (%v), want %d", got, err, want)
			}
			return
		}
	}
}

// The whole way: client, WebSocket, bridge, TLS, relay.
func TestClientThroughBridge(t *testing.T) {
	for name, newRelay := range map[string]func(testing.TB) *relay{
		"Ed25519":             func(t testing.TB) *relay { return newRelay(t, pong) },
		"Ed448":               func(t testing.TB) *relay { return newEd448Relay(t, pong) },
		"Ed448, X448 only":    func(t testing.TB) *relay { return newEd448Relay(t, pong, "-groups", "X448") },
		"Ed448, no tickets":   func(t testing.TB) *relay { return newEd448Relay(t, pong, "-num_tickets", "0") },
		"Ed448, small pieces": func(t testing.TB) *relay { return newEd448Relay(t, pong, "-max_send_frag", "512") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelay(t)
			b := newBridge(t, Config{Relays: []smp.Address{r.address}})
			c := b.client(t, r)
			requests := make([]client.Request, 1000)
			for i := range requests {
				requests[i].Command = smp.PING{}
			}
			for i, result := range c.SendAll(t.Context(), requests) {
				if result.Err != nil {
					t.Fatalf("request %d: %v", i, result.Err)
				}
			}
		})
	}
}

// client is a client of the protocol behind the bridge.
func (b *bridge) client(t testing.TB, r *relay) *client.Client {
	t.Helper()
	id, _ := transport.ParseFingerprint(r.address.Fingerprint)
	nc := websocket.NetConn(t.Context(), b.connect(t, r), websocket.MessageBinary)
	conn, err := transport.Client(t.Context(), nc, &transport.ClientConfig{Relay: id})
	if err != nil {
		t.Fatal(err)
	}
	if s := conn.Session(); s.Version != smp.MaxVersion || !s.Encrypted() {
		t.Errorf("version %d, encrypted %t", s.Version, s.Encrypted())
	}
	c := client.New(t.Context(), conn, client.Options{})
	t.Cleanup(func() { c.Close() })
	return c
}

// OpenSSL with another chain than the address says, or with a hello of another
// session, is not passed on.
func TestEd448RelayIsAnother(t *testing.T) {
	rogue := newEd448Relay(t, pong)
	address := newEd448Relay(t, pong).address
	address.Port = rogue.address.Port
	b := newBridge(t, Config{Relays: []smp.Address{address}})
	wantEnd(t, b.connect(t, &relay{address: address}), StatusRelayIdentity)

	r := newEd448Relay(t, func(r *relay, secure *transport.TLSConn) {
		secure.SessionID = make([]byte, 32)
		hello(r, secure)
		io.Copy(io.Discard, secure)
	})
	b = newBridge(t, Config{Relays: []smp.Address{r.address}})
	wantEnd(t, b.connect(t, r), StatusRelayIdentity)
}

func TestPaths(t *testing.T) {
	r, other := newRelay(t, pong), newRelay(t, pong)
	b := newBridge(t, Config{Relays: []smp.Address{r.address}})
	padded := string(wire.AppendBase64(nil, r.address.Fingerprint))
	for path, want := range map[string]int{
		Path(r.address):               http.StatusSwitchingProtocols,
		padded:                        http.StatusSwitchingProtocols,
		Path(other.address):           http.StatusNotFound, // not in the list
		"":                            http.StatusNotFound,
		"127.0.0.1":                   http.StatusNotFound,
		Path(r.address)[1:]:           http.StatusNotFound,
		Path(r.address) + "/x":        http.StatusNotFound,
		"x?relay=" + Path(r.address):  http.StatusNotFound,
		Path(r.address) + "?anything": http.StatusSwitchingProtocols,
	} {
		ws, response, err := websocket.Dial(t.Context(), b.url+path, nil)
		if response == nil || response.StatusCode != want {
			t.Errorf("%q: %v, want %d", path, err, want)
		}
		if err == nil {
			ws.CloseNow()
		}
	}
	response, err := http.Get("http" + strings.TrimPrefix(b.url, "ws") + Path(r.address))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if response.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("without an upgrade: %s", response.Status)
	}
}

func TestOrigins(t *testing.T) {
	r := newRelay(t, pong)
	b := newBridge(t, Config{Relays: []smp.Address{r.address}, Origins: []string{"https://*.example.org"}})
	host := strings.TrimSuffix(strings.TrimPrefix(b.url, "ws://"), "/relay/")
	for origin, allowed := range map[string]bool{
		"http://" + host:             true,
		"https://chat.example.org":   true,
		"http://chat.example.org":    false,
		"https://example.net":        false,
		"https://chat.example.org.x": false,
		"null":                       false,
		"":                           true,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		_, response, err := b.dial(t, r.address, header)
		if allowed != (err == nil) || !allowed && response.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q: %v", origin, err)
		}
	}
}

// What a page must not send ends the connection with a status that says so.
func TestNotBlocks(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind websocket.MessageType
		size int
	}{
		{"text", websocket.MessageText, transport.BlockSize},
		{"empty", websocket.MessageBinary, 0},
		{"small", websocket.MessageBinary, transport.BlockSize - 1},
		{"large", websocket.MessageBinary, transport.BlockSize + 1},
		{"very large", websocket.MessageBinary, 1 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelay(t, pong)
			b := newBridge(t, Config{Relays: []smp.Address{r.address}})
			ws := b.connect(t, r)
			readBlock(t, ws)
			// The bridge may close before the rest of a large message is written.
			ws.Write(t.Context(), tt.kind, make([]byte, tt.size))
			wantEnd(t, ws, websocket.StatusUnsupportedData)
		})
	}
}

// A block may come in pieces; frames are not what counts.
func TestFragments(t *testing.T) {
	got := make(chan *block, 1)
	r := newRelay(t, func(r *relay, secure *transport.TLSConn) {
		hello(r, secure)
		b := new(block)
		io.ReadFull(secure, b[:])
		got <- b
	})
	b := newBridge(t, Config{Relays: []smp.Address{r.address}})
	ws := b.connect(t, r)
	readBlock(t, ws)
	w, err := ws.Writer(t.Context(), websocket.MessageBinary)
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("ab"), transport.BlockSize/2)
	for _, part := range [][]byte{want[:1], want[1:9000], want[9000:]} {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if b := <-got; !bytes.Equal(b[:], want) {
		t.Error("the block is not what was sent")
	}
}

func TestRelayEnds(t *testing.T) {
	r := newRelay(t, hello)
	b := newBridge(t, Config{Relays: []smp.Address{r.address}})
	ws := b.connect(t, r)
	readBlock(t, ws)
	wantEnd(t, ws, StatusRelayClosed)
	b.wait(&b.Metrics().RelayClosed, 1)
	if m := b.Metrics(); m.Conns.Load() != 0 || m.Accepted.Load() != 1 || m.BlocksToPages.Load() != 1 || m.BlocksToRelays.Load() != 0 {
		t.Errorf("%d of %d connections are left; %d blocks to pages, %d to relays", m.Conns.Load(), m.Accepted.Load(), m.BlocksToPages.Load(), m.BlocksToRelays.Load())
	}
}

// wait waits until a count is there. The bridge counts after it has told the page.
func (b *bridge) wait(count *atomic.Int64, want int64) {
	for count.Load() != want {
		runtime.Gosched()
	}
}

// A relay that restarts costs its pages their connections, which end with a
// status that says so, and nothing else: the log has one line for each change.
func TestRelayRestarts(t *testing.T) {
	r := makeRelay(t, pong)
	r.listener = lastingListener(t)
	r.listen(t)
	var log lockedBuffer
	b := newBridge(t, Config{Relays: []smp.Address{r.address}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	ws := b.connect(t, r)
	readBlock(t, ws)
	r.stop()
	wantEnd(t, ws, StatusRelayClosed)
	for range 3 {
		wantEnd(t, b.connect(t, r), StatusRelayUnreachable)
	}
	r.restart(t)
	for range 3 {
		ws := b.connect(t, r)
		readBlock(t, ws)
		ws.CloseNow()
	}
	if got := log.String(); strings.Count(got, "relay not reached") != 1 || strings.Count(got, "relay reached again") != 1 {
		t.Errorf("the log has %s", got)
	}
}

// A lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestRelayNotReached(t *testing.T) {
	gone := newRelay(t, pong)
	gone.listener.Close()
	silent := newRelay(t, func(_ *relay, secure *transport.TLSConn) { io.Copy(io.Discard, secure) })
	half := newRelay(t, func(_ *relay, secure *transport.TLSConn) { secure.Write(make([]byte, 100)) })
	for name, r := range map[string]*relay{"nobody listens": gone, "no hello": silent, "half a hello": half} {
		t.Run(name, func(t *testing.T) {
			b := newBridge(t, Config{Relays: []smp.Address{r.address}, DialTimeout: 500 * time.Millisecond})
			wantEnd(t, b.connect(t, r), StatusRelayUnreachable)
		})
	}
}

func TestRelayIsAnother(t *testing.T) {
	honest := newRelay(t, pong)
	rogue := newRelay(t, pong)
	for name, serve := range map[string]func(*relay, *transport.TLSConn){
		"hello of another session": func(r *relay, secure *transport.TLSConn) {
			secure.SessionID = make([]byte, 32)
			hello(r, secure)
		},
		"hello of another relay": func(_ *relay, secure *transport.TLSConn) { hello(rogue, secure) },
		"key signed by another": func(r *relay, secure *transport.TLSConn) {
			hello(&relay{chain: r.chain, key: rogue.key}, secure)
		},
		"not a hello": func(_ *relay, secure *transport.TLSConn) { secure.Write(make([]byte, transport.BlockSize)) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelay(t, serve)
			b := newBridge(t, Config{Relays: []smp.Address{r.address}})
			wantEnd(t, b.connect(t, r), StatusRelayIdentity)
		})
	}
	t.Run("TLS of another relay", func(t *testing.T) {
		address := honest.address
		address.Port = rogue.address.Port
		b := newBridge(t, Config{Relays: []smp.Address{address}})
		wantEnd(t, b.connect(t, honest), StatusRelayIdentity)
	})
}

func TestLimitReached(t *testing.T) {
	r := newRelay(t, pong)
	b := newBridge(t, Config{Relays: []smp.Address{r.address}, MaxPerAddress: 2})
	first, second := b.connect(t, r), b.connect(t, r)
	readBlock(t, first)
	readBlock(t, second)
	wantEnd(t, b.connect(t, r), websocket.StatusTryAgainLater)
	first.Close(websocket.StatusNormalClosure, "")
	// The place is free when the bridge has closed its end.
	for {
		ws := b.connect(t, r)
		if _, _, err := ws.Read(t.Context()); err == nil {
			break
		}
	}
}

// A relay that sends more than a page reads has to wait: what is under way is
// bounded by the buffers of the sockets.
func TestSlowPage(t *testing.T) {
	stuck := make(chan int, 1)
	r := newRelay(t, func(r *relay, secure *transport.TLSConn) {
		hello(r, secure)
		for n := 0; ; n++ {
			secure.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
			if _, err := secure.Write(make([]byte, transport.BlockSize)); err != nil {
				stuck <- n
				return
			}
		}
	})
	b := newBridge(t, Config{Relays: []smp.Address{r.address}})
	ws := b.connect(t, r)
	readBlock(t, ws)
	if n := <-stuck; n*transport.BlockSize > 64<<20 {
		t.Errorf("the relay could send %d blocks that nobody reads", n)
	}
}

func TestClose(t *testing.T) {
	r := newRelay(t, pong)
	b := newBridge(t, Config{Relays: []smp.Address{r.address}})
	ws := b.connect(t, r)
	readBlock(t, ws)
	closed := make(chan struct{})
	go func() {
		b.Close()
		close(closed)
	}()
	wantEnd(t, ws, websocket.StatusGoingAway)
	<-closed
	if _, response, err := b.dial(t, r.address, nil); err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("after Close: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(Config{Relays: []smp.Address{{Hosts: []string{"x"}}}}); !errors.Is(err, transport.ErrIdentity) {
		t.Errorf("relay without a fingerprint: %v", err)
	}
}

func TestLimits(t *testing.T) {
	l := newLimits(4, 2)
	var leave []func()
	for _, tt := range []struct {
		client  string
		allowed bool
	}{
		{"192.0.2.1", true},
		{"::ffff:192.0.2.1", true}, // the same
		{"192.0.2.1", false},
		{"2001:db8::1", true},
		{"2001:db8::2%eth0", true}, // the same /64
		{"2001:db8::3", false},
		{"192.0.2.2", false}, // no more in total
	} {
		done, err := l.enter(netip.MustParseAddr(tt.client))
		if (err == nil) != tt.allowed {
			t.Errorf("%s: %v", tt.client, err)
		}
		if err == nil {
			leave = append(leave, done)
		}
	}
	for _, done := range leave {
		done()
	}
	if l.count != 0 || len(l.by) != 0 {
		t.Errorf("%d connections of %d clients are left", l.count, len(l.by))
	}
	if _, err := l.enter(netip.Addr{}); err != nil {
		t.Errorf("unknown address: %v", err)
	}
}

func TestForwardedAddr(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, tt := range []struct {
		peer, forwarded, want string
	}{
		{"198.51.100.7:1", "", "198.51.100.7"},
		{"198.51.100.7:1", "192.0.2.1", "198.51.100.7"}, // not a proxy: not believed
		{"10.0.0.1:1", "192.0.2.1", "192.0.2.1"},
		{"10.0.0.1:1", "203.0.113.9, 192.0.2.1", "192.0.2.1"}, // the client's own word does not count
		{"10.0.0.1:1", "192.0.2.1, 10.0.0.2", "192.0.2.1"},
		{"[::1]:1", "2001:db8::1", "2001:db8::1"},
		{"10.0.0.1:1", "rubbish", "10.0.0.1"},
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"rubbish", "", "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{}}
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := ForwardedAddr(proxies)(r); got.String() != tt.want {
			t.Errorf("%s, %q: %s, want %s", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

// The relay's side never sees a name, and always sees the protocol.
func TestTLSToRelay(t *testing.T) {
	state := make(chan tls.ConnectionState, 1)
	r := newRelay(t, func(r *relay, secure *transport.TLSConn) {
		state <- secure.Conn.(*tls.Conn).ConnectionState()
		hello(r, secure)
	})
	b := newBridge(t, Config{Relays: []smp.Address{r.address}})
	b.connect(t, r)
	if s := <-state; s.ServerName != "" || s.NegotiatedProtocol != transport.ALPN || s.Version != tls.VersionTLS13 {
		t.Errorf("name %q, protocol %q, version %x", s.ServerName, s.NegotiatedProtocol, s.Version)
	}
}
