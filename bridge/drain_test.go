package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"sotto/bridge/tunnel"
	"sotto/smp"
	"sotto/smp/transport"
)

// bridgeArgs makes this test's program the bridge itself, with these arguments.
const bridgeArgs = "SOTTO_TEST_BRIDGE"

// drainClients says how many clients TestDrain has, 1,000 to measure.
const drainClients = "SOTTO_DRAIN_CLIENTS"

// backWithin is how long all clients may be away.
const backWithin = 10 * time.Second

// A countingRelay answers each block with the same, after it has noted it.
type countingRelay struct {
	address smp.Address
	chain   transport.Chain
	key     smp.PrivateKey

	mu    sync.Mutex
	noted map[uint64]uint64 // client → its last number
}

func startRelay(t *testing.T) *countingRelay {
	t.Helper()
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r := &countingRelay{noted: make(map[uint64]uint64)}
	if r.chain, r.key, err = authority.Issue(nil, "relay.example", time.Now()); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	id := authority.Fingerprint()
	r.address = smp.Address{Fingerprint: id[:], Hosts: []string{"127.0.0.1"}, Port: port}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { r.serve(t, nc) })
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return r
}

func (r *countingRelay) serve(t *testing.T, nc net.Conn) {
	defer nc.Close()
	secure, err := transport.ServerTLS(context.Background(), nc, transport.ServerTLSConfig(r.chain, r.key))
	if err != nil {
		return
	}
	conn, err := transport.Server(context.Background(), secure, &transport.ServerConfig{
		Chain: r.chain, Key: r.key, SessionID: secure.SessionID, Versions: smp.Versions,
	})
	if err != nil {
		return
	}
	for {
		content, err := conn.ReadBlock()
		if err != nil {
			return
		}
		r.note(t, binary.BigEndian.Uint64(content), binary.BigEndian.Uint64(content[8:]))
		if conn.WriteBlock(content) != nil {
			return
		}
	}
}

// note takes the next number of a client, or the last one again, if its client
// did not hear the answer.
func (r *countingRelay) note(t *testing.T, client, number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := r.noted[client]; number != last && number != last+1 {
		t.Errorf("client %d: %d after %d", client, number, last)
	}
	r.noted[client] = number
}

// A traveller sends numbers through the bridge, and connects again when that
// ends.
type traveller struct {
	id       uint64
	url      string
	relay    *countingRelay
	pace     time.Duration
	answered atomic.Uint64 // its last number that the relay answered
}

func (c *traveller) run(ctx context.Context) {
	again := time.NewTicker(50 * time.Millisecond) // as pages do, but they wait longer
	defer again.Stop()
	for ctx.Err() == nil {
		if conn, err := c.connect(ctx); err == nil {
			c.talk(ctx, conn)
			conn.Close()
		}
		<-again.C
	}
}

func (c *traveller) connect(ctx context.Context) (*transport.Conn, error) {
	ws, _, err := websocket.Dial(ctx, c.url+tunnelPath+tunnel.Path(c.relay.address), nil)
	if err != nil {
		return nil, err
	}
	id, _ := transport.ParseFingerprint(c.relay.address.Fingerprint)
	return transport.Client(ctx, websocket.NetConn(ctx, ws, websocket.MessageBinary), &transport.ClientConfig{Relay: id})
}

func (c *traveller) talk(ctx context.Context, conn *transport.Conn) {
	next := time.NewTicker(c.pace)
	defer next.Stop()
	for ; ctx.Err() == nil; <-next.C {
		number := c.answered.Load() + 1
		b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, c.id), number)
		if conn.WriteBlock(b) != nil {
			return
		}
		if _, err := conn.ReadBlock(); err != nil {
			return
		}
		c.answered.Store(number)
	}
}

// startProcess runs the bridge as a process, and returns the URL it prints.
func startProcess(t *testing.T, relay smp.Address, listen string) (cmd *exec.Cmd, url string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), bridgeArgs+"=-relay "+relay.String()+" -max-per-client 5000 -listen "+listen)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	url = urlIn(t, lines)
	go io.Copy(os.Stderr, stderr)
	return cmd, url
}

// lastingAddress is one at which a program can listen again. Its port is not
// among those that the system gives to clients: one of them could have it in
// between, even one that tries to connect to it.
func lastingAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(10_000+rand.IntN(20_000)))
		if err == nil {
			l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// TestDrain stops the bridge with SIGTERM while all clients send, and starts it
// again: it ends orderly, all clients are back soon, and nothing that was
// answered is missing at the relay, or out of order.
func TestDrain(t *testing.T) {
	clients, measured := 30, false
	if n, err := strconv.Atoi(os.Getenv(drainClients)); err == nil {
		clients, measured = n, true
	}
	relay := startRelay(t)
	cmd, url := startProcess(t, relay.address, lastingAddress(t))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var travelling sync.WaitGroup
	all := make([]*traveller, clients)
	for i := range all {
		all[i] = &traveller{id: uint64(i), url: url, relay: relay, pace: time.Duration(clients) * time.Millisecond / 2}
		travelling.Go(func() { all[i].run(ctx) })
	}
	allAnswered(all)
	signal := time.Now()
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it did not end orderly: %v", err)
	}
	stopped := time.Since(signal)
	cmd, _ = startProcess(t, relay.address, strings.TrimPrefix(url, "http://"))
	allAnswered(all)
	back := time.Since(signal)
	t.Logf("%d clients: stopped after %v, all back after %v", clients, stopped.Round(time.Millisecond), back.Round(time.Millisecond))
	if measured && back > backWithin {
		t.Errorf("clients were away for %v", back)
	}
	stop()
	travelling.Wait()
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	relay.mu.Lock()
	defer relay.mu.Unlock()
	for _, c := range all {
		if noted, answered := relay.noted[c.id], c.answered.Load(); noted < answered {
			t.Errorf("client %d: %d was answered, the relay has %d", c.id, answered, noted)
		}
	}
}

// allAnswered waits until each has got three more answers.
func allAnswered(all []*traveller) {
	want := make([]uint64, len(all))
	for i, c := range all {
		want[i] = c.answered.Load() + 3
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for i, c := range all {
		for c.answered.Load() < want[i] {
			<-again.C
		}
	}
}
