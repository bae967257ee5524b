package storetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"sotto/server/relay"
	"sotto/smp"
)

// An ordeal is work on a store whose disk fails. The journal has a line before
// each operation and one behind it if it was answered, so that whoever opens the
// store again can tell what must be there: all that was answered, and of what
// was not, all or nothing.

// A step is a line of the journal.
type step struct {
	Queue    relay.ID
	Do       string    // "create", "append", ...; "" if the last step of the queue was answered
	Sender   relay.ID  `json:",omitzero"` // of create
	Value    []byte    `json:",omitempty"`
	LinkedBy *relay.ID `json:",omitempty"`
}

// A plight is what a queue has to be.
type plight struct {
	exists      bool
	sender      relay.ID
	key         string // of the sender, DER
	link        relay.ID
	first, next int // messages
}

// after is p when the step was done.
func (p plight) after(s step) plight {
	switch s.Do {
	case "create":
		p.exists, p.sender = true, s.Sender
	case "append":
		p.next++
	case "acknowledge":
		p.first++
	case "secure":
		p.key = string(s.Value)
	case "link":
		p.link = *s.LinkedBy
	case "delete":
		p = plight{sender: p.sender}
	}
	return p
}

// Endure works on s with a few workers, each at its own queues, until each has
// done so many steps or ctx ends. What fails is not tried again: its queue is left
// as it is.
func Endure(ctx context.Context, s relay.Store, journal io.Writer, workers, steps int) {
	j := &scribe{out: journal}
	each(workers, func(int) {
		for done := 0; done < steps && ctx.Err() == nil; {
			done += j.queue(ctx, s, 1+rand.IntN(40))
		}
	})
}

// A scribe writes the journal.
type scribe struct {
	mu  sync.Mutex
	out io.Writer
}

