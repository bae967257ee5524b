package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sotto/server/control"
	"sotto/server/relay/relaytest"
	"sotto/smp"
)

// TestSuspend: clients leave and stay outside until the operator says so, and
// what is told of the server's state says that.
func TestSuspend(t *testing.T) {
	data, counts := t.TempDir(), freePort(t)
	r := start(t, "-data", data, "-metrics", counts)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	expect := func(path string, want int) {
		t.Helper()
		if response, body := fetch(t, client, "http://"+counts+path); response.StatusCode != want {
			t.Errorf("%s: %s %q", path, response.Status, body)
		}
	}
	ask := func(what string) string {
		t.Helper()
		answer, err := control.Ask(t.Context(), data, what, "")
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	app, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	page := socketOver(t, client, r.site+"smp", r.fingerprint())
	defer page.Close()
	talk(t, app, page) // so that both are counted
	expect("/readyz", http.StatusOK)
	expect("/healthz", http.StatusOK)
	if s := ask("status"); !strings.Contains(s, "state running\n") || !strings.Contains(s, "connections 2\n") {
		t.Errorf("status: %s", s)
	}
	ask("suspend")
	expect("/readyz", http.StatusServiceUnavailable)
	expect("/healthz", http.StatusOK)
	leaves(t, "an app", app)
	leaves(t, "a page", page)
	if c, err := r.dialTLS(t.Context()); err == nil {
		c.Close()
		t.Error("an app comes in")
	}
	if _, response, err := r.dialSocket(t, "/smp", ""); err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a page comes in: %v", err)
	}
	if s := ask("status"); !strings.Contains(s, "state suspended\n") {
		t.Errorf("status: %s", s)
	}
	if _, err := control.Ask(t.Context(), data, "suspend", ""); err == nil {
		t.Error("suspended twice")
	}
	ask("resume")
	expect("/readyz", http.StatusOK)
	again, err := r.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	talk(t, again, socketOver(t, client, r.site+"smp", r.fingerprint()))
	if _, err := control.Ask(t.Context(), data, "resume", ""); err == nil {
		t.Error("resumed twice")
	}
}

// leaves waits until a client that was asked to leave is outside: what it is at
// when it is asked is answered, and that may still be the next command.
func leaves(t *testing.T, who string, c *relaytest.Client) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		if _, err := c.Do(nil, smp.PrivateKey{}, smp.PING{}); err != nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is inside", who)
		}
	}
}

// TestErrorsCarryHeaders: also answers that are not the page's are not to be
// framed, run, or guessed at.
func TestErrorsCarryHeaders(t *testing.T) {
	r := start(t, "-echo", "http://127.0.0.1:1")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for path, status := range map[string]int{"healthz": http.StatusOK, "echo/invitation": http.StatusBadGateway, "nothing": http.StatusNotFound} {
		response, _ := fetch(t, client, r.site+path)
		h := response.Header
		if response.StatusCode != status && response.StatusCode != http.StatusServiceUnavailable || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %s %v", path, response.Status, h)
		}
	}
}
