package relay_test

import (
	"context"
	"net"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
)

// FuzzBlock sends whatever it likes in a block: there is always an answer to
// each transmission, and the relay goes on.
func FuzzBlock(f *testing.F) {
	authority, chain, key := newIdentity(f)
	nowhere := func(context.Context, smp.Address) (*transport.Conn, error) { return nil, relay.ErrHost }
	r := relay.New(relay.Config{Store: new(memory.Store), Chain: chain, Key: key, ConnRate: relay.NoLimit, Dial: nowhere})
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() { r.ServeConn(f.Context(), theirs, relay.Options{WebSocket: true}); close(done) }()
	f.Cleanup(func() { r.Close(); <-done })
	conn, err := transport.Client(f.Context(), ours, &transport.ClientConfig{Relay: authority.Fingerprint(), Versions: smp.Range[smp.Version]{Min: 19, Max: 19}})
	if err != nil {
		f.Fatal(err)
	}
	session := smp.Session{Version: 19, ID: conn.Session().ID}
	for _, command := range []string{"PING", "SUB", "NEW ", "SEND T body", "ACK \x18", "RFWD x", "LGET", "PFWD ", "PRXY ", "QUE", "NKEY ", "NDEL", "NSUB", "SUBS ", "NSUBS "} {
		for _, entity := range [][]byte{nil, make([]byte, 24)} {
			for _, auth := range [][]byte{nil, make([]byte, 64), make([]byte, 80)} {
				t := smp.Transmission{Authorization: auth, CorrID: make([]byte, 24), EntityID: entity, Command: []byte(command)}
				blocks, _ := smp.Batches([][]byte{session.Append(nil, t)})
				f.Add(blocks[0])
			}
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > transport.MaxContent {
			return
		}
		want := 1
		if list, err := smp.ParseBatch(content); err == nil {
			want = len(list)
		}
		if err := conn.WriteBlock(content); err != nil {
			t.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		for got := 0; got < want; {
			answer, err := conn.ReadBlock()
			if err != nil {
				t.Fatal(err)
			}
			list, err := smp.ParseBatch(answer)
			if err != nil {
				t.Fatal(err)
			}
			got += len(list)
		}
	})
}