func (j *scribe) write(s step) {
	line, err := json.Marshal(s)
	if err != nil {
		panic(err) // a step is plain
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.out.Write(append(line, '\n'))
}

// queue makes a queue and does steps with it until one fails. It returns how many.
func (j *scribe) queue(ctx context.Context, s relay.Store, steps int) int {
	q, now := NewQueue(), plight{}
	for n := range steps {
		next := choose(q, now)
		j.write(next)
		if err := do(ctx, s, q, now, next); err != nil {
			return n + 1
		}
		j.write(step{Queue: q.Recipient})
		if now = now.after(next); !now.exists {
			return n + 1
		}
	}
	return steps
}

// choose returns a step that can be done.
func choose(q *relay.Queue, now plight) step {
	s := step{Queue: q.Recipient}
	if !now.exists {
		s.Do, s.Sender = "create", q.Sender
		return s
	}
	switch n := rand.IntN(40); {
	case n == 0:
		s.Do = "delete"
	case n < 3 && now.key == "":
		s.Do, s.Value = "secure", newKey().DER()
	case n < 5 && now.link.IsZero():
		id := newID()
		s.Do, s.LinkedBy = "link", &id
	case n < 18 && now.first < now.next:
		s.Do = "acknowledge"
	default:
		s.Do = "append"
	}
	return s
}

func do(ctx context.Context, s relay.Store, q *relay.Queue, now plight, what step) error {
	switch what.Do {
	case "create":
		return s.Create(ctx, q)
	case "append":
		return s.Append(ctx, q.Recipient, numbered(q.Recipient, now.next), relay.Limits{Messages: 1 << 30})
	case "acknowledge":
		_, err := s.Next(ctx, q.Recipient, numbered(q.Recipient, now.first).ID)
		return err
	case "secure":
		key, err := smp.ParsePublicKey(what.Value)
		if err != nil {
			return err
		}
		return s.Update(ctx, q.Recipient, relay.Secure{Key: key})
	case "link":
		return s.Update(ctx, q.Recipient, relay.SetLink{Link: relay.Link{ID: *what.LinkedBy}})
	}
	return s.Delete(ctx, q.Recipient)
}

// numbered is message n of a queue; its length is anything up to that of a block.
func numbered(queue relay.ID, n int) *relay.Message {
	m := &relay.Message{Time: when, Body: fmt.Appendf(nil, "%x %d ", queue, n)}
	m.Body = append(m.Body, bytes.Repeat([]byte{byte(n)}, int(queue[0])*n*7%16_000)...)
	copy(m.ID[:], fmt.Sprintf("message %d", n))
	return m
}

// Examine reads a journal and compares the store with it. It takes all messages
// out of the store, and returns how many steps were answered.
func Examine(t *testing.T, s relay.Store, journal io.Reader) (answered int) {
	t.Helper()
	known, pending := make(map[relay.ID]plight), make(map[relay.ID]step)
	lines := bufio.NewScanner(journal)
	for lines.Scan() {
		var st step
		if err := json.Unmarshal(lines.Bytes(), &st); err != nil {
			t.Fatalf("journal: %v", err)
		}
		if st.Do != "" {
			pending[st.Queue] = st
			continue
		}
		known[st.Queue] = known[st.Queue].after(pending[st.Queue])
		delete(pending, st.Queue)
		answered++
	}
	for id, st := range pending {
		examine(t, s, id, known[id], known[id].after(st))
		delete(known, id)
	}
	for id, p := range known {
		examine(t, s, id, p, p)
	}
	return answered
}

// examine compares a queue with what it must be, or may be as well.
func examine(t *testing.T, s relay.Store, id relay.ID, must, may plight) {
	t.Helper()
	must.sender = may.sender
	got, err := observe(t.Context(), s, id, must.first, may.sender)
	if err != nil {
		t.Errorf("a queue cannot be read: %v", err)
	} else if got, must, may = got.seen(), must.seen(), may.seen(); got != must && got != may {
		t.Errorf("a queue is %+v, must be %+v or %+v", got, must, may)
	}
}

// seen is p as it looks from outside: nothing tells where an empty queue is.
func (p plight) seen() plight {
	if p.first == p.next {
		p.first, p.next = 0, 0
	}
	return p
}

// observe reads a queue, whose messages it takes out.
func observe(ctx context.Context, s relay.Store, id relay.ID, first int, sender relay.ID) (plight, error) {
	p := plight{sender: sender, first: first, next: first}
	q, err := s.Queue(ctx, relay.RecipientID, id)
	bySender, err2 := s.Queue(ctx, relay.SenderID, sender)
	if isNotFound(err) && isNotFound(err2) {
		_, err := s.Count(ctx, id)
		return plight{sender: sender}, unless(isNotFound(err), "messages without a queue", err)
	}
	if err != nil || err2 != nil || bySender.Recipient != id {
		return p, fmt.Errorf("its ids lead to %v and %v", err, err2)
	}
	p.exists, p.key = true, string(q.SenderKey.DER())
	if q.Link != nil {
		p.link = q.Link.ID
		if byLink, err := s.Queue(ctx, relay.LinkID, p.link); err != nil || byLink.Recipient != id {
			return p, fmt.Errorf("its link leads to %v", err)
		}
	}
	return p, p.drain(ctx, s, id)
}

// drain reads all messages, each of which must be whole and in its place.
func (p *plight) drain(ctx context.Context, s relay.Store, id relay.ID) error {
	var acknowledged relay.ID
	for {
		m, err := s.Next(ctx, id, acknowledged)
		if err != nil || m == nil {
			return err
		}
		if acknowledged.IsZero() && m.ID == numbered(id, p.first+1).ID {
			p.first++ // the last acknowledgement was done, and not answered
			p.next++
		}
		if want := numbered(id, p.next); m.ID != want.ID || !bytes.Equal(m.Body, want.Body) {
			return fmt.Errorf("message %d is not as it was sent", p.next)
		}
		p.next++
		acknowledged = m.ID
	}
}

func isNotFound(err error) bool { return errors.Is(err, relay.ErrNotFound) }

func unless(ok bool, what string, err error) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%s: %v", what, err)
}
