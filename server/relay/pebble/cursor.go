package pebble

import (
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"sotto/server/relay"
)

// maxCursors is how many queues of a shard are remembered.
const maxCursors = 2048

// A shard is the lock of a part of the queues, and what is remembered of them.
type shard struct {
	mu      sync.Mutex
	cursors map[relay.ID]*cursor
}

// A cursor says which messages a queue has: the numbers from first up to next,
// without gaps. It can be forgotten at any time, since the keys say the same.
type cursor struct {
	first, next uint64
	full        bool // the last one is a quota marker
	large       bool // the queue is too large to be remembered
	head        head
}

// A head is what is remembered of the first message; the zero head is nothing.
type head struct {
	id   relay.ID
	time time.Time
}

func headOf(m *relay.Message) head { return head{m.ID, m.Time} }

func (c *cursor) backlog() relay.Backlog {
	return relay.Backlog{Count: int(c.next - c.first), Full: c.full && c.next > c.first}
}

// shard returns the shard of a queue. Recipient ids are random.
func (s *Store) shard(recipient relay.ID) *shard { return &s.shards[recipient[0]%locks] }

// cursor returns the cursor of a queue, whose shard is locked.
func (s *Store) cursor(sh *shard, recipient relay.ID) (*cursor, error) {
	c := sh.cursors[recipient]
	if c != nil && (c.large || s.recall.has(recipient)) {
		return c, nil
	}
	q, err := s.queue(recipient)
	if err != nil {
		return nil, err
	}
	if c == nil {
		if c, err = s.loadCursor(recipient); err != nil {
			return nil, err
		}
		sh.remember(recipient, c)
	}
	c.large = !s.recall.keep(q)
	return c, nil
}

func (sh *shard) remember(recipient relay.ID, c *cursor) {
	if sh.cursors == nil {
		sh.cursors = make(map[relay.ID]*cursor)
	}
	for id := range sh.cursors {
		if len(sh.cursors) < maxCursors {
			break
		}
		delete(sh.cursors, id)
	}
	sh.cursors[recipient] = c
}

// loadCursor finds the first and the last message of a queue.
func (s *Store) loadCursor(recipient relay.ID) (*cursor, error) {
	prefix := messagePrefix(recipient)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return nil, fmt.Errorf("pebble: iterate: %w", err)
	}
	defer it.Close()
	c := &cursor{}
	if !it.First() {
		return c, it.Error()
	}
	c.first = keyNumber(it.Key())
	it.Last()
	m, err := readMessage(it)
	if err != nil {
		return nil, err
	}
	c.next, c.full = keyNumber(it.Key())+1, m.Quota
	return c, nil
}

// readMessage returns the message that it stands at. It does not alias it.
func readMessage(it *pebble.Iterator) (*relay.Message, error) {
	value, err := it.ValueAndErr()
	if err != nil {
		return nil, fmt.Errorf("pebble: iterate: %w", err)
	}
	return parseMessage(append([]byte(nil), value...))
}

func parseMessage(b []byte) (*relay.Message, error) {
	m, err := relay.ParseMessage(b)
	if err != nil {
		return nil, fmt.Errorf("pebble: stored message: %w", err)
	}
	return m, nil
}
