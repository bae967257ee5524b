package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"sotto/server/control"
)

// ports are where a server listens; nil where it does not.
type ports struct {
	http, https, smp, metrics, operator net.Listener
}

// openPorts opens all of them, or none. Without the operator's the relay runs
// all the same.
func (o *options) openPorts() (*ports, error) {
	p := &ports{}
	for _, one := range []struct {
		at   string
		name string
		to   *net.Listener
	}{
		{o.http, "http", &p.http}, {o.https, "https", &p.https}, {o.smp, "smp", &p.smp}, {o.metrics, "metrics", &p.metrics},
	} {
		if one.at == "" {
			continue
		}
		l, err := listen(one.at)
		if err != nil {
			p.close()
			return nil, fmt.Errorf("-%s %s: %w", one.name, one.at, err)
		}
		*one.to = l
	}
	return p, nil
}

func (p *ports) close() {
	for _, l := range []net.Listener{p.http, p.https, p.smp, p.metrics, p.operator} {
		if l != nil {
			l.Close()
		}
	}
}

// openOperator opens the control socket.
func (p *ports) openOperator(data string) (err error) {
	p.operator, err = control.Listen(data)
	if err != nil {
		p.operator = nil // and no listener that is nil inside
	}
	return err
}

const unixPrefix = "unix:"

// listen opens host:port, or unix:PATH, which the owner's group may use.
func listen(at string) (net.Listener, error) {
	path, ok := strings.CutPrefix(at, unixPrefix)
	if !ok {
		l, err := net.Listen("tcp", at)
		return l, explain(err)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
		os.Remove(path) // a server left it behind
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o660); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

var errInUse = errors.New("another program uses this port (ss -ltnp shows which)")

// explain says what can be done about a port that does not open.
func explain(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: %w", errInUse, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("ports below 1024 take the capability CAP_NET_BIND_SERVICE, which the systemd unit gives: %w", err)
	}
	return err
}

// port is the port of a listener, as it was given or chosen.
func port(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
