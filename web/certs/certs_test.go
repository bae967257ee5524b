package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sotto/web/certs/certstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, untidy) }

// untidy is what autocert leaves behind for minutes when its authority is gone.
var untidy = goleak.IgnoreAnyFunction("golang.org/x/crypto/acme/autocert.(*Manager).deactivatePendingAuthz")

var quiet = slog.New(slog.DiscardHandler)

const host = "chat.example.org"

func serial(t *testing.T, f *Files) string {
	t.Helper()
	c, err := f.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf.SerialNumber.String()
}

// TestFiles replaces a certificate under a server that runs.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	f := NewFiles(filepath.Join(dir, "fullchain.pem"), filepath.Join(dir, "privkey.pem"), quiet)
	if _, err := f.GetCertificate(nil); !errors.Is(err, ErrNone) {
		t.Errorf("without files: %v", err)
	}
	if err := f.Problem(host, time.Now()); err == nil || !strings.Contains(err.Error(), "fullchain.pem is not there") {
		t.Errorf("without files: %v", err)
	}
	certstest.Files(t, dir, host)
	first := serial(t, f)
	if err := f.Problem(host, time.Now()); err != nil {
		t.Error(err)
	}
	if serial(t, f) != first {
		t.Error("another certificate from the same files")
	}
	certstest.Files(t, dir, host)
	second := serial(t, f)
	if second == first {
		t.Error("the new certificate is not taken up")
	}
	// Half of what comes next: the one before stays, and is there again when all is.
	other := t.TempDir()
	cert, key, _ := certstest.Files(t, other, host)
	rename(t, cert, filepath.Join(dir, "fullchain.pem"))
	if serial(t, f) != second {
		t.Error("a certificate with the key of another")
	}
	if err := f.Problem(host, time.Now()); err == nil {
		t.Error("a certificate with the key of another is no problem")
	}
	rename(t, key, filepath.Join(dir, "privkey.pem"))
	if serial(t, f) == second {
		t.Error("the third certificate is not taken up")
	}
	if err := f.Problem(host, time.Now()); err != nil {
		t.Error(err)
	}
	os.Remove(filepath.Join(dir, "privkey.pem"))
	serial(t, f)
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestProblem says what the operator has to know.
func TestProblem(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		until time.Time
		host  string
		want  string
	}{
		"good":    {now.Add(time.Hour), host, ""},
		"expired": {now.Add(-time.Hour), host, "expired on " + day(now.Add(-time.Hour))},
		"future":  {now.Add(48 * time.Hour), host, "not valid before"},
		"other":   {now.Add(time.Hour), "other.example.org", `not for chat.example.org but for ["other.example.org"]`},
	} {
		cert, key, _ := certstest.FilesUntil(t, t.TempDir(), test.until, test.host)
		f := NewFiles(cert, key, quiet)
		err := f.Problem(host, now)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if _, err := f.GetCertificate(nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	cert, key, _ := certstest.Files(t, t.TempDir(), host)
	os.WriteFile(key, []byte("no key"), 0o600)
	if err := NewFiles(cert, key, quiet).Problem(host, now); err == nil || !strings.Contains(err.Error(), "no certificate with its key") {
		t.Errorf("no key: %v", err)
	}
	os.Remove(key)
	if err := NewFiles(cert, key, quiet).Problem(host, now); err == nil || !strings.Contains(err.Error(), "privkey.pem is not there") {
		t.Errorf("missing key: %v", err)
	}
}

// serve serves a handler at a new port until the test ends; by TLS with a
// config.
func serve(t *testing.T, h http.Handler, c *tls.Config) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, TLSConfig: c, ErrorLog: log.New(io.Discard, "", 0)}
	ended := make(chan error, 1)
	go func() {
		if c != nil {
			ended <- s.ServeTLS(l, "", "")
		} else {
			ended <- s.Serve(l)
		}
	}()
	t.Cleanup(func() {
		s.Close()
		<-ended
	})
	return l.Addr().(*net.TCPAddr).Port
}

func readPool(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	b, err := os.ReadFile(file)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(b) {
		t.Fatal("no roots: ", err)
	}
	return pool
}

// TestAutomatic gets a certificate from Pebble by either challenge, and has it
// again after a restart, when no authority is there.
func TestAutomatic(t *testing.T) {
	for _, challenge := range []string{"TLS-ALPN", "HTTP"} {
		t.Run(challenge, func(t *testing.T) {
			authority := certstest.NewAuthority(t)
			dir := t.TempDir()
			var log bytes.Buffer
			a := NewAutomatic(Config{
				Host: host, Dir: dir, Email: "operator@example.org",
				Directory: authority.Directory, Roots: readPool(t, authority.Roots),
				Log: slog.New(slog.NewTextHandler(&log, nil)),
			})
			site := &tls.Config{GetCertificate: a.GetCertificate, NextProtos: []string{"h2", "http/1.1", Protocol}}
			refused := serve(t, http.NotFoundHandler(), nil) // answers no challenge
			httpPort, tlsPort := refused, serve(t, http.NotFoundHandler(), site)
			if challenge == "HTTP" {
				httpPort, tlsPort = serve(t, a.Challenges(http.NotFoundHandler()), nil), refused
			}
			if _, err := a.GetCertificate(&tls.ClientHelloInfo{ServerName: host}); !errors.Is(err, ErrNone) {
				t.Errorf("a visitor comes before there is a certificate: %v", err)
			}
			authority.Start(t, httpPort, tlsPort)
			runOnce(t, a)
			if !strings.Contains(log.String(), "the site has a certificate") {
				t.Errorf("log: %s", log.String())
			}
			again := NewAutomatic(Config{Host: host, Dir: dir, Directory: "https://127.0.0.1:1/", Log: quiet})
			runOnce(t, again)
		})
	}
}

// runOnce gets a certificate at the first attempt.
func runOnce(t *testing.T, a *Automatic) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	log := a.log
	a.log = slog.New(failing{log.Handler(), stop})
	a.Run(ctx)
	if err := a.Problem(host, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// failing is a log in which an error ends something.
type failing struct {
	slog.Handler
	stop func()
}

func (failing) Enabled(context.Context, slog.Level) bool { return true }

func (f failing) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		f.stop()
	}
	return f.Handler.Handle(ctx, r)
}

// TestRefused: an authority that cannot be reached is said, and waiting ends.
func TestRefused(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	a := NewAutomatic(Config{Host: host, Dir: t.TempDir(), Directory: "https://127.0.0.1:1/", Log: slog.New(failing{slog.NewTextHandler(io.Discard, nil), stop})})
	a.Run(ctx)
	if err := a.Problem(host, time.Now()); err == nil || !strings.Contains(err.Error(), "must lead to this machine") {
		t.Errorf("problem: %v", err)
	}
}
