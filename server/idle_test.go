package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"sotto/smp"
	"sotto/smp/transport"
)

// asClients makes the test binary open idle connections: "tls" or "ws", the
// relay's address and the site.
const asClients = "SOTTO_TEST_CLIENTS"

// idleConns is how many connections the measurements open.
const idleConns = 1000

// openIdle opens connections, says so, and keeps them until its input ends.
func openIdle(spec string) error {
	kind, rest, _ := strings.Cut(spec, " ")
	relay, site, _ := strings.Cut(rest, " ")
	address, err := smp.ParseAddress(relay)
	if err != nil {
		return err
	}
	config := &transport.ClientConfig{Relay: transport.Fingerprint(address.Fingerprint)}
	var conns []*transport.Conn // kept: a connection that is garbage is closed
	for range idleConns {
		open := openSocket
		if kind == "tls" {
			open, site = transport.Dial, net.JoinHostPort("127.0.0.1", address.Port)
		}
		c, err := open(context.Background(), site, config)
		if err != nil {
			return err
		}
		conns = append(conns, c)
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(conns)
	return err
}

func openSocket(ctx context.Context, site string, config *transport.ClientConfig) (*transport.Conn, error) {
	ws, _, err := websocket.Dial(ctx, site, nil)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(transport.BlockSize)
	return transport.Client(ctx, websocket.NetConn(ctx, ws, websocket.MessageBinary), config)
}

func BenchmarkIdleTLS(b *testing.B)       { benchIdle(b, "tls") }
func BenchmarkIdleWebSocket(b *testing.B) { benchIdle(b, "ws") }

// benchIdle reports what an idle connection takes in the server's memory.
func benchIdle(b *testing.B, kind string) {
	o, err := parse([]string{"-data", b.TempDir(), "-http", "127.0.0.1:0", "-smp", "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, o, in, slog.New(slog.DiscardHandler)) }()
	lines := bufio.NewScanner(out)
	lines.Scan()
	relay := strings.TrimPrefix(lines.Text(), "relay ")
	lines.Scan()
	site := strings.TrimPrefix(lines.Text(), "site  ")

	before := inUse()
	clients := exec.Command(os.Args[0])
	clients.Env = append(os.Environ(), asClients+"="+kind+" "+relay+" "+site)
	clients.Stderr = os.Stderr
	hold, _ := clients.StdinPipe()
	said, _ := clients.StdoutPipe()
	if err := clients.Start(); err != nil {
		b.Fatal(err)
	}
	if ready := bufio.NewScanner(said); !ready.Scan() {
		b.Fatal("the connections were not opened")
	}
	b.ReportMetric(float64(inUse()-before)/idleConns, "B/conn")
	b.ReportMetric(0, "ns/op")
	hold.Close()
	clients.Wait()
	stop()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

// inUse is the memory of heap and stacks, without what can be collected.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
