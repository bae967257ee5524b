package certs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Files is a certificate and its key in two PEM files. When the files change,
// the new ones are taken up at the next connection; while they are of no use, or
// only one of the two is written yet, the certificate before them stays.
type Files struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	seen    [2]fs.FileInfo // what the files were when they were read
	current *tls.Certificate
	err     error // of reading them last
}

// NewFiles returns the certificate in two files, which need not be there yet.
func NewFiles(cert, key string, log *slog.Logger) *Files {
	return &Files{cert: cert, key: key, log: log}
}

// GetCertificate is for tls.Config. It returns ErrNone while there is none.
func (f *Files) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.follow()
	if f.current == nil {
		return nil, ErrNone
	}
	return f.current, nil
}

// Problem returns what keeps browsers from a site of this host, nil if nothing.
func (f *Files) Problem(host string, now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.follow()
	if f.err != nil {
		return f.err
	}
	return examine(f.current, host, now)
}

// follow reads the files if they are not what they were. To ask for that costs
// microseconds, so that it is done for every connection.
func (f *Files) follow() {
	var now [2]fs.FileInfo
	for i, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			f.fail(unreadable(name, err))
			return
		}
		now[i] = info
	}
	if same(now[0], f.seen[0]) && same(now[1], f.seen[1]) {
		return
	}
	f.seen = now
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		f.fail(f.unusable(err))
		return
	}
	if f.current != nil {
		f.log.Info("the site's certificate was replaced", "until", day(c.Leaf.NotAfter))
	}
	f.current, f.err = &c, nil
}

// fail keeps what is wrong, and says it once.
func (f *Files) fail(err error) {
	if f.err == nil && f.current != nil {
		f.log.Warn("the site's certificate changed and is of no use, the one before stays", "error", err)
	}
	f.err = err
}

// same reports whether a file is the one that was seen.
func same(a, b fs.FileInfo) bool {
	return b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func unreadable(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("certs: %s is not there: put the certificate's file there, it is taken up by itself", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("certs: %s may not be read by the user of this program (number %d)", name, os.Getuid())
	}
	return fmt.Errorf("certs: %w", err)
}

func (f *Files) unusable(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		name := f.key
		if _, e := os.ReadFile(f.cert); e != nil {
			name = f.cert
		}
		return unreadable(name, err)
	}
	return fmt.Errorf("certs: %s and %s are no certificate with its key: %w", f.cert, f.key, err)
}
