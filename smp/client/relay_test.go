//go:build !js

package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/smp/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A relay is the other end of a client: a script in a test reads what the
// client sends and says what it likes.
type relay struct {
	t      testing.TB
	nc     net.Conn
	conn   *transport.Conn
	events chan Event // what the client's handler got
}

// setup is how the two ends of a test are made. Fields that are zero are left to
// the defaults.
type setup struct {
	Options
	versions smp.Range[smp.Version]
	handler  func(Event)
}

// connect makes a client and its relay. It must be called in a synctest bubble.
func connect(t testing.TB, s setup) (*Client, *relay) {
	t.Helper()
	near, far := net.Pipe()
	r := &relay{t: t, nc: far, events: make(chan Event, 1000)}
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "relay.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if s.versions.Max == 0 {
		s.versions = smp.Versions
	}
	sessionID := bytes.Repeat([]byte{5}, 32)
	served := make(chan error)
	go func() {
		r.conn, err = transport.Server(t.Context(), far, &transport.ServerConfig{
			Chain: chain, Key: key, Versions: s.versions, SessionID: sessionID,
		})
		served <- err
	}()
	conn, clientErr := transport.Client(t.Context(), near, &transport.ClientConfig{
		Relay: authority.Fingerprint(), SessionID: sessionID, Chain: chain,
	})
	if err := <-served; err != nil || clientErr != nil {
		t.Fatal(err, clientErr)
	}
	s.Options.Handler = s.handler
	if s.handler == nil {
		s.Options.Handler = func(e Event) { r.events <- e }
	}
	c := New(t.Context(), conn, s.Options)
	t.Cleanup(func() { c.Close(); far.Close() })
	return c, r
}

// session returns the relay's session.
func (r *relay) session() smp.Session { return r.conn.Session().SMP() }

// next reads a block and returns the transmissions in it.
func (r *relay) next() []smp.Transmission {
	r.t.Helper()
	content, err := r.conn.ReadBlock()
	if err != nil {
		r.t.Fatalf("relay: %v", err)
	}
	batch, err := smp.ParseBatch(content)
	if err != nil {
		r.t.Fatalf("relay: %v", err)
	}
	var transmissions []smp.Transmission
	for _, encoded := range batch {
		t, err := r.session().Parse(encoded)
		if err != nil {
			r.t.Fatalf("relay: %v", err)
		}
		transmissions = append(transmissions, t)
	}
	return transmissions
}

// one reads a block that must hold one transmission.
func (r *relay) one() smp.Transmission {
	r.t.Helper()
	all := r.next()
	if len(all) != 1 {
		r.t.Fatalf("relay: %d transmissions in a block, want 1", len(all))
	}
	return all[0]
}

// command decodes the command in a transmission.
func (r *relay) command(t smp.Transmission) smp.Command {
	r.t.Helper()
	c, err := smp.ParseCommand(r.session().Version, t.Command)
	if err != nil {
		r.t.Fatalf("relay: %v", err)
	}
	return c
}

// A reply is a transmission of the relay.
func (r *relay) reply(to smp.Transmission, response smp.Response) smp.Transmission {
	return smp.Transmission{
		CorrID: to.CorrID, EntityID: to.EntityID,
		Command: smp.AppendResponse(nil, r.session().Version, response),
	}
}

// unasked makes a transmission that answers nothing.
func (r *relay) unasked(entityID string, response smp.Response) smp.Transmission {
	return r.reply(smp.Transmission{EntityID: []byte(entityID)}, response)
}

// say sends transmissions in one block.
func (r *relay) say(transmissions ...smp.Transmission) {
	r.t.Helper()
	var encoded [][]byte
	for _, t := range transmissions {
		encoded = append(encoded, r.session().Append(nil, t))
	}
	r.block(wire.AppendList(nil, encoded, wire.AppendLarge[[]byte]))
}

// block sends the content of a block as it is.
func (r *relay) block(content []byte) {
	r.t.Helper()
	if err := r.conn.WriteBlock(content); err != nil {
		r.t.Errorf("relay: %v", err)
	}
}

// answer answers one request with a response.
func (r *relay) answer(response smp.Response) {
	r.t.Helper()
	r.say(r.reply(r.one(), response))
}

// event returns the next event of the handler.
func (r *relay) event() Event {
	r.t.Helper()
	synctest.Wait()
	select {
	case e := <-r.events:
		return e
	default:
		r.t.Fatal("the handler got nothing")
		return Event{}
	}
}

// silent checks that the handler got nothing more.
func (r *relay) silent() {
	r.t.Helper()
	synctest.Wait()
	if n := len(r.events); n > 0 {
		r.t.Errorf("the handler got %d events more", n)
	}
}

// async runs a request and returns where its result comes.
func async(c *Client, request Request) <-chan Result {
	done := make(chan Result, 1)
	go func() {
		response, err := c.Send(context.Background(), request)
		done <- Result{response, err}
	}()
	return done
}

func newKey(t testing.TB, alg smp.Algorithm) smp.PrivateKey {
	t.Helper()
	k, err := smp.GenerateKey(rand.Reader, alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// ping is a request without key and queue.
var ping = Request{Command: smp.PING{}}

func sub(id string, key smp.PrivateKey) Request {
	return Request{EntityID: []byte(id), Key: key, Command: smp.SUB{}}
}

func message(id string) smp.MSG { return smp.MSG{MsgID: []byte(id), Body: []byte("body of " + id)} }

// drain reads whatever the client sends and throws it away.
func (r *relay) drain() { go io.Copy(io.Discard, r.nc) }
