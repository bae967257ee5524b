package main

import (
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"sotto/server/relay/relaytest"
	"sotto/smp"
)

// drainClients says how many clients TestDrain has; make bench prints how long
// 1,000 are away.
const drainClients = "SOTTO_DRAIN_CLIENTS"

// TestDrain stops a server with SIGTERM while all clients send and receive, and
// starts it again: it ends orderly, all clients are back, every message that was
// answered OK is delivered, and none that was acknowledged comes back.
func TestDrain(t *testing.T) {
	clients := 40
	if n, err := strconv.Atoi(os.Getenv(drainClients)); err == nil {
		clients = n
	}
	dir := t.TempDir()
	server := startProcess(t, dir)
	taken := make(chan struct{})
	list := make([]*pair, clients/2)
	for i := range list {
		list[i] = &pair{T: t, queue: server.queue(t), taken: taken}
	}
	for range 2 {
		stop := server.load(list, nil)
		for range 4 * len(list) {
			<-taken
		}
		signal := time.Now()
		server.cmd.Process.Signal(syscall.SIGTERM)
		if err := server.cmd.Wait(); err != nil {
			t.Errorf("the server did not end orderly: %v", err)
		}
		stopped := time.Since(signal)
		stop()
		server = startProcess(t, dir)
		server.greet(t, clients)
		back := time.Since(signal)
		t.Logf("%d clients: stopped after %.3f s, all back after %.3f s", clients, stopped.Seconds(), back.Seconds())
	}
	sent, received := 0, 0
	for _, p := range list {
		p.drain(server)
		sent += p.count
		received += p.received
	}
	t.Logf("%d messages were answered OK, %d deliveries", sent, received)
	server.kill(t)
}

// queue creates a queue on a connection of its own.
func (p *process) queue(t *testing.T) *relaytest.Queue {
	t.Helper()
	c, err := p.dialTLS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	q, err := c.Create()
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// greet lets clients connect all at once, and returns when each was answered.
func (p *process) greet(t *testing.T, clients int) {
	var back sync.WaitGroup
	for range clients {
		back.Go(func() {
			c, err := p.dialTLS(t.Context())
			if err != nil {
				t.Errorf("back: %v", err)
				return
			}
			defer c.Close()
			if _, err := c.Do(nil, smp.PrivateKey{}, smp.PING{}); err != nil {
				t.Errorf("back: %v", err)
			}
		})
	}
	back.Wait()
}

// TestReadyWhileDraining: a load balancer is told before clients are.
func TestReadyWhileDraining(t *testing.T) {
	counts := freePort(t)
	server := startProcess(t, t.TempDir(), "-metrics", counts, "-drain", "1h")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ready := func() int {
		response, _ := fetch(t, client, "http://"+counts+"/readyz")
		return response.StatusCode
	}
	for ready() != http.StatusOK {
		time.Sleep(time.Millisecond) // it prints its address before it is
	}
	server.cmd.Process.Signal(syscall.SIGTERM)
	for ready() == http.StatusOK {
		time.Sleep(time.Millisecond)
	}
	server.queue(t) // clients are served all the same
	ended := make(chan error, 1)
	go func() { ended <- server.cmd.Wait() }()
	for {
		server.cmd.Process.Signal(syscall.SIGTERM) // again: it may not have seen to the first yet
		select {
		case err := <-ended:
			if err == nil {
				t.Error("another signal does not end it at once")
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}
