//go:build !js

package openssltest

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"sotto/smp/transport"
)

// Serve does the server's TLS handshake with the client at the other end of nc,
// and returns when the client's Finished is there. args are further ones of
// "openssl s_server", such as -groups. Close ends the program.
func (id *Identity) Serve(ctx context.Context, nc net.Conn, args ...string) (*transport.TLSConn, error) {
	p, err := id.start(args)
	if err != nil {
		nc.Close()
		return nil, err
	}
	p.Conn = nc
	if err := p.join(ctx, id.socket()); err != nil {
		p.Close()
		return nil, err
	}
	finished, err := clientFinished(p.messages)
	if err != nil {
		p.Close()
		return nil, err
	}
	p.copying.Go(func() { io.Copy(io.Discard, p.messages) })
	return &transport.TLSConn{Conn: p, SessionID: finished, ALPN: transport.ALPN}, nil
}

// socket is where the program listens. It serves one client, so an identity
// serves one at a time.
func (id *Identity) socket() string { return id.path("socket") }

// A program is one openssl, between the client's connection and the plain text
// on its standard input and output.
type program struct {
	net.Conn // with the client: addresses
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      io.ReadCloser
	messages *os.File // of the handshake, in words
	below    net.Conn // with the program
	copying  sync.WaitGroup
	close    sync.Once
}

func (id *Identity) start(args []string) (*program, error) {
	os.Remove(id.socket())
	cmd := exec.Command("openssl", append([]string{"s_server", "-unix", id.socket(), "-naccept", "1", "-quiet",
		"-msg", "-msgfile", "/dev/fd/3", "-tls1_3", "-alpn", transport.ALPN,
		"-cert", id.path("leaf.crt"), "-key", id.path("leaf.key"), "-cert_chain", id.path("ca.crt")}, args...)...)
	p := &program{cmd: cmd}
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.out, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	messages, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	p.messages, cmd.ExtraFiles = messages, []*os.File{write}
	return p, cmd.Start()
}

// join connects the client with the program, once that listens.
func (p *program) join(ctx context.Context, socket string) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		below, err := net.Dial("unix", socket)
		if err == nil {
			p.below = below
			p.copying.Go(func() { pass(p.Conn, below) })
			p.copying.Go(func() { pass(below, p.Conn) })
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

// pass copies until one end closes, and closes the other.
func pass(to, from net.Conn) {
	io.Copy(to, from)
	to.Close()
}

// clientFinished finds the content of the client's last message among those
// that the program has listed.
func clientFinished(messages io.Reader) ([]byte, error) {
	lines := bufio.NewScanner(messages)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "<<<") || !strings.HasSuffix(lines.Text(), "Finished") {
			continue
		}
		var b []byte
		for len(b) < 4+32 && lines.Scan() {
			line, err := hex.DecodeString(strings.ReplaceAll(lines.Text(), " ", ""))
			if err != nil {
				return nil, fmt.Errorf("openssltest: message of openssl: %w", err)
			}
			b = append(b, line...)
		}
		if len(b) == 4+32 {
			return b[4:], nil
		}
	}
	return nil, errors.New("openssltest: the handshake failed")
}

// Read reads what the client has sent.
func (p *program) Read(b []byte) (int, error) { return p.out.Read(b) }

// Write sends to the client.
func (p *program) Write(b []byte) (int, error) { return p.in.Write(b) }

// Close ends the connection and the program.
func (p *program) Close() error {
	p.close.Do(func() {
		p.Conn.Close()
		if p.below != nil {
			p.below.Close()
		}
		p.cmd.Process.Kill()
		p.copying.Go(func() { io.Copy(io.Discard, p.messages) })
		p.copying.Wait()
		p.messages.Close()
		p.cmd.Wait()
	})
	return nil
}
