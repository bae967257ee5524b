package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sotto/web/certs/certstest"
)

// program finds a program that Debian has. Where CI runs it has to be there.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed; .ci/install-proxies does that", name)
	}
	t.Skipf("%s is not installed: apt-get install %s", name, name)
	return ""
}

// runProxy starts a proxy at ports that are free, and returns where it serves
// HTTPS when it does.
func runProxy(t *testing.T, command func(http, https string) *exec.Cmd) (plain, secure string) {
	t.Helper()
	for range 5 {
		plain, secure = freePort(t), freePort(t)
		cmd := command(plain, secure)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		cmd.WaitDelay = 10 * time.Second
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			cmd.Wait()
			close(ended)
		}()
		t.Cleanup(func() {
			cmd.Process.Kill()
			<-ended
			if t.Failed() {
				t.Logf("%s said:\n%s", cmd.Path, &said)
			}
		})
		if listens(secure, ended) {
			return plain, secure
		}
	}
	t.Fatal("the proxy does not start")
	return "", ""
}

// listens waits until there is a server at an address, or the program ended that
// was to be it.
func listens(address string, ended <-chan struct{}) bool {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		select {
		case <-ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
		if nc, err := net.Dial("tcp", address); err == nil {
			nc.Close()
			return true
		}
	}
	return false
}

// change replaces words in a text, each of which must be there.
func change(t *testing.T, text string, words ...string) string {
	t.Helper()
	for i := 0; i < len(words); i += 2 {
		if !strings.Contains(text, words[i]) {
			t.Fatalf("the example has no %q", words[i])
		}
		text = strings.ReplaceAll(text, words[i], words[i+1])
	}
	return text
}

// writeFile writes into a test's own directory.
func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// nginxMain is what Debian's nginx.conf does around the example.
const nginxMain = `%s
daemon off;
master_process off;
pid %s/pid;
error_log stderr;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path %[2]s/body;
    proxy_temp_path %[2]s/proxy;
    fastcgi_temp_path %[2]s/fastcgi;
    uwsgi_temp_path %[2]s/uwsgi;
    scgi_temp_path %[2]s/scgi;
    include %[2]s/sotto.conf;
}
`

// TestNginx passes on with the example for nginx.
func TestNginx(t *testing.T) {
	nginx := program(t, "nginx")
	example, err := os.ReadFile("deploy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, "-host", domain, "-http", "127.0.0.1:0", "-proxies", "127.0.0.1")
	dir := t.TempDir()
	cert, key, pool := certstest.Files(t, dir, domain)
	plain, secure := runProxy(t, func(plain, secure string) *exec.Cmd {
		writeFile(t, filepath.Join(dir, "sotto.conf"), change(t, string(example),
			"listen 80;", "listen "+plain+";", "listen 443 ssl", "listen "+secure+" ssl", "server 127.0.0.1:8080;", "server "+r.local(t)+";",
			"/etc/letsencrypt/live/"+domain+"/fullchain.pem", cert, "/etc/letsencrypt/live/"+domain+"/privkey.pem", key))
		user := ""
		if os.Getuid() == 0 {
			user = "user root;"
		}
		return exec.Command(nginx, "-p", dir, "-c", writeFile(t, filepath.Join(dir, "nginx.conf"), fmt.Sprintf(nginxMain, user, dir)))
	})
	behind(t, r, secure, pool)
	response, _ := fetch(t, visitor(t, plain, nil, false), "http://"+domain+"/a")
	if response.StatusCode != http.StatusMovedPermanently || response.Header.Get("Location") != "https://"+domain+"/a" {
		t.Errorf("plain HTTP: %s, %q", response.Status, response.Header.Get("Location"))
	}
}

// caddyMain are the options that let Caddy run beside another, without asking
// anybody for certificates.
const caddyMain = `{
	admin off
	http_port %s
	https_port %s
	default_bind 127.0.0.1
	storage file_system %s
	local_certs
	skip_install_trust
}
import %s
`

// TestCaddy passes on with the example for Caddy.
func TestCaddy(t *testing.T) {
	caddy := program(t, "caddy")
	example, err := filepath.Abs("deploy/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, "-host", domain, "-http", "127.0.0.1:0", "-proxies", "127.0.0.1")
	dir := t.TempDir()
	_, secure := runProxy(t, func(plain, secure string) *exec.Cmd {
		_, plainPort, _ := net.SplitHostPort(plain)
		_, securePort, _ := net.SplitHostPort(secure)
		file := writeFile(t, filepath.Join(dir, "Caddyfile"), fmt.Sprintf(caddyMain, plainPort, securePort, dir, example))
		cmd := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir, "SOTTO="+r.local(t))
		return cmd
	})
	root, err := os.ReadFile(filepath.Join(dir, "pki", "authorities", "local", "root.crt"))
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(root) {
		t.Fatalf("Caddy's root: %v", err)
	}
	waitForCertificate(t, secure, pool)
	behind(t, r, secure, pool)
}

// waitForCertificate waits until Caddy has made one, which it does after it
// listens.
func waitForCertificate(t *testing.T, address string, pool *x509.CertPool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		nc, err := tls.Dial("tcp", address, &tls.Config{ServerName: domain, RootCAs: pool})
		if err == nil {
			nc.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// behind visits the site through a proxy, by HTTP/1.1 and HTTP/2, and lets a page
// talk with a native client that comes without it.
func behind(t *testing.T, r *running, address string, pool *x509.CertPool) {
	t.Helper()
	site := "https://" + domain + "/"
	for _, proto := range []int{1, 2} {
		response, body := fetch(t, visitor(t, address, pool, proto == 2), site+"config.json")
		if response.StatusCode != http.StatusOK || response.ProtoMajor != proto || !strings.Contains(body, r.relay.Address.String()) {
			t.Errorf("HTTP/%d: %s, %s, %q", proto, response.Proto, response.Status, body)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy":    "connect-src 'self' ws://" + domain + " wss://" + domain + ";",
			"Strict-Transport-Security":  "max-age=",
			"Cross-Origin-Opener-Policy": "same-origin",
			"X-Content-Type-Options":     "nosniff",
		} {
			if got := response.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("HTTP/%d: %s is %q, want %q", proto, name, got, want)
			}
		}
	}
	page := socketOver(t, visitor(t, address, pool, false), site+"smp", r.fingerprint())
	defer page.Close()
	app, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	talk(t, app, page)
}
