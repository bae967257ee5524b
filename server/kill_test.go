package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"

	"sotto/server/relay/relaytest"
	"sotto/smp"
)

// TestKill kills a server under load with SIGKILL, again and again: every message
// that was answered OK is delivered, in order, none that was acknowledged comes
// back, and every change of a queue that was answered is there.
func TestKill(t *testing.T) {
	const pairs, owners = 3, 2
	kills := 50
	if testing.Short() {
		kills = 10
	}
	dir := t.TempDir()
	server := startProcess(t, dir)
	list, taken := make([]*pair, pairs), make(chan struct{}, 1)
	for i := range list {
		c, err := server.dialTLS(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		q, err := c.Create()
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		list[i] = &pair{T: t, queue: q, taken: taken}
	}
	own := make([]*owner, owners)
	for i := range own {
		own[i] = &owner{T: t}
	}
	for range kills {
		stop := server.load(list, own)
		for range 5 + rand.IntN(40) {
			<-taken
		}
		server.kill(t)
		stop()
		select {
		case <-taken:
		default:
		}
		server = startProcess(t, dir)
		for _, o := range own {
			o.verify(server)
		}
	}
	steps := 0
	for _, o := range own {
		steps += o.steps
	}
	if steps < kills*owners {
		t.Errorf("only %d steps of queues were answered", steps)
	}
	sent, received := 0, 0
	for _, p := range list {
		p.drain(server)
		sent += p.count
		received += p.received
	}
	if sent < kills*pairs {
		t.Errorf("only %d messages were sent", sent)
	}
	t.Logf("%d messages were answered OK, %d deliveries, %d steps of queues", sent, received, steps)
	server.kill(t)
}

// A process is a server of its own.
type process struct {
	running
	cmd *exec.Cmd
	log *bytes.Buffer // to be read when the process has ended
}

func startProcess(t *testing.T, dir string, flags ...string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"-data", dir, "-http", "127.0.0.1:0", "-smp", "127.0.0.1:0"}, flags...)...)
	cmd.Env = append(os.Environ(), asServer+"=1")
	log := &bytes.Buffer{}
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := readAddresses(t, out)
	if r.site == "" {
		cmd.Process.Kill()
		t.Fatalf("the server did not start: %v", cmd.Wait())
	}
	return &process{*r, cmd, log}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.cmd.Wait()
}

// load lets the pairs talk and the owners work until the server is killed. Call
// stop after that.
func (p *process) load(list []*pair, own []*owner) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var talking sync.WaitGroup
	for _, one := range list {
		talking.Go(func() { one.send(ctx, p) })
		talking.Go(func() { one.receive(ctx, p) })
	}
	for _, o := range own {
		talking.Go(func() { o.work(ctx, p) })
	}
	return func() {
		cancel()
		talking.Wait()
	}
}

// A pair is a sender and a recipient. Messages are numbered from 1; a number is
// sent once, so that the fate of one is unknown if the server dies before its
// answer.
type pair struct {
	*testing.T
	queue *relaytest.Queue

	next  int      // the last number sent
	okay  sync.Map // numbers that were answered OK
	count int      // of them
	taken chan<- struct{}

	received     int // deliveries
	last         int // the last number delivered
	acknowledged int // the last number whose acknowledgement was answered
}

func (p *pair) send(ctx context.Context, server *process) {
	c, err := server.dialTLS(ctx)
	if err != nil {
		return
	}
	defer c.Close()
	for {
		p.next++
		switch err := c.Send(p.queue, fmt.Sprint(p.next)); {
		case err == nil:
			p.okay.Store(p.next, true)
			p.count++
			select {
			case p.taken <- struct{}{}:
			case <-ctx.Done():
			}
		case errors.Is(err, smp.ErrQuota):
		default:
			return
		}
	}
}

func (p *pair) receive(ctx context.Context, server *process) {
	c, err := server.dialTLS(ctx)
	if err != nil {
		return
	}
	defer c.Close()
	if err := c.Subscribe(p.queue); err != nil {
		return
	}
	for {
		msg, err := c.Event()
		for msg != nil && err == nil {
			msg, err = p.take(c, msg)
		}
		if err != nil {
			return
		}
	}
}

// take checks and acknowledges a delivery, and returns the next one.
func (p *pair) take(c *relaytest.Client, msg smp.Response) (smp.Response, error) {
	id, d, err := p.queue.Open(msg)
	if err != nil {
		p.Errorf("delivery: %v", err)
		return nil, err
	}
	n := p.last
	if !d.Quota {
		fmt.Sscan(string(d.Body), &n)
		p.check(n)
	}
	next, err := c.Acknowledge(p.queue, id)
	if err == nil {
		p.acknowledged = n
	}
	return next, err
}

// check compares a delivery with what was sent.
func (p *pair) check(n int) {
	p.received++
	if n <= p.acknowledged {
		p.Errorf("message %d came back after %d was acknowledged", n, p.acknowledged)
	}
	for missed := p.last + 1; missed < n; missed++ {
		if _, ok := p.okay.Load(missed); ok {
			p.Errorf("message %d was answered OK and not delivered before %d", missed, n)
		}
	}
	p.last = max(p.last, n)
}

// drain receives what is left and checks that it is everything.
func (p *pair) drain(server *process) {
	c, err := server.dialTLS(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	defer c.Close()
	for {
		msg, err := c.Do(p.queue.Recipient, p.queue.RecipientKey, smp.GET{})
		if err != nil {
			p.Fatal(err)
		}
		if _, empty := msg.(smp.OK); empty {
			break
		}
		if _, err := p.take(c, msg); err != nil {
			p.Fatal(err)
		}
	}
	p.okay.Range(func(n, _ any) bool {
		if n.(int) > p.last {
			p.Errorf("message %d was answered OK and never delivered", n)
		}
		return true
	})
}
