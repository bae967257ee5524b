package doorway

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open serves a doorway whose servers say which they are, and returns its port.
func open(t *testing.T, names ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := New(names...)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, l) }()
	for who, l := range map[string]net.Listener{"site": d.Site(), "relay": d.Relay()} {
		go answer(tls.NewListener(l, serverConfig(t)), who)
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		d.Site().Close()
		d.Relay().Close()
	})
	return l.Addr().String()
}

func answer(l net.Listener, who string) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		io.WriteString(nc, who)
		nc.Close()
	}
}

func serverConfig(t *testing.T) *tls.Config {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		NextProtos:   []string{"h2", "http/1.1", alpnSMP, alpnACME},
	}
}

// ask returns who answers a client.
func ask(address string, c *tls.Config) (string, error) {
	c.InsecureSkipVerify = true
	nc, err := tls.Dial("tcp", address, c)
	if err != nil {
		return "", err
	}
	defer nc.Close()
	b, err := io.ReadAll(nc)
	return string(b), err
}

func TestDoorway(t *testing.T) {
	named, bare := open(t, "Chat.example.org."), open(t)
	for _, test := range []struct {
		port, name string
		protos     []string
		want       string
	}{
		{named, "chat.example.org", []string{"h2", "http/1.1"}, "site"},
		{named, "CHAT.example.org", []string{"http/1.1"}, "site"},
		{named, "chat.example.org", nil, "site"},
		{named, "", []string{"smp/1"}, "relay"},
		{named, "", []string{"http/1.1"}, "relay"},
		{named, "", nil, "relay"},
		{named, "chat.example.org", []string{"smp/1"}, "relay"},
		{named, "other.example.org", []string{"smp/1"}, "relay"},
		{named, "new.example.org", []string{"acme-tls/1"}, "site"},
		{bare, "", []string{"h2", "http/1.1"}, "site"},
		{bare, "", nil, "site"},
		{bare, "", []string{"smp/1"}, "relay"},
	} {
		got, err := ask(test.port, &tls.Config{ServerName: test.name, NextProtos: test.protos})
		if err != nil || got != test.want {
			t.Errorf("%q %q: %q, %v; want %s", test.name, test.protos, got, err, test.want)
		}
	}
	for _, name := range []string{"other.example.org", "example.org", "x.chat.example.org"} {
		if _, err := ask(named, &tls.Config{ServerName: name}); err == nil || !strings.Contains(err.Error(), "unrecognized name") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPlainHTTP: who forgets the s of https is told.
func TestPlainHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := New("chat.example.org")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- d.Serve(ctx, l) }()
	site := &http.Server{TLSConfig: serverConfig(t), ErrorLog: log.New(io.Discard, "", 0)}
	go func() { ended <- site.ServeTLS(d.Site(), "", "") }()
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + l.Addr().String())
	if err != nil || response.StatusCode != http.StatusBadRequest {
		t.Errorf("%v, %v", response, err)
	}
	if err == nil {
		response.Body.Close()
	}
	stop()
	site.Close()
	<-ended
	<-ended
}

// TestNonsense: who speaks no TLS is hung up on, and so are those who are at the
// door when it closes.
func TestNonsense(t *testing.T) {
	port := open(t, "chat.example.org")
	silent, err := net.Dial("tcp", port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	nc, err := net.Dial("tcp", port)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.Write([]byte("\x00nonsense"))
	if _, err := bufio.NewReader(nc).ReadByte(); err == nil {
		t.Error("nonsense is answered")
	}
}
