package agent

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	server "sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
)

// The benchmarks run natively and, with web/test/wasm_exec_browser.mjs, in
// Chromium, where the agent that is measured works on IndexedDB:
//
//	GOOS=js GOARCH=wasm go test -exec "node $PWD/web/test/wasm_exec_browser.mjs" -run - -bench CatchUp -benchtime 5000x ./wasm/agent
//
// The relay and the peer share the thread with it there.

// A keeper is an app that does as much as the chat does: it keeps each message
// in the turn in which it came, and confirms it.
type keeper struct {
	received chan Received
	ready    chan ConnID
	kept     int
}

func newKeeper() *keeper {
	return &keeper{received: make(chan Received, 10000), ready: make(chan ConnID, 10000)}
}

func (k *keeper) Event(t *Turn, e Event) error {
	switch e := e.(type) {
	case Confirmed:
		return t.Allow(e.Conn, nil)
	case Connected:
		t.After(func() { k.ready <- e.Conn })
	case Received:
		k.kept++
		t.Put("items", fmt.Sprintf("%s/%016x", e.Conn, k.kept), e.Body)
		t.Put("contacts", string(e.Conn), e.Body)
		t.After(func() { k.received <- e })
		return t.Receipt(e.Conn, e.MsgID)
	}
	return nil
}

// A benchWorld is a relay in process, in real time.
type benchWorld struct {
	*testing.B
	relay   *server.Relay
	metrics server.Metrics
	home    smp.PasswordAddress
	wait    sync.WaitGroup
}

func newBenchWorld(b *testing.B) *benchWorld {
	w := &benchWorld{B: b}
	chain, key := benchIdentity(b)
	fast := server.NoLimit
	w.relay = server.New(server.Config{
		Store: new(memory.Store), Chain: chain, Key: key, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Metrics: &w.metrics, Quota: 1 << 20, ConnRate: fast, HostRate: fast, CreateRate: fast, MaxCreated: 1 << 20,
	})
	print, _ := chain.Identity()
	w.home.Address = smp.Address{Fingerprint: print[:], Hosts: []string{"relay.example"}}
	b.Cleanup(func() {
		w.relay.Close()
		w.wait.Wait()
	})
	return w
}

func (w *benchWorld) dial(ctx context.Context, addr smp.Address) (*transport.Conn, error) {
	ours, theirs := net.Pipe()
	w.wait.Go(func() { w.relay.ServeConn(context.Background(), theirs, server.Options{WebSocket: true}) })
	return transport.Client(ctx, ours, &transport.ClientConfig{Relay: transport.Fingerprint(addr.Fingerprint), Now: benchTime})
}

// A benchAgent can be stopped, and started again on what it stored.
type benchAgent struct {
	*Agent
	*keeper
	w     *benchWorld
	store store.Store
	pq    bool
}

func (w *benchWorld) agent(s store.Store, pq bool) *benchAgent {
	a := &benchAgent{w: w, store: s, pq: pq, keeper: newKeeper()}
	a.start()
	w.Cleanup(a.stop)
	return a
}

func (a *benchAgent) start() {
	v := current
	v.pq = a.pq
	var err error
	a.Agent, err = open(context.Background(), Config{Store: a.store, App: a.keeper, Relays: []smp.PasswordAddress{a.w.home}, Dial: a.w.dial}, v)
	if err != nil {
		a.w.Fatal(err)
	}
}

func (a *benchAgent) stop() {
	a.cancel()
	<-a.Done()
}

// connect connects two agents.
func (w *benchWorld) connect(alice, bob *benchAgent) (ConnID, ConnID) {
	var link string
	err := alice.Invite(context.Background(), func(_ *Turn, _ ConnID, l string) error {
		link = l
		return nil
	})
	if err == nil {
		err = bob.Do(context.Background(), func(t *Turn) error { _, err := t.Join(link, nil); return err })
	}
	if err != nil {
		w.Fatal(err)
	}
	return <-alice.ready, <-bob.ready
}

func (a *benchAgent) say(id ConnID) {
	err := a.Do(context.Background(), func(t *Turn) error {
		_, err := t.Send(id, make([]byte, 300), SendOptions{})
		return err
	})
	if err != nil {
		a.w.Fatal(err)
	}
}

// BenchmarkPingPong is one message there and one back: each changes the
// direction, the dearest that the ratchet has.
func BenchmarkPingPong(b *testing.B) {
	for _, pq := range []bool{false, true} {
		b.Run(fmt.Sprintf("pq=%v", pq), func(b *testing.B) {
			w := newBenchWorld(b)
			alice, bob := w.agent(benchStore(b), pq), w.agent(new(store.Mem), pq)
			toBob, toAlice := w.connect(alice, bob)
			for b.Loop() {
				alice.say(toBob)
				<-bob.received
				bob.say(toAlice)
				<-alice.received
			}
		})
	}
}

