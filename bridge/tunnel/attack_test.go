package tunnel

import (
	"context"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/transport"
)

// raw opens a connection to the bridge and sends the beginning of a request.
func (b *bridge) raw(t testing.TB, request string) net.Conn {
	t.Helper()
	host, _, _ := strings.Cut(strings.TrimPrefix(b.url, "ws://"), "/")
	nc, err := net.Dial("tcp", host)
	if err != nil {
		t.Error(err)
		nc, _ = net.Pipe()
		nc.Close()
		return nc
	}
	t.Cleanup(func() { nc.Close() })
	if _, err := io.WriteString(nc, request); err != nil {
		t.Error(err)
	}
	return nc
}

// upgrade is the request for a WebSocket to a relay.
func upgrade(r *relay) string { return request("/relay/" + Path(r.address)) }

// request asks for a WebSocket.
func request(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
}

// firstPong is an honest relay for the first connection; what happens to the
// others is the attack.
func firstPong(others func(*relay, *transport.TLSConn)) func(*relay, *transport.TLSConn) {
	var first atomic.Bool
	return func(r *relay, secure *transport.TLSConn) {
		if first.CompareAndSwap(false, true) {
			pong(r, secure)
			return
		}
		others(r, secure)
	}
}

// flood sends blocks as fast as they are taken.
func flood(r *relay, secure *transport.TLSConn) {
	hello(r, secure)
	for {
		if _, err := secure.Write(make([]byte, transport.BlockSize)); err != nil {
			return
		}
	}
}

// deaf reads nothing after its hello, until the bridge is gone.
func deaf(t testing.TB) func(*relay, *transport.TLSConn) {
	return func(r *relay, secure *transport.TLSConn) {
		hello(r, secure)
		<-t.Context().Done()
	}
}

// An attack is many connections that do the same. Each may cost the bridge so
// many bytes of memory.
type attack struct {
	name  string
	relay func(testing.TB) func(*relay, *transport.TLSConn)
	open  func(testing.TB, *bridge, *relay)
	most  int64
}

// Half-open connections, slow ones, those that send what they must not or what
// nobody takes; and relays that stall, lie and flood.
var attacks = []attack{
	{"asks for nothing", idleRelay, func(t testing.TB, b *bridge, _ *relay) { b.raw(t, "") }, 40 << 10},
	{"stops in the request", idleRelay, func(t testing.TB, b *bridge, r *relay) { b.raw(t, upgrade(r)[:60]) }, 40 << 10},
	{"comes from elsewhere", idleRelay, func(t testing.TB, b *bridge, r *relay) {
		b.raw(t, strings.TrimSuffix(upgrade(r), "\r\n")+"Origin: https://example.net\r\n\r\n")
	}, 40 << 10},
	{"says nothing", idleRelay, func(t testing.TB, b *bridge, r *relay) { b.raw(t, upgrade(r)) }, 60 << 10},
	{"stops in a frame", idleRelay, func(t testing.TB, b *bridge, r *relay) {
		b.raw(t, upgrade(r)+"\x82\xfe\x40\x00mask and a little")
	}, 160 << 10},
	{"sends text and stays", idleRelay, func(t testing.TB, b *bridge, r *relay) {
		b.raw(t, upgrade(r)+"\x81\x85maskhello")
	}, 160 << 10},
	{"reads nothing", func(testing.TB) func(*relay, *transport.TLSConn) { return flood }, func(t testing.TB, b *bridge, r *relay) {
		b.raw(t, upgrade(r))
	}, 160 << 10},
	{"floods a relay that reads nothing", deaf, func(t testing.TB, b *bridge, r *relay) {
		nc := b.raw(t, upgrade(r))
		frame := "\x82\xfe\x40\x00mask" + strings.Repeat("x", transport.BlockSize)
		nc.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
		for {
			if _, err := io.WriteString(nc, frame); err != nil {
				return
			}
		}
	}, 160 << 10},
	{"relay stalls", stalled, func(t testing.TB, b *bridge, r *relay) { b.raw(t, upgrade(r)) }, 160 << 10},
	{"relay lies", liar, func(t testing.TB, b *bridge, r *relay) { b.raw(t, upgrade(r)) }, 160 << 10},
}

