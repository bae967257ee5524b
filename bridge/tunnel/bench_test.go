package tunnel

import (
	"bufio"
	"cmp"
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
}

func startBridge(t testing.TB, r *relay) *bridgeProcess {
	t.Helper()
	url, cmd := startSelf(t, benchRelay+"="+r.address.String())
	return &bridgeProcess{bridge{url: url}, cmd}
}

// startSelf runs this program with a variable of the environment, until the end
// of the test, and returns the line that it prints.
func startSelf(t testing.TB, variable string) (line string, cmd *exec.Cmd) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variable)
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
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), cmd
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

// perRound is how many blocks go one way before the next has its turn, so that a
// machine that is busy in between is so for all.
const perRound = 400

// BenchmarkThroughput: blocks there and back, many under way. Of the rounds'
// ratios to the direct connection the median counts. All ends share the
// processors: the relay, who talks to it, and what is between. How long they are
// busy for a block says more than the clock where others want them, too.
func BenchmarkThroughput(b *testing.B) {
	all := ways(b, newRelay(b, echo))
	spent := make(map[string][]float64) // seconds
	busy := make(map[string]time.Duration)
	ratios := make(map[string][]float64)
	for b.Loop() {
		for _, w := range all {
			before := w.busy()
			spent[w.name] = append(spent[w.name], stream(b, w, perRound).Seconds())
			busy[w.name] += w.busy() - before
		}
		for name, took := range spent {
			last := len(took) - 1
			ratios[name] = append(ratios[name], spent["direct"][last]/took[last])
		}
	}
	for _, w := range all {
		b.ReportMetric(2*perRound*transport.BlockSize/1e6/median(spent[w.name]), w.name+"-MB/s")
		b.ReportMetric(float64(busy[w.name].Nanoseconds())/1e3/perRound/float64(len(spent[w.name])), w.name+"-busy-µs")
		if w.name != "direct" {
			b.ReportMetric(median(ratios[w.name]), w.name+"-of-direct")
		}
	}
}

func median[T cmp.Ordered](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
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
	for b.Loop() {
		for _, w := range all {
			for range perRound / 10 {
				took[w.name] = append(took[w.name], stream(b, w, 1))
			}
		}
	}
	direct := median(took["direct"])
	b.ReportMetric(float64(direct.Nanoseconds())/1e3, "direct-p50-µs")
	for _, w := range all[1:] {
		b.ReportMetric(float64((median(took[w.name])-direct).Nanoseconds())/1e3, w.name+"-added-p50-µs")
	}
}

// BenchmarkIdle: memory of the bridge for each tunnel on which nothing comes.
func BenchmarkIdle(b *testing.B) {
	const n = 2000
	for b.Loop() {
		r := newRelay(b, hold)
		p := startBridge(b, r)
		before := p.resident(b)
		for range n {
			readBlock(b, p.connect(b, r))
		}
		b.ReportMetric(float64(p.resident(b)-before)/n, "bytes/tunnel")
	}
}

// hold says nothing after the hello.
func hold(r *relay, secure *transport.TLSConn) {
	hello(r, secure)
	io.Copy(io.Discard, secure)
}
