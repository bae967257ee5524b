package relay_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
	"sotto/smp/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is a relay and its clients, in a bubble with its own time.
type world struct {
	*testing.T
	authority *transport.Authority
	store     *memory.Store
	relay     *relay.Relay
	config    relay.Config
	served    sync.WaitGroup
}

// inWorld runs a test with a relay, which configure may change.
func inWorld(t *testing.T, configure func(*relay.Config), test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, store: new(memory.Store)}
		authority, chain, key := newIdentity(t)
		config := relay.Config{Store: w.store, Chain: chain, Key: key, Log: w.log()}
		if configure != nil {
			configure(&config)
		}
		w.authority, w.config, w.relay = authority, config, relay.New(config)
		test(w)
		w.relay.Close()
		w.served.Wait()
	})
}

// restart begins with a new relay, after the old one was closed.
func (w *world) restart() { w.relay = relay.New(w.config) }

func (w *world) log() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newIdentity(t testing.TB) (*transport.Authority, transport.Chain, smp.PrivateKey) {
	t.Helper()
	a, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := a.Issue(nil, "localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a, chain, key
}

// connect returns the client's end of a connection that the relay serves.
func (w *world) connect() net.Conn { return w.connectWith(relay.Options{WebSocket: true}) }

func (w *world) connectWith(o relay.Options) net.Conn {
	ours, theirs := net.Pipe()
	w.served.Go(func() { w.relay.ServeConn(w.Context(), theirs, o) })
	return ours
}

// dial returns a client that speaks one version.
func (w *world) dial(v smp.Version) *client {
	w.Helper()
	return w.dialWith(&transport.ClientConfig{Versions: smp.Range[smp.Version]{Min: v, Max: v}})
}

func (w *world) dialWith(config *transport.ClientConfig) *client {
	w.Helper()
	return w.dialOver(w.connect(), config)
}

// dialOver does the handshake on a connection.
func (w *world) dialOver(nc net.Conn, config *transport.ClientConfig) *client {
	w.Helper()
	config.Relay = w.authority.Fingerprint()
	conn, err := transport.Client(w.Context(), nc, config)
	if err != nil {
		w.Fatal(err)
	}
	c := &client{T: w.T, conn: conn, session: smp.Session{Version: conn.Session().Version, ID: conn.Session().ID}}
	go c.read()
	return c
}

// A client says what the test wants, right or wrong, and keeps what it hears.
type client struct {
	*testing.T
	conn    *transport.Conn
	session smp.Session

	mu     sync.Mutex
	heard  []smp.Transmission
	blocks int
	closed bool
}

func (c *client) read() {
	for {
		content, err := c.conn.ReadBlock()
		var list [][]byte
		if err == nil {
			list, err = smp.ParseBatch(content)
		}
		c.mu.Lock()
		if err != nil {
			c.closed = true
			c.mu.Unlock()
			return
		}
		c.blocks++
		for _, b := range list {
			t, err := c.session.Parse(b)
			if err != nil {
				c.Errorf("the relay's transmission: %v", err)
			}
			c.heard = append(c.heard, t)
		}
		c.mu.Unlock()
	}
}

// isClosed reports whether the relay closed the connection.
func (c *client) isClosed() bool {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// hear returns everything heard so far, once.
func (c *client) hear() []smp.Transmission {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	heard := c.heard
	c.heard = nil
	return heard
}

// command makes the transmission of a command; without a key it is not
// authorized.
func (c *client) command(entity []byte, key smp.PrivateKey, cmd smp.Command) smp.Transmission {
	c.Helper()
	t := smp.Transmission{CorrID: random(24), EntityID: entity, Command: smp.AppendCommand(nil, c.session.Version, cmd)}
	c.authorize(&t, key, c.signer(cmd))
	return t
}

func (c *client) authorize(t *smp.Transmission, key smp.PrivateKey, service *smp.ServiceSigner) {
	c.Helper()
	if key.IsZero() {
		return
	}
	if err := c.session.Authorize(t, smp.Signer{Key: key, RelayKey: c.conn.Session().PeerKey, Service: service}); err != nil {
		c.Fatal(err)
	}
}

// signer is the service that signs a command, too; nil if the client is none.
func (c *client) signer(cmd smp.Command) *smp.ServiceSigner {
	s := c.conn.Session().Service
	if s == nil {
		return nil
	}
	switch cmd.(type) {
	case smp.NEW, smp.SUB, smp.NSUB:
		return &smp.ServiceSigner{CertHash: s.CertHash[:], Key: s.Key}
	}
	return nil
}

// send sends transmissions in one block.
func (c *client) send(list ...smp.Transmission) {
	c.Helper()
	var encoded [][]byte
	for _, t := range list {
		encoded = append(encoded, c.session.Append(nil, t))
	}
	blocks, tooLarge := smp.Batches(encoded)
	if len(tooLarge) > 0 {
		c.Fatal("a transmission is too large")
	}
	for _, b := range blocks {
		if err := c.conn.WriteBlock(b); err != nil {
			c.Fatal(err)
		}
	}
}

// ask sends one command and returns what the relay answers, and what it says
// besides.
func (c *client) ask(entity []byte, key smp.PrivateKey, cmd smp.Command) (smp.Response, []smp.Transmission) {
	c.Helper()
	t := c.command(entity, key, cmd)
	c.send(t)
	var answer smp.Response
	var others []smp.Transmission
	for _, h := range c.hear() {
		if answer == nil && bytes.Equal(h.CorrID, t.CorrID) {
			answer = c.parse(h)
			continue
		}
		others = append(others, h)
	}
	if answer == nil {
		c.Fatalf("no answer to %s", cmd.Tag())
	}
	return answer, others
}

func (c *client) parse(t smp.Transmission) smp.Response {
	c.Helper()
	r, err := smp.ParseResponse(c.session.Version, t.Command)
	if err != nil {
		c.Fatalf("the relay's response %.20q: %v", t.Command, err)
	}
	return r
}

// want sends a command whose answer must be as given, and nothing else is heard.
func (c *client) want(entity []byte, key smp.PrivateKey, cmd smp.Command, want smp.Response) {
	c.Helper()
	got, others := c.ask(entity, key, cmd)
	if !same(got, want) {
		c.Errorf("%s is answered %s, want %s", cmd.Tag(), words(got), words(want))
	}
	if len(others) > 0 {
		c.Errorf("%s is also answered %d transmissions", cmd.Tag(), len(others))
	}
}

func (c *client) wantERR(entity []byte, key smp.PrivateKey, cmd smp.Command, want *smp.Error) {
	c.Helper()
	c.want(entity, key, cmd, smp.ERR{Err: want})
}

func same(a, b smp.Response) bool {
	if e, ok := a.(smp.ERR); ok {
		want, ok := b.(smp.ERR)
		return ok && errors.Is(e.Err, want.Err)
	}
	return a.Tag() == b.Tag()
}

func words(r smp.Response) string {
	if e, ok := r.(smp.ERR); ok {
		return "ERR " + e.Err.Error()
	}
	return r.Tag()
}

// wantEvent takes the one thing that must have been heard, about a queue.
func (c *client) wantEvent(queue []byte, want smp.Response) smp.Response {
	c.Helper()
	heard := c.hear()
	if len(heard) != 1 {
		c.Fatalf("heard %d transmissions, want %s", len(heard), want.Tag())
	}
	return c.wantIs(heard[0], queue, want)
}

func (c *client) wantIs(t smp.Transmission, queue []byte, want smp.Response) smp.Response {
	c.Helper()
	got := c.parse(t)
	if len(t.CorrID) != 0 || !bytes.Equal(t.EntityID, queue) || !same(got, want) {
		c.Fatalf("heard %s, want %s without correlation id", words(got), words(want))
	}
	return got
}

func (c *client) wantQuiet() {
	c.Helper()
	if heard := c.hear(); len(heard) > 0 {
		c.Errorf("heard %s, want nothing", words(c.parse(heard[0])))
	}
}

// A queue is what its two clients know of it.
type queue struct {
	recipient, sender       []byte
	recipientKey, senderKey smp.PrivateKey
	secret                  []byte
}

// newKey makes a key that authorizes in the client's version.
func (c *client) newKey() smp.PrivateKey {
	alg := smp.X25519
	if c.session.Version < smp.VersionAuthenticators {
		alg = smp.Ed25519
	}
	return mustKey(c, alg)
}

func mustKey(t testing.TB, alg smp.Algorithm) smp.PrivateKey {
	t.Helper()
	k, err := smp.GenerateKey(rand.Reader, alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// create makes a queue that is not subscribed to, with a key for its sender.
func (c *client) create(mode smp.QueueMode) *queue {
	c.Helper()
	return c.createWith(smp.NEW{Queue: &smp.QueueRequest{Mode: mode}})
}

func (c *client) createWith(cmd smp.NEW) *queue {
	c.Helper()
	q, dh := &queue{recipientKey: c.newKey(), senderKey: c.newKey()}, mustKey(c, smp.X25519)
	cmd.AuthKey, cmd.DHKey = q.recipientKey.Public(), dh.Public()
	got, others := c.ask(nil, q.recipientKey, cmd)
	ids, ok := got.(smp.IDS)
	if !ok || len(others) > 0 {
		c.Fatalf("NEW is answered %s", words(got))
	}
	q.recipient, q.sender = ids.RecipientID, ids.SenderID
	secret, err := dh.DH(ids.DHKey)
	if err != nil {
		c.Fatal(err)
	}
	q.secret = secret
	return q
}

// message opens a delivery, which must have the body.
func (q *queue) message(t testing.TB, r smp.Response, body string) []byte {
	t.Helper()
	msg, ok := r.(smp.MSG)
	if !ok {
		t.Fatalf("got %s, want the message %q", words(r), body)
	}
	d, err := smp.OpenDelivery(q.secret, msg)
	if err != nil {
		t.Fatal(err)
	}
	if d.Quota {
		d.Body = []byte("QUOTA")
	}
	if string(d.Body) != body {
		t.Fatalf("message is %.20q, want %.20q", d.Body, body)
	}
	return msg.MsgID
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

var noKey smp.PrivateKey
