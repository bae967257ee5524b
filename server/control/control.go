// Package control lets the operator speak to a server that is running: over a
// Unix socket in the directory of its data, which only the owner can use. That is
// all the authority that it takes.
//
// A question is a line with a command's name and what follows it; the answer is
// "ok" or "error", a space, and text up to the end.
package control

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	socket      = "control" // name of the socket in the directory
	maxQuestion = 16 << 10  // bytes of a question
	maxAnswer   = 1 << 20
	askTimeout  = 10 * time.Second // to read a question
)

// ErrNotRunning is returned by Ask if no server answers in the directory.
var ErrNotRunning = errors.New("control: the server is not running")

// A Command answers a question of the operator.
type Command func(ctx context.Context, question string) (answer string, err error)

// Listen opens the socket in a directory. It replaces one that a server left
// behind: the caller must be the only server of the directory.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, socket)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("control: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("control: %w", err)
	}
	return l, nil
}

// Serve answers questions until ctx ends, and closes l. It returns when all are
// answered.
func Serve(ctx context.Context, l net.Listener, commands map[string]Command) error {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	var serving sync.WaitGroup
	defer serving.Wait()
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("control: accept: %w", err)
		}
		serving.Go(func() { serve(ctx, c, commands) })
	}
}

func serve(ctx context.Context, c net.Conn, commands map[string]Command) {
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(askTimeout))
	line, err := bufio.NewReader(io.LimitReader(c, maxQuestion+1)).ReadString('\n')
	if err != nil {
		return
	}
	name, question, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	answer, err := "", errors.New("there is no such command")
	if command := commands[name]; command != nil {
		answer, err = command(ctx, question)
	}
	if err != nil {
		fmt.Fprint(c, "error ", err)
		return
	}
	fmt.Fprint(c, "ok ", answer)
}

// Ask says something to the server in a directory and returns its answer. What
// the server says is wrong is an error. A question is one line.
func Ask(ctx context.Context, dir, command, question string) (string, error) {
	if len(command)+len(question) >= maxQuestion || strings.Contains(question, "\n") {
		return "", errors.New("control: the question is too long")
	}
	c, err := new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, socket))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if _, err := fmt.Fprintf(c, "%s %s\n", command, question); err != nil {
		return "", fmt.Errorf("control: ask: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(c, maxAnswer))
	if err != nil {
		return "", fmt.Errorf("control: answer: %w", err)
	}
	status, text, _ := strings.Cut(string(b), " ")
	switch status {
	case "ok":
		return text, nil
	case "error":
		return "", errors.New("control: " + text)
	}
	return "", errors.New("control: no answer")
}
