package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
)

// TestManyAtOnce has senders and recipients in real time. The recipients move to
// new connections again and again: each message arrives, in order; it may come
// again if its acknowledgement was on its way.
func TestManyAtOnce(t *testing.T) {
	const pairs, messages = 8, 60
	authority, chain, key := newIdentity(t)
	r := relay.New(relay.Config{Store: new(memory.Store), Chain: chain, Key: key, Log: slog.New(slog.DiscardHandler)})
	var serving, talking sync.WaitGroup
	dial := func() *transport.Conn {
		ours, theirs := net.Pipe()
		serving.Go(func() { r.ServeConn(context.Background(), theirs, relay.Options{WebSocket: true}) })
		conn, err := transport.Client(t.Context(), ours, &transport.ClientConfig{Relay: authority.Fingerprint(), Versions: smp.Range[smp.Version]{Min: 18, Max: 18}})
		if err != nil {
			t.Error(err)
		}
		return conn
	}
	for range pairs {
		q := newSimpleQueue(t, dial())
		talking.Go(func() { q.sendAll(dial(), messages) })
		talking.Go(func() { q.receiveAll(dial, messages) })
	}
	talking.Wait()
	r.Close()
	serving.Wait()
}

// A simpleQueue is spoken of with one command at a time.
type simpleQueue struct {
	*testing.T
	queue
}

func newSimpleQueue(t *testing.T, conn *transport.Conn) *simpleQueue {
	defer conn.Close()
	q := &simpleQueue{T: t, queue: queue{recipientKey: mustKey(t, smp.X25519)}}
	dh := mustKey(t, smp.X25519)
	ids := q.say(conn, nil, q.recipientKey, smp.NEW{AuthKey: q.recipientKey.Public(), DHKey: dh.Public()}).(smp.IDS)
	q.recipient, q.sender = ids.RecipientID, ids.SenderID
	q.secret, _ = dh.DH(ids.DHKey)
	return q
}

// say sends a command and returns the answer, passing over what nobody asked for.
func (q *simpleQueue) say(conn *transport.Conn, entity []byte, key smp.PrivateKey, cmd smp.Command) smp.Response {
	s := smp.Session{Version: conn.Session().Version, ID: conn.Session().ID}
	t := smp.Transmission{CorrID: random(24), EntityID: entity, Command: smp.AppendCommand(nil, s.Version, cmd)}
	if !key.IsZero() {
		s.Authorize(&t, smp.Signer{Key: key, RelayKey: conn.Session().PeerKey})
	}
	blocks, _ := smp.Batches([][]byte{s.Append(nil, t)})
	if err := conn.WriteBlock(blocks[0]); err != nil {
		q.Errorf("%s: %v", cmd.Tag(), err)
		return smp.ERR{Err: smp.ErrInternal}
	}
	return q.listen(conn, string(t.CorrID))
}

// listen returns the next response with a correlation id, "" for none.
func (q *simpleQueue) listen(conn *transport.Conn, corrID string) smp.Response {
	s := smp.Session{Version: conn.Session().Version, ID: conn.Session().ID}
	for {
		content, err := conn.ReadBlock()
		if err != nil {
			q.Errorf("read: %v", err)
			return smp.ERR{Err: smp.ErrInternal}
		}
		list, _ := smp.ParseBatch(content)
		for _, b := range list {
			t, _ := s.Parse(b)
			if string(t.CorrID) == corrID {
				r, _ := smp.ParseResponse(s.Version, t.Command)
				return r
			}
		}
	}
}

func (q *simpleQueue) sendAll(conn *transport.Conn, n int) {
	defer conn.Close()
	for i := range n {
		if r := q.say(conn, q.sender, noKey, smp.SEND{Body: []byte(fmt.Sprint(i))}); !same(r, smp.OK{}) {
			q.Errorf("SEND is answered %s", words(r))
			return
		}
	}
}

func (q *simpleQueue) receiveAll(dial func() *transport.Conn, n int) {
	last := -1
	for last < n-1 && !q.Failed() {
		conn := dial()
		if r := q.say(conn, q.recipient, q.recipientKey, smp.SUB{}); !same(r, smp.SOK{}) {
			q.Errorf("SUB is answered %s", words(r))
		}
		last = q.receiveSome(conn, last, min(last+1+n/4, n-1))
		conn.Close()
	}
}

// receiveSome acknowledges messages after last up to and including end, and then
// does not wait for the answer.
func (q *simpleQueue) receiveSome(conn *transport.Conn, last, end int) int {
	msg := q.listen(conn, "")
	for {
		delivery, ok := msg.(smp.MSG)
		if !ok {
			q.Errorf("got %s, want a message", words(msg))
			return end
		}
		d, err := smp.OpenDelivery(q.secret, delivery)
		var i int
		fmt.Sscan(string(d.Body), &i)
		if err != nil || i != last && i != last+1 {
			q.Errorf("got message %d after %d: %v", i, last, err)
			return end
		}
		if last = i; last == end {
			return last
		}
		if msg = q.say(conn, q.recipient, q.recipientKey, smp.ACK{MsgID: delivery.MsgID}); same(msg, smp.OK{}) {
			msg = q.listen(conn, "")
		}
	}
}
