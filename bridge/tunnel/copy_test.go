package tunnel

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"sotto/smp/transport"
)

// Whatever is between a client and a relay on the same machine takes its share of
// the processors, if only to move bytes. So there is a program to compare with
// that does nothing else: no WebSocket, no TLS, no deadlines, no limits. It is
// this test's program again, with the relay's address in this variable.
const benchCopy = "SOTTO_BENCH_COPY"

// serveCopy is that program: it copies until its input ends, with buffers as
// large as a lane's.
func serveCopy() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", os.Getenv(benchCopy))
			if err != nil {
				near.Close()
				continue
			}
			go copyBytes(near, far)
			go copyBytes(far, near)
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// copyBytes passes on what one call has read with one call.
func copyBytes(to, from net.Conn) {
	defer to.Close()
	b := make([]byte, large)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// copied is a direct connection, but for the program that copies.
func copied(b *testing.B, r *relay) way {
	at, cmd := startSelf(b, benchCopy+"="+r.listener.Addr().String())
	config := &transport.ClientConfig{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, at)
	}}
	secure, err := transport.DialTLS(b.Context(), r.address, config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { secure.Close() })
	return way{"copy", secure, []int{cmd.Process.Pid}}
}
