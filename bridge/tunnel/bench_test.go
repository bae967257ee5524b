package tunnel

import (
	"bufio"
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

// The figures are of a bridge in a process of its own, so that neither pages nor
// relay are in them. That process is this test's program again, with the relay's
// address in an environment variable.
const benchRelay = "SOTTO_BENCH_RELAY"

// serveBench is that process: it serves a tunnel until its input ends.
func serveBench() error {
	relay, err := smp.ParseAddress(os.Getenv(benchRelay))
	if err != nil {
		return err
	}
	t, err := New(Config{Relays: []smp.Address{relay}, MaxTotal: 20_000, MaxPerAddress: 20_000})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("ws://%s/\n", l.Addr())
	go http.Serve(l, t)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// A bridgeProcess is one.
type bridgeProcess struct {
	bridge
	cmd *exec.Cmd
	in  io.Closer
}

func startBridge(t testing.TB, r *relay) *bridgeProcess {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchRelay+"="+r.address.String())
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &bridgeProcess{bridge{url: strings.TrimSpace(url)}, cmd, in}
}

// resident returns the bytes of memory that the bridge has.
func (p *bridgeProcess) resident(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Skip("needs Linux's /proc: ", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kB int64
	fmt.Sscan(rest, &kB)
	return kB << 10
}

// A pageConn is a WebSocket as blocks, for comparison with TLS. It costs as
// little as it can, because it takes its share of the processors that the bridge
// is measured on: one call to write a block, and reads that take what is there.
type pageConn struct {
	net.Conn
	in  *bufio.Reader
	out []byte // a frame
}

// frameHeader is that of a block from the bridge. A page's has its mask after it.
var frameHeader = []byte{0x82, 126, transport.BlockSize >> 8, 0}

// openPage does what a page does to get a WebSocket.
func openPage(t testing.TB, b *bridge, r *relay) *pageConn {
	nc := b.raw(t, upgrade(r))
	c := &pageConn{Conn: nc, in: bufio.NewReaderSize(nc, 1<<16)}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("no WebSocket: %v", err)
	}
	return c
}

func (c *pageConn) Write(b []byte) (int, error) {
	mask := []byte("mask")
	c.out = append(append(c.out[:0], frameHeader...), mask...)
	c.out[1] |= 0x80
	c.out = append(c.out, b...)
	body := c.out[len(frameHeader)+len(mask):]
	subtle.XORBytes(body, body, blockMask)
	return c.Conn.Write(c.out)
}

var blockMask = bytes.Repeat([]byte("mask"), transport.BlockSize/4)

func (c *pageConn) Read(b []byte) (int, error) {
	header := make([]byte, len(frameHeader))
	if _, err := io.ReadFull(c.in, header); err != nil {
		return 0, err
	}
	if !bytes.Equal(header, frameHeader) {
		return 0, fmt.Errorf("frame %x", header)
	}
	return io.ReadFull(c.in, b)
}

// ways are a direct connection to a relay and one through a bridge, both after
// the hello.
func ways(b *testing.B, r *relay) map[string]io.ReadWriter {
	direct, err := transport.DialTLS(b.Context(), r.address, &transport.ClientConfig{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { direct.Close() })
	through := openPage(b, &startBridge(b, r).bridge, r)
	for _, way := range []io.Reader{direct, through} {
		if _, err := io.ReadFull(way, make([]byte, transport.BlockSize)); err != nil {
			b.Fatal(err)
		}
	}
	return map[string]io.ReadWriter{"direct": direct, "bridge": through}
}

// echo sends every block back.
func echo(r *relay, secure *transport.TLSConn) {
	hello(r, secure)
	b := make([]byte, transport.BlockSize)
	for {
		if _, err := io.ReadFull(secure, b); err != nil {
			return
		}
		if _, err := secure.Write(b); err != nil {
			return
		}
	}
}

// rounds is how many times the two ways take turns, so that a machine that is
// busy in between is so for both.
const rounds = 20

// BenchmarkThroughput: blocks there and back, many under way, and the median of
// the rounds' ratios to a direct connection.
func BenchmarkThroughput(b *testing.B) {
	all := ways(b, newRelay(b, echo))
	spent := make(map[string]time.Duration)
	var ratios []float64
	for range rounds {
		direct := stream(b, all["direct"], b.N/rounds+1)
		bridge := stream(b, all["bridge"], b.N/rounds+1)
		ratios = append(ratios, direct.Seconds()/bridge.Seconds())
		spent["direct"] += direct
		spent["bridge"] += bridge
	}
	slices.Sort(ratios)
	bytes := float64(2 * transport.BlockSize * rounds * (b.N/rounds + 1))
	b.ReportMetric(bytes/1e6/spent["direct"].Seconds(), "direct-MB/s")
	b.ReportMetric(bytes/1e6/spent["bridge"].Seconds(), "bridge-MB/s")
	b.ReportMetric(ratios[len(ratios)/2], "of-direct")
}

// stream sends n blocks and takes them back, and returns how long it took.
func stream(b *testing.B, way io.ReadWriter, n int) time.Duration {
	start := time.Now()
	sent := make(chan error, 1)
	go func() {
		block := make([]byte, transport.BlockSize)
		for range n {
			if _, err := way.Write(block); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	block := make([]byte, transport.BlockSize)
	for range n {
		if _, err := io.ReadFull(way, block); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-sent; err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkLatency: one block there and back at a time.
func BenchmarkLatency(b *testing.B) {
	all := ways(b, newRelay(b, echo))
	took := make(map[string][]time.Duration)
	for range rounds {
		for name, way := range all {
			for range b.N/rounds + 1 {
				took[name] = append(took[name], stream(b, way, 1))
			}
		}
	}
	median := func(name string) time.Duration {
		slices.Sort(took[name])
		return took[name][len(took[name])/2]
	}
	direct, bridge := median("direct"), median("bridge")
	b.ReportMetric(float64(direct.Microseconds()), "direct-p50-µs")
	b.ReportMetric(float64((bridge - direct).Microseconds()), "added-p50-µs")
}

// BenchmarkIdle: memory of the bridge for each tunnel on which nothing comes.
func BenchmarkIdle(b *testing.B) {
	for _, n := range []int{1000, 9000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				r := newRelay(b, hold)
				p := startBridge(b, r)
				before := p.resident(b)
				for range n {
					readBlock(b, p.connect(b, r))
				}
				b.ReportMetric(float64(p.resident(b)-before)/float64(n), "bytes/tunnel")
			}
		})
	}
}

// hold says nothing after the hello.
func hold(r *relay, secure *transport.TLSConn) {
	hello(r, secure)
	io.Copy(io.Discard, secure)
}
