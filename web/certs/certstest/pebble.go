package certstest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// An Authority is an ACME server on this machine, for which every host is at
// 127.0.0.1.
type Authority struct {
	Directory string // URL
	Roots     string // PEM file of who signs its site

	port     net.Listener
	cert     string
	key      string
	upstream chan string // where Pebble listens, once it does
}

// NewAuthority reserves the address of an authority. Requests wait until Start.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cert, key, _ := Files(t, t.TempDir(), "127.0.0.1")
	a := &Authority{
		Directory: "https://" + l.Addr().String() + "/dir",
		Roots:     cert,
		port:      l,
		cert:      cert,
		key:       key,
		upstream:  make(chan string, 1),
	}
	ctx, stop := context.WithCancel(context.Background())
	var passing sync.WaitGroup
	passing.Go(func() { a.serve(ctx, &passing) })
	t.Cleanup(func() {
		stop()
		l.Close()
		passing.Wait()
	})
	return a
}

// serve passes connections on to Pebble.
func (a *Authority) serve(ctx context.Context, passing *sync.WaitGroup) {
	var to string
	select {
	case to = <-a.upstream:
	case <-ctx.Done():
		return
	}
	for {
		nc, err := a.port.Accept()
		if err != nil {
			return
		}
		passing.Go(func() { pass(ctx, nc, to) })
	}
}

func pass(ctx context.Context, nc net.Conn, to string) {
	defer nc.Close()
	up, err := dial(ctx, to)
	if err != nil {
		return
	}
	defer up.Close()
	defer context.AfterFunc(ctx, func() {
		nc.Close()
		up.Close()
	})()
	go func() {
		io.Copy(up, nc)
		up.Close()
	}()
	io.Copy(nc, up)
}

// dial connects to Pebble, which says that it listens just before it does.
func dial(ctx context.Context, to string) (net.Conn, error) {
	for {
		nc, err := net.Dial("tcp", to)
		if err == nil || ctx.Err() != nil {
			return nc, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Start runs the authority until the test ends. It asks at the two ports whether
// a host belongs to who asks for its certificate.
func (a *Authority) Start(t testing.TB, httpPort, tlsPort int) {
	t.Helper()
	program, resolver := pebble(t), serveDNS(t)
	for range 5 {
		if address := a.run(t, program, resolver, httpPort, tlsPort); address != "" {
			a.upstream <- address
			return
		}
	}
	t.Fatal("pebble does not listen")
}

// run starts Pebble at a port that was free, and returns its address when it
// listens, or "" if it ended.
func (a *Authority) run(t testing.TB, program, resolver string, httpPort, tlsPort int) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	config := map[string]any{
		"listenAddress": address, "managementListenAddress": "",
		"certificate": a.cert, "privateKey": a.key,
		"httpPort": httpPort, "tlsPort": tlsPort,
		"retryAfter":   map[string]int{"authz": 1, "order": 1},
		"keyAlgorithm": "ecdsa",
		"profiles":     map[string]any{"default": map[string]any{"description": "for tests", "validityPeriod": 7776000}},
	}
	file := filepath.Join(t.TempDir(), "pebble.json")
	b, err := json.Marshal(map[string]any{"pebble": config})
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-config", file, "-dnsserver", resolver)
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	said, err := cmd.StdoutPipe()
	if err == nil {
		cmd.Stderr = cmd.Stdout
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	t.Cleanup(func() {
		cmd.Process.Kill()
		reading.Wait()
		cmd.Wait()
	})
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Listening on: "+address) {
			reading.Go(func() { io.Copy(io.Discard, said) })
			return address
		}
	}
	return ""
}

// pebble builds the program, or takes it from the build cache. Without network
// it cannot be built the first time: that is an error where CI runs, and
// elsewhere the test is skipped.
func pebble(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	program := filepath.Join(t.TempDir(), "pebble")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-mod=readonly", "-o", program, "github.com/letsencrypt/pebble/v2/cmd/pebble")
	build.Dir = filepath.Join(filepath.Dir(here), "testdata", "pebble")
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := build.CombinedOutput()
	if err == nil {
		return program
	}
	message := fmt.Sprintf("pebble, the ACME test server, cannot be built: %v\n%s", err, out)
	if os.Getenv("CI") != "" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}