func idleRelay(testing.TB) func(*relay, *transport.TLSConn) { return hold }

// stalled is a relay that does not even say hello.
func stalled(testing.TB) func(*relay, *transport.TLSConn) {
	return func(_ *relay, secure *transport.TLSConn) { io.Copy(io.Discard, secure) }
}

// liar is a relay whose hello is that of another.
func liar(t testing.TB) func(*relay, *transport.TLSConn) {
	other := makeRelay(t, nil)
	return func(_ *relay, secure *transport.TLSConn) { hello(other, secure) }
}

// attackers is how many connections an attack has: as many as the environment
// says, or as many as a minute allows.
func attackers(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("SOTTO_ATTACKERS"))
	switch {
	case err == nil:
		return n
	case testing.Short():
		return 20
	}
	return 100
}

// Whatever strangers do, the memory stays within bounds and an honest client is
// served.
func TestAttacks(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) { a.run(t, attackers(t)) })
	}
}

// run opens n connections, and tells what each costs and how long an honest
// client waits at most.
func (a *attack) run(t *testing.T, n int) {
	r := newRelay(t, firstPong(a.relay(t)))
	p := startBridge(t, r)
	honest := p.client(t, r)
	before := p.resident(t)
	var opening sync.WaitGroup
	for range 20 {
		opening.Go(func() {
			for range n / 20 {
				a.open(t, &p.bridge, r)
			}
		})
	}
	opening.Wait()
	var slowest time.Duration
	for range 50 {
		slowest = max(slowest, ping(t, honest))
	}
	each := (p.resident(t) - before) / int64(n)
	t.Logf("%d connections cost %d bytes each; an honest client waited %v at most", n, each, slowest)
	if spare := int64(8<<20+maxLarge*large) / int64(n); each > a.most+spare && !raceDetector {
		t.Errorf("each costs %d bytes, may cost %d", each, a.most)
	}
}

// ping waits for an answer of the relay, and returns how long it took.
func ping(t testing.TB, c *client.Client) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the machine may be busy
	defer cancel()
	start := time.Now()
	for _, result := range c.SendAll(ctx, []client.Request{{Command: smp.PING{}}}) {
		if result.Err != nil {
			t.Fatalf("an honest client: %v", result.Err)
		}
	}
	return time.Since(start)
}

// Pages of a relay that stalls, or lies, wait and end without those of another.
func TestBadTarget(t *testing.T) {
	stalled := newRelay(t, stalled(t))
	rogue := newRelay(t, liar(t))
	silent := makeRelay(t, nil)
	silent.tls = func(_ context.Context, nc net.Conn) (*transport.TLSConn, error) {
		io.Copy(io.Discard, nc)
		return nil, io.EOF
	}
	silent.listen(t)
	good := newRelay(t, pong)
	b := newBridge(t, Config{
		Relays:        []smp.Address{stalled.address, rogue.address, silent.address, good.address},
		MaxPerAddress: 1000,
	})
	honest := b.client(t, good)
	var waiting []*websocket.Conn
	for range 30 {
		waiting = append(waiting, b.connect(t, stalled), b.connect(t, silent))
		wantEnd(t, b.connect(t, rogue), StatusRelayIdentity)
	}
	for range 20 {
		ping(t, honest)
	}
	stalled.stop()
	silent.stop()
	for _, ws := range waiting {
		wantEnd(t, ws, StatusRelayUnreachable)
	}
	ping(t, honest)
	b.wait(&b.Metrics().RelayIdentity, 30)
}

// More connections than allowed, again and again, are sent away with a status,
// and those that are there stay.
func TestFloodOfConnections(t *testing.T) {
	r := newRelay(t, pong)
	b := newBridge(t, Config{Relays: []smp.Address{r.address}, MaxPerAddress: 3})
	honest := b.client(t, r)
	for range 2 {
		readBlock(t, b.connect(t, r))
	}
	for range 200 {
		ws := b.connect(t, r)
		wantEnd(t, ws, websocket.StatusTryAgainLater)
	}
	ping(t, honest)
	b.wait(&b.Metrics().ConnsRefused, 200)
}
