package relay_test

import (
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/server/relay/relaytest"
	"sotto/smp"
	"sotto/smp/transport"
)

// ahead is how many messages a sender has ready at a time.
const ahead = 64

// A readySender makes its blocks before they are sent, and reads the answers after
// all have come. In between it only writes and reads bytes.
type readySender struct {
	client *relaytest.Client
	queue  *relaytest.Queue
	tape   *tape
	asked  []string // correlation ids of what is on the tape
}

// A tape is a connection to a relay that writes and reads in its own time: what
// is written to it waits for play, and what is read of it came by play.
type tape struct {
	net.Conn
	taped   bool // from the end of the handshake
	out, in [][]byte
	unread  []byte
}

// Write keeps a block.
func (t *tape) Write(b []byte) (int, error) {
	if !t.taped {
		return t.Conn.Write(b)
	}
	t.out = append(t.out, append([]byte(nil), b...))
	return len(b), nil
}

// Read reads what was kept.
func (t *tape) Read(b []byte) (int, error) {
	if !t.taped {
		return t.Conn.Read(b)
	}
	if len(t.unread) == 0 {
		if len(t.in) == 0 {
			return 0, io.EOF
		}
		t.unread, t.in = t.in[0], t.in[1:]
	}
	n := copy(b, t.unread)
	t.unread = t.unread[n:]
	return n, nil
}

// exchange sends the first block that is ready, and keeps the answer.
func (t *tape) exchange() error {
	if _, err := t.Conn.Write(t.out[0]); err != nil {
		return err
	}
	t.out = t.out[1:]
	answer := make([]byte, transport.BlockSize)
	t.in = append(t.in, answer)
	_, err := io.ReadFull(t.Conn, answer)
	return err
}

func newReadySender(b *testing.B, r *relay.Relay, fingerprint transport.Fingerprint) *readySender {
	b.Helper()
	ours, theirs := net.Pipe()
	go r.ServeConn(b.Context(), theirs, relay.Options{WebSocket: true})
	t := &tape{Conn: ours}
	conn, err := transport.Client(b.Context(), t, &transport.ClientConfig{Relay: fingerprint})
	if err != nil {
		b.Fatal(err)
	}
	s := &readySender{client: relaytest.New(conn), tape: t}
	if s.queue, err = s.client.Create(); err != nil {
		b.Fatal(err)
	}
	t.taped = true
	return s
}

// prepare makes the blocks of n messages.
func (s *readySender) prepare(n int) error {
	for range n {
		id, err := s.client.Say(s.queue.Sender, s.queue.SenderKey, smp.SEND{Body: body})
		if err != nil {
			return err
		}
		s.asked = append(s.asked, id)
	}
	return nil
}

// send sends what is ready, one after another, each when the one before is
// answered.
func (s *readySender) send() error {
	for len(s.tape.out) > 0 {
		if err := s.tape.exchange(); err != nil {
			return err
		}
	}
	return nil
}

// check reads the answers.
func (s *readySender) check() error {
	for _, id := range s.asked {
		if err := s.client.HearOK(id); err != nil {
			return err
		}
	}
	s.asked = nil
	return nil
}

// BenchmarkRelaySendReady is SEND over 64 connections until OK, of blocks that
// were encrypted and authorized before: what is measured is the relay, and not
// its clients on the same processors.
func BenchmarkRelaySendReady(b *testing.B) {
	authority, chain, key := newIdentity(b)
	r := relay.New(relay.Config{Store: openPebble(b), Chain: chain, Key: key, Quota: unlimited})
	b.Cleanup(r.Close)
	var senders []*readySender
	for range writers {
		senders = append(senders, newReadySender(b, r, authority.Fingerprint()))
	}
	var used time.Duration
	b.ResetTimer()
	for left := b.N; left > 0; left -= writers * ahead {
		b.StopTimer()
		each(b, senders, func(i int, s *readySender) error { return s.prepare(share(left, i)) })
		before := processorTime()
		b.StartTimer()
		each(b, senders, func(_ int, s *readySender) error { return s.send() })
		b.StopTimer()
		used += processorTime() - before
		each(b, senders, func(_ int, s *readySender) error { return s.check() })
	}
	report(b)
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/msg")
}

// share is how many of the messages that are left sender i has ready.
func share(left, i int) int { return min(ahead, (left+writers-1-i)/writers) }

func each(b *testing.B, senders []*readySender, do func(int, *readySender) error) {
	var all sync.WaitGroup
	for i, s := range senders {
		all.Go(func() {
			if err := do(i, s); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
}

// processorTime is what the program has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
