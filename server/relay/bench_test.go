package relay_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"sotto/server/relay"
	"sotto/server/relay/pebble"
	"sotto/server/relay/relaytest"
	"sotto/smp"
)

// writers is how many senders there are in the benchmarks.
const writers = 64

// body is a message of the size that clients send.
var body = bytes.Repeat([]byte("m"), smp.MaxMessageSize(18))

// atOnce lets all writers work until b.N messages are done, and reports how many
// that were in a second.
func atOnce(b *testing.B, write func(writer int) error) {
	b.Helper()
	work := make(chan struct{}, writers)
	var working sync.WaitGroup
	b.ResetTimer()
	for w := range writers {
		working.Go(func() {
			for range work {
				if err := write(w); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	working.Wait()
	b.StopTimer()
	report(b)
}

func report(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(0, "ns/op")
}

func openPebble(b *testing.B) *pebble.Store {
	b.Helper()
	s, err := pebble.Open(b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// unlimited is a quota that the benchmarks do not reach.
const unlimited = 1 << 30

// BenchmarkRelaySend is SEND over 64 connections until OK.
func BenchmarkRelaySend(b *testing.B) {
	clients, queues := benchRelay(b)
	atOnce(b, func(w int) error { return clients[w].Send(queues[w], string(body)) })
}

// BenchmarkRelayDeliver is SEND over 64 connections until OK, MSG to another
// connection of each, and ACK until it is answered.
func BenchmarkRelayDeliver(b *testing.B) {
	clients, queues := benchRelay(b)
	recipients := make([]*relaytest.Client, writers)
	for i := range recipients {
		recipients[i] = clients[i+writers]
		if err := recipients[i].Subscribe(queues[i]); err != nil {
			b.Fatal(err)
		}
	}
	atOnce(b, func(w int) error {
		if err := clients[w].Send(queues[w], string(body)); err != nil {
			return err
		}
		msg, err := recipients[w].Event()
		if err != nil {
			return err
		}
		id, _, err := queues[w].Open(msg)
		if err != nil {
			return err
		}
		_, err = recipients[w].Acknowledge(queues[w], id)
		return err
	})
}

// benchRelay returns two clients for each writer, of a relay on disk, and a queue.
func benchRelay(b *testing.B) ([]*relaytest.Client, []*relaytest.Queue) {
	b.Helper()
	authority, chain, key := newIdentity(b)
	store := openPebble(b)
	r := relay.New(relay.Config{Store: store, Chain: chain, Key: key, Quota: unlimited})
	b.Cleanup(r.Close)
	var clients []*relaytest.Client
	var queues []*relaytest.Queue
	for range 2 * writers {
		c, err := relaytest.Pipe(b.Context(), r, authority.Fingerprint())
		if err != nil {
			b.Fatal(err)
		}
		clients = append(clients, c)
	}
	for _, c := range clients[:writers] {
		q, err := c.Create()
		if err != nil {
			b.Fatal(err)
		}
		queues = append(queues, q)
	}
	return clients, queues
}

// BenchmarkStoreAppend is the store alone.
func BenchmarkStoreAppend(b *testing.B) {
	s := openPebble(b)
	queues := make([]*relay.Queue, writers)
	for i := range queues {
		queues[i] = &relay.Queue{Recipient: relay.ID(random(24)), Sender: relay.ID(random(24)), RecipientKeys: []smp.PublicKey{mustKey(b, smp.X25519).Public()}}
		if err := s.Create(b.Context(), queues[i]); err != nil {
			b.Fatal(err)
		}
	}
	atOnce(b, func(w int) error {
		m := &relay.Message{ID: relay.ID(random(24)), Body: body}
		return s.Append(b.Context(), queues[w].Recipient, m, relay.Limits{Messages: unlimited})
	})
}

// BenchmarkPlainLog is what the disk can do: the same writers append the same
// bytes to a file, and share the syncs.
func BenchmarkPlainLog(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	l := &plainLog{file: f}
	l.synced.L = &l.mu
	atOnce(b, func(int) error { return l.append(body) })
}

// A plainLog writes what came during a sync in one piece, and syncs it.
type plainLog struct {
	file *os.File

	mu       sync.Mutex
	synced   sync.Cond
	pending  []byte
	round    int // of what is pending
	done     int // rounds that are on the disk
	flushing bool
	err      error
}

func (l *plainLog) append(record []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, record...)
	round := l.round
	for l.done <= round && l.err == nil {
		if l.flushing {
			l.synced.Wait()
			continue
		}
		l.flush()
	}
	return l.err
}

// flush writes and syncs what is pending. l.mu is held, but not meanwhile.
func (l *plainLog) flush() {
	b := l.pending
	l.pending, l.flushing = nil, true
	l.round++
	l.mu.Unlock()
	_, err := l.file.Write(b)
	if err == nil {
		err = syscall.Fdatasync(int(l.file.Fd()))
	}
	l.mu.Lock()
	l.flushing, l.done, l.err = false, l.round, err
	l.synced.Broadcast()
}
