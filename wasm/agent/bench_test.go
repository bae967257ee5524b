//go:build !js

package agent

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	server "sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
)

// A deaf app hears nothing but what it waits for.
type deaf struct {
	received chan Received
	ready    chan ConnID
}

func (d *deaf) Event(t *Turn, e Event) error {
	switch e := e.(type) {
	case Confirmed:
		return t.Allow(e.Conn, nil)
	case Connected:
		t.After(func() { d.ready <- e.Conn })
	case Received:
		t.After(func() { d.received <- e })
	}
	return nil
}

// benchPair returns two connected agents on an in-process relay, in real time.
func benchPair(b *testing.B, pq bool) (alice, bob *Agent, apps [2]*deaf, conns [2]ConnID) {
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "localhost", time.Now())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := server.New(server.Config{Store: new(memory.Store), Chain: chain, Key: key, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	print := authority.Fingerprint()
	home := smp.PasswordAddress{Address: smp.Address{Fingerprint: print[:], Hosts: []string{"relay.example"}}}
	dial := func(ctx context.Context, _ smp.Address) (*transport.Conn, error) {
		ours, theirs := net.Pipe()
		go r.ServeConn(context.Background(), theirs, server.Options{WebSocket: true})
		return transport.Client(ctx, ours, &transport.ClientConfig{Relay: print})
	}
	v := current
	v.pq = pq
	var agents [2]*Agent
	for i := range agents {
		apps[i] = &deaf{received: make(chan Received, 1000), ready: make(chan ConnID, 1)}
		agents[i], err = open(ctx, Config{Store: new(store.Mem), App: apps[i], Relays: []smp.PasswordAddress{home}, Dial: dial}, v)
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() {
		cancel()
		<-agents[0].Done()
		<-agents[1].Done()
		r.Close()
	})
	err = agents[0].Invite(ctx, func(_ *Turn, _ ConnID, link string) error {
		go func() {
			_ = agents[1].Do(ctx, func(t *Turn) error { _, err := t.Join(link, nil); return err })
		}()
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	conns[0], conns[1] = <-apps[0].ready, <-apps[1].ready
	return agents[0], agents[1], apps, conns
}

// BenchmarkPingPong is one message there and one back: each changes the
// direction, the dearest that the ratchet has.
func BenchmarkPingPong(b *testing.B) {
	for _, pq := range []bool{false, true} {
		b.Run(fmt.Sprintf("pq=%v", pq), func(b *testing.B) {
			alice, bob, apps, conns := benchPair(b, pq)
			for b.Loop() {
				say(b, alice, conns[0])
				<-apps[1].received
				say(b, bob, conns[1])
				<-apps[0].received
			}
		})
	}
}

// BenchmarkStream is messages one after the other, one way.
func BenchmarkStream(b *testing.B) {
	alice, _, apps, conns := benchPair(b, true)
	for b.Loop() {
		say(b, alice, conns[0])
		<-apps[1].received
	}
}

func say(b *testing.B, a *Agent, id ConnID) {
	b.Helper()
	err := a.Do(context.Background(), func(t *Turn) error {
		_, err := t.Send(id, []byte("hello"), SendOptions{})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkOpen is the start with 10,000 connections in the store.
func BenchmarkOpen(b *testing.B) {
	s := new(store.Mem)
	var batch store.Batch
	c := fullConn(b)
	c.state, c.owed, c.offer, c.reply, c.info, c.outFirst = Established, nil, nil, nil, nil, c.outNext
	c.receive.peer, c.receive.key, c.send.secured = smp.PublicKey{}, smp.PrivateKey{}, true
	for n := range 10000 {
		c.receive.id = fmt.Appendf(nil, "%024d", n)
		batch.Put(bucketConns, fmt.Sprintf("%016d", n), c.marshal())
	}
	if err := s.Commit(b.Context(), &batch); err != nil {
		b.Fatal(err)
	}
	dial := func(context.Context, smp.Address) (*transport.Conn, error) { return nil, io.EOF }
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		a, err := Open(ctx, Config{Store: s, App: new(deaf), Dial: dial})
		if err != nil {
			b.Fatal(err)
		}
		cancel()
		<-a.Done()
	}
}
