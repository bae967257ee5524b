package tunnel

import (
	"bufio"
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sotto/smp/transport"
)

// A way to the relay, after its hello.
type way struct {
	name string
	io.ReadWriter
	processes []int // that are between
}

// busy is how long this process, which is both ends, and those between have
// used the processors.
func (w *way) busy() time.Duration {
	var own syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	all := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	for _, pid := range w.processes {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := append(strings.Fields(rest), make([]string, 13)...)
		for _, ticks := range fields[11:13] {
			n, _ := strconv.Atoi(ticks)
			all += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return all
}

// ways are a direct connection to a relay, one through a bridge, one through a
// program that only copies, and those through other programs of the kind that are
// installed: websockify, which is for the same, and nginx, which does without the
// WebSocket.
func ways(b *testing.B, r *relay) []way {
	direct, err := transport.DialTLS(b.Context(), r.address, &transport.ClientConfig{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { direct.Close() })
	bridge := startBridge(b, r)
	all := []way{
		{"direct", direct, nil},
		{"bridge", openPage(b, bridge.url, "/relay/"+Path(r.address)), []int{bridge.cmd.Process.Pid}},
		copied(b, r),
	}
	if at, pid := startWebsockify(b, r); at != "" {
		c := openPage(b, at, "/")
		all = append(all, way{"websockify", c, children(pid)})
	}
	if at, pid := startNginx(b, r); at != "" {
		all = append(all, way{"nginx", dialTCP(b, at), children(pid)})
	}
	for _, w := range all {
		if _, err := io.ReadFull(w, make([]byte, transport.BlockSize)); err != nil {
			b.Fatalf("%s: %v", w.name, err)
		}
	}
	return all
}

// children are the processes that one has started.
func children(pid int) (all []int) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	for _, child := range strings.Fields(string(b)) {
		n, _ := strconv.Atoi(child)
		all = append(all, n)
	}
	return all
}

// A pageConn is a WebSocket as blocks, for comparison with TLS. A page does this
// in its browser, on another machine; here it takes its share of the processors.
// So it costs as little as it can: one pass to mask a block, one call to write
// it, and reads that take what is there.
type pageConn struct {
	net.Conn
	in     *bufio.Reader
	header [10]byte // of a frame that comes
	left   int      // of it, to read
	out    []byte   // a frame
}

// openPage does what a page does to get a WebSocket.
func openPage(t testing.TB, url, path string) *pageConn {
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "ws://"), "/")
	nc := dialTCP(t, host)
	if _, err := io.WriteString(nc, request(path)); err != nil {
		t.Fatal(err)
	}
	c := &pageConn{Conn: nc, in: bufio.NewReaderSize(nc, 1<<16), out: newFrame()}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("no WebSocket at %s: %v", url, err)
	}
	return c
}

func dialTCP(t testing.TB, address string) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc
}

var blockMask = bytes.Repeat([]byte("mask"), transport.BlockSize/4)

// newFrame returns the frame of a block, with its header.
func newFrame() []byte {
	header := append([]byte{0x82, 0x80 | 126, transport.BlockSize >> 8, 0}, blockMask[:4]...)
	return append(header, blockMask...)
}

// Write sends a block.
func (c *pageConn) Write(b []byte) (int, error) {
	subtle.XORBytes(c.out[len(c.out)-len(blockMask):], b, blockMask)
	return c.Conn.Write(c.out)
}

// Read reads what is in binary frames, whatever they are.
func (c *pageConn) Read(b []byte) (int, error) {
	if c.left == 0 {
		if err := c.readHeader(); err != nil {
			return 0, err
		}
	}
	n, err := c.in.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}

func (c *pageConn) readHeader() error {
	header := c.header[:]
	if _, err := io.ReadFull(c.in, header[:2]); err != nil {
		return err
	}
	if header[0] != 0x82 {
		return fmt.Errorf("frame %x", header[:2])
	}
	c.left = int(header[1])
	if n := map[byte]int{126: 2, 127: 8}[header[1]]; n > 0 {
		length := header[10-n : 10]
		if _, err := io.ReadFull(c.in, length); err != nil {
			return err
		}
		c.left = int(binary.BigEndian.Uint64(append(make([]byte, 8-n, 8), length...)))
	}
	return nil
}

// startWebsockify returns "" where it is not installed (Debian's websockify).
func startWebsockify(b *testing.B, r *relay) (at string, pid int) {
	at = freeAddress(b)
	return startOther(b, at, "websockify", "--ssl-target", at, r.listener.Addr().String())
}

// nginxStream is TCP to TLS, with the cipher suite that the bridge has.
const nginxStream = `%s
daemon off; worker_processes 1; pid nginx.pid; error_log stderr emerg;
events { worker_connections 64; }
stream { server {
	listen %s; proxy_pass %s; tcp_nodelay on; proxy_buffer_size 64k;
	proxy_ssl on; proxy_ssl_protocols TLSv1.3; proxy_ssl_conf_command Ciphersuites TLS_CHACHA20_POLY1305_SHA256;
} }
`

// startNginx returns "" where it is not installed (Debian's nginx-light and
// libnginx-mod-stream).
func startNginx(b *testing.B, r *relay) (at string, pid int) {
	const module = "/usr/lib/nginx/modules/ngx_stream_module.so"
	if _, err := os.Stat(module); err != nil {
		return "", 0
	}
	at = freeAddress(b)
	config := filepath.Join(b.TempDir(), "nginx.conf")
	text := fmt.Sprintf(nginxStream, "load_module "+module+";", at, r.listener.Addr())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return startOther(b, at, "nginx", "-p", filepath.Dir(config), "-c", config, "-e", "stderr")
}

// freeAddress is one that nobody listens at.
func freeAddress(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startOther runs a program with its children until the end, and waits until it
// listens.
func startOther(b *testing.B, address, name string, args ...string) (at string, pid int) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", 0
	}
	cmd := exec.Command(path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); cmd.Wait() })
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for range 1000 {
		if nc, err := net.Dial("tcp", address); err == nil {
			nc.Close()
			return address, cmd.Process.Pid
		}
		<-again.C
	}
	b.Fatalf("%s does not listen", name)
	return "", 0
}
