package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"sotto/server/relay/relaytest"
	"sotto/smp"
)

// An owner creates queues, changes and deletes them, one step after the other,
// while its server is killed. After each kill it compares every queue with what
// was answered: a step that was not may have been done or not.
type owner struct {
	*testing.T
	queues []*owned
	steps  int // answered
}

// maxOwned is how many queues of an owner are compared.
const maxOwned = 12

// An owned queue is at a stage; the step to the next one may be under way.
type owned struct {
	relaytest.Queue
	mode    smp.QueueMode
	linkID  []byte
	stage   int
	pending bool
}

// A step is a command and what can be seen when it was done.
type step struct {
	do   func(*relaytest.Client, *owned) error
	done func(*relaytest.Client, *owned) (bool, error)
}

// steps are the lives of the two kinds of queues after their creation.
var steps = map[smp.QueueMode][]step{
	smp.Messaging: {
		{do: secureQueue, done: isSecured},
		{do: deleteQueue, done: isDeleted},
	},
	smp.Contact: {
		{do: setLink("first"), done: hasLink("first")},
		{do: setLink("second"), done: hasLink("second")},
		{do: dropLink, done: hasLink("")},
		{do: deleteQueue, done: isDeleted},
	},
}

// work goes on until the connection breaks.
func (o *owner) work(ctx context.Context, server *process) {
	c, err := server.dialTLS(ctx)
	if err != nil {
		return
	}
	defer c.Close()
	for n := 0; ctx.Err() == nil; n++ {
		q, err := createOwned(c, []smp.QueueMode{smp.Messaging, smp.Contact}[n%2])
		if err != nil {
			return
		}
		o.queues = append(o.queues, q)
		// Some queues stay at each stage.
		for range (n / 2) % (len(steps[q.mode]) + 1) {
			q.pending = true
			if err := steps[q.mode][q.stage].do(c, q); err != nil {
				if refused := new(smp.Error); errors.As(err, &refused) {
					o.Errorf("step %d of a queue: %v", q.stage, err)
				}
				return
			}
			q.pending = false
			q.stage++
			o.steps++
		}
		if len(o.queues) > maxOwned {
			o.queues = o.queues[1:]
		}
	}
}

// verify compares all queues with what was answered.
func (o *owner) verify(server *process) {
	c, err := server.dialTLS(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	defer c.Close()
	for _, q := range o.queues {
		if q.pending { // then both are right, and from now on it is what it is
			done, err := steps[q.mode][q.stage].done(c, q)
			if err != nil {
				o.Fatal(err)
			}
			if q.pending = false; done {
				q.stage++
			}
		}
		deleted, err := isDeleted(c, q)
		if err != nil {
			o.Fatal(err)
		}
		if want := q.stage == len(steps[q.mode]); deleted != want {
			o.Errorf("a queue at stage %d: deleted %v, want %v", q.stage, deleted, want)
		}
		if q.stage == 0 || deleted {
			continue
		}
		if done, err := steps[q.mode][q.stage-1].done(c, q); err != nil || !done {
			o.Errorf("step %d of a queue was answered and is not done: %v", q.stage-1, err)
		}
	}
}

func createOwned(c *relaytest.Client, mode smp.QueueMode) (*owned, error) {
	q := &owned{mode: mode, linkID: make([]byte, 24)}
	rand.Read(q.linkID)
	var err error
	for _, k := range []*smp.PrivateKey{&q.RecipientKey, &q.SenderKey} {
		if *k, err = smp.GenerateKey(rand.Reader, smp.X25519); err != nil {
			return nil, err
		}
	}
	r, err := c.Do(nil, q.RecipientKey, smp.NEW{
		AuthKey: q.RecipientKey.Public(),
		DHKey:   q.SenderKey.Public(),
		Queue:   &smp.QueueRequest{Mode: mode},
	})
	if err != nil {
		return nil, err
	}
	ids, ok := r.(smp.IDS)
	if !ok {
		return nil, relaytest.Unexpected(r)
	}
	q.Recipient, q.Sender = ids.RecipientID, ids.SenderID
	return q, nil
}

func secureQueue(c *relaytest.Client, q *owned) error {
	return c.OK(q.Sender, q.SenderKey, smp.SKEY{Key: q.SenderKey.Public()})
}

// isSecured sends without a key, which a queue allows until it is secured.
func isSecured(c *relaytest.Client, q *owned) (bool, error) {
	return refused(c.OK(q.Sender, smp.PrivateKey{}, smp.SEND{Body: []byte("x")}))
}

func deleteQueue(c *relaytest.Client, q *owned) error {
	return c.OK(q.Recipient, q.RecipientKey, smp.DEL{})
}

// isDeleted asks for information on the queue.
func isDeleted(c *relaytest.Client, q *owned) (bool, error) {
	r, err := c.Do(q.Recipient, q.RecipientKey, smp.QUE{})
	if err != nil {
		return false, err
	}
	if _, ok := r.(smp.INFO); ok {
		return false, nil
	}
	return refused(relaytest.Unexpected(r))
}

func setLink(user string) func(*relaytest.Client, *owned) error {
	return func(c *relaytest.Client, q *owned) error {
		return c.OK(q.Recipient, q.RecipientKey, smp.LSET{LinkID: q.linkID, Data: smp.LinkData{Fixed: []byte("fixed"), User: []byte(user)}})
	}
}

func dropLink(c *relaytest.Client, q *owned) error {
	return c.OK(q.Recipient, q.RecipientKey, smp.LDEL{})
}

// hasLink compares the link's data; "" is none.
func hasLink(user string) func(*relaytest.Client, *owned) (bool, error) {
	return func(c *relaytest.Client, q *owned) (bool, error) {
		r, err := c.Do(q.linkID, smp.PrivateKey{}, smp.LGET{})
		if err != nil {
			return false, err
		}
		if link, ok := r.(smp.LNK); ok {
			return string(link.Data.User) == user, nil
		}
		none, err := refused(relaytest.Unexpected(r))
		return none && user == "", err
	}
}

// refused reports whether err is the relay's AUTH; false for no error.
func refused(err error) (bool, error) {
	if errors.Is(err, smp.ErrAuth) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("neither done nor refused: %w", err)
	}
	return false, nil
}