// BenchmarkStream is messages one after the other, one way.
func BenchmarkStream(b *testing.B) {
	w := newBenchWorld(b)
	alice, bob := w.agent(benchStore(b), true), w.agent(new(store.Mem), true)
	toBob, _ := w.connect(alice, bob)
	for b.Loop() {
		alice.say(toBob)
		<-bob.received
	}
}

// BenchmarkCatchUp is the start with messages waiting in one conversation, until
// all are kept: each in a commit of its own, and confirmed.
func BenchmarkCatchUp(b *testing.B) {
	w := newBenchWorld(b)
	alice, bob := w.agent(benchStore(b), true), w.agent(new(store.Mem), true)
	_, toAlice := w.connect(alice, bob)
	bob.say(toAlice)
	<-alice.received
	alice.stop()
	for range b.N {
		bob.say(toAlice)
	}
	for bob.waiting(toAlice) {
		runtime.Gosched()
	}
	bob.stop()
	b.ResetTimer()
	alice.start()
	for range b.N {
		<-alice.received
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.StopTimer()
	bob.start()
}

// waiting reports whether something is still to be sent.
func (a *benchAgent) waiting(id ConnID) (yes bool) {
	_ = a.Do(context.Background(), func(t *Turn) error {
		yes = t.conn(id).outFirst < t.conn(id).outNext
		return nil
	})
	return yes
}

// BenchmarkOpen is the start with connections in the store, and 100 other
// records for each; then all are subscribed.
func BenchmarkOpen(b *testing.B) {
	for _, conns := range []int{1000, 10000} {
		b.Run(fmt.Sprint("conns=", conns), func(b *testing.B) {
			w := newBenchWorld(b)
			s := benchStore(b)
			a := w.agent(s, true)
			a.stop()
			w.manyConns(s, conns)
			if conns == 1000 {
				manyRecords(b, s, 100*conns)
			}
			b.ResetTimer()
			var loaded, subscribed time.Duration
			for range b.N {
				w.subscriptions(0)
				begun := time.Now()
				a.start()
				loaded += time.Since(begun)
				w.subscriptions(conns)
				subscribed += time.Since(begun)
				a.stop()
			}
			b.ReportMetric(float64(loaded.Milliseconds())/float64(b.N), "ms-loaded")
			b.ReportMetric(float64(subscribed.Milliseconds())/float64(b.N), "ms-subscribed")
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/1e6, "MB")
		})
	}
}

// manyConns makes connections, with queues on the relay.
func (w *benchWorld) manyConns(s store.Store, n int) {
	a := w.agent(new(store.Mem), true)
	defer a.stop()
	l, err := a.reach(context.Background(), a.relay, party{}, w.home.Address)
	if err != nil {
		w.Fatal(err)
	}
	queues := make([]*receiveQueue, n)
	var wait sync.WaitGroup
	for at := range 32 {
		wait.Go(func() {
			for i := at; i < n; i += 32 {
				if queues[i], err = a.newQueue(context.Background(), l, plan{home: w.home, version: 4, mode: smp.Messaging}); err != nil {
					panic(err)
				}
			}
		})
	}
	wait.Wait()
	var batch store.Batch
	for i, q := range queues {
		c := fullConn(w.B)
		c.state, c.owed, c.offer, c.reply, c.info, c.outFirst = Established, nil, nil, nil, nil, c.outNext
		c.fresh, c.switching, c.sync, c.linkDue = nil, SwitchNone, SyncOK, false
		q.secret, q.key = make([]byte, 32), smp.PrivateKey{}
		c.receive, c.send.secured, c.user = q, true, ""
		batch.Put(bucketConns, fmt.Sprintf("%016d", i), c.marshal())
	}
	if err := s.Commit(context.Background(), &batch); err != nil {
		w.Fatal(err)
	}
}

// manyRecords fills the app's part of the store.
func manyRecords(b *testing.B, s store.Store, n int) {
	value := make([]byte, 300)
	rand.Read(value)
	for at := 0; at < n; at += 2000 {
		var batch store.Batch
		for i := at; i < at+2000; i++ {
			batch.Put("items", fmt.Sprintf("%016d/%016d", i%1000, i), value)
		}
		if err := s.Commit(context.Background(), &batch); err != nil {
			b.Fatal(err)
		}
	}
}

// subscriptions waits until the relay counts so many.
func (w *benchWorld) subscriptions(n int) {
	for int(w.metrics.Subscriptions.Load()) != n {
		time.Sleep(time.Millisecond)
	}
}
