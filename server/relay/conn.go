package relay

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"sotto/smp"
	"sotto/smp/transport"
)

// A conn is one client's connection. Its goroutine reads and answers; its outbox
// writes.
type conn struct {
	relay    *Relay
	blocks   *transport.Conn
	timed    *timedConn
	verifier smp.Verifier

	mu     sync.Mutex
	subs   map[ID]*subscription // by recipient id
	outbox outbox

	serving *serving    // nil if the client is no service
	watched map[ID]bool // notifiers, by id
	left    bool        // at its end: it subscribes to nothing any more

	host    netip.Prefix // invalid if unknown
	meter   meter        // of commands
	created atomic.Int64 // queues

	tasks tasks
	slots chan struct{} // of commands for other relays; nil before the first
}

// How many keys are remembered that authorize commands in a session: of a client,
// which uses few queues at a time, and of a relay that forwards for many.
const (
	clientSecrets = 16
	proxySecrets  = 4096
)

func newConn(r *Relay, blocks *transport.Conn, timed *timedConn, from netip.Addr) *conn {
	s := blocks.Session()
	c := &conn{
		relay:  r,
		blocks: blocks,
		timed:  timed,
		host:   hostOf(from),
		verifier: smp.Verifier{
			Session: smp.Session{Version: s.Version, ID: s.ID},
			Key:     s.Key,
			Secrets: smp.NewSecrets(clientSecrets),
		},
	}
	if s.Proxy {
		c.verifier.Secrets = smp.NewSecrets(proxySecrets)
	}
	if s.Service != nil {
		c.serving = &serving{service: ID(s.Service.ID), role: s.Service.Role}
		c.verifier.Service = &smp.PeerService{CertHash: s.Service.CertHash[:], Key: s.Service.Public}
	}
	c.outbox.room.L = &c.mu
	return c
}

// serve answers blocks until the client leaves, something fails, or stop.
func (c *conn) serve(ctx context.Context) error {
	err := c.readBlocks(ctx)
	c.unsubscribe()
	c.tasks.finish(err == nil)
	c.finish(err == nil)
	c.verifier.Secrets.Clear()
	return err
}

func (c *conn) readBlocks(ctx context.Context) error {
	for {
		content, err := c.blocks.ReadBlock()
		if err == io.EOF || c.stopped(err) {
			return nil
		}
		if err == nil {
			err = c.answerBlock(ctx, content)
		}
		if err != nil {
			return err
		}
	}
}

// stop lets the connection end after the block that it is at.
func (c *conn) stop() { c.timed.stop() }

// stopped reports whether err came of stop.
func (c *conn) stopped(err error) bool {
	c.timed.mu.Lock()
	defer c.timed.mu.Unlock()
	return c.timed.stopped && errors.Is(err, os.ErrDeadlineExceeded)
}

func randomSessionID() []byte {
	id := make([]byte, 32)
	rand.Read(id)
	return id
}
