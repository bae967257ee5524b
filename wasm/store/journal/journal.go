// Package journal makes streams of small commits cheaper.
//
// A store that syncs each commit takes about as long for each record in it as for
// the commit itself. While commits come quickly after each other, a Journal writes
// each of them as one record, which holds all its changes, into one of a few slots;
// it keeps the changes in memory, where reads see them. Now and then, with a commit
// like any other, it brings the records themselves up to date:
//
//	commit 1        commit 2        ...  commit n
//	slot 1: x, y    slot 2: x, z         x, y, z, ..., applied: n-1
//
// Of a value that is in an earlier slot already, only what changed is written again.
//
// What is committed is durable, in either form: the next Journal takes up what one
// left in the slots. When no commit comes for a while the slots are emptied, so that
// nothing stays there that was removed from the records.
package journal

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"sotto/wasm/store"
)

// A Rhythm says when commits are a stream.
type Rhythm struct {
	// After is how many commits in a row are written as they are.
	After int
	// Within is the longest pause between two commits of a row.
	Within time.Duration
	// Rest is the pause after which the slots are emptied.
	Rest time.Duration
}

// Usual is the rhythm of a client that takes in what waited for it: what a person
// does is no stream.
var Usual = Rhythm{After: 8, Within: 50 * time.Millisecond, Rest: time.Second}

// A Journal is a store.Whole in front of another one, which nobody else must use.
type Journal struct {
	inner  store.Whole
	bucket string // of the journal's records
	rhythm Rhythm
	closed atomic.Bool

	turn  chan struct{} // holds an element while somebody writes, who owns what follows
	slots slots
	row   int       // commits in a row
	at    time.Time // of the last commit
	timer *time.Timer

	mu       sync.Mutex // for who reads, while somebody writes
	pending  pending
	doubtful bool // a commit failed: it may have been done all the same
}

var _ store.Whole = (*Journal)(nil)

// New returns the Journal of inner. What is in its slots is found out by the first
// who reads or writes.
func New(inner store.Whole, r Rhythm) *Journal {
	return &Journal{inner: inner, bucket: bucket, rhythm: r, turn: make(chan struct{}, 1), doubtful: true}
}

// Drain applies what an older program left in the journal that it had beneath the
// seal of inner, which is the store without its seal.
func Drain(ctx context.Context, inner store.Whole) error {
	j := New(inner, Usual)
	j.bucket = drained
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	return j.empty(ctx)
}

// begin waits until nobody else writes, and finds out what is there if that is
// not known.
func (j *Journal) begin(ctx context.Context) error {
	select {
	case j.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !j.inDoubt() {
		return nil
	}
	if err := j.load(ctx); err != nil {
		j.end()
		return err
	}
	return nil
}

func (j *Journal) end() { <-j.turn }

func (j *Journal) inDoubt() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.doubtful
}

// Commit implements store.Store.
func (j *Journal) Commit(ctx context.Context, b *store.Batch) error {
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	stream := j.inRow()
	defer func() { j.at = time.Now() }()
	if stream && !j.slots.full() && fits(b) {
		return j.note(ctx, b)
	}
	return j.update(ctx, b)
}

// inRow counts a commit, and reports whether it belongs to a stream.
func (j *Journal) inRow() bool {
	if time.Since(j.at) > j.rhythm.Within {
		j.row = 0
	}
	j.row++
	return j.row > j.rhythm.After
}

// note writes b into the next slot.
func (j *Journal) note(ctx context.Context, b *store.Batch) error {
	number := j.slots.last + 1
	record := newRecord(number, j.pending.changes(b.Ops()))
	var w store.Batch
	w.Put(j.bucket, slotKey(number), record)
	if err := j.write(ctx, &w); err != nil {
		return err
	}
	j.slots.take(number)
	j.restLater()
	return j.take(record)
}

// take makes a record part of what is pending; its bytes are ours, while the values
// in a batch are the caller's.
func (j *Journal) take(record []byte) error {
	_, changes, err := parseRecord(record)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pending.add(changes)
}

// update writes b together with all that is pending.
func (j *Journal) update(ctx context.Context, b *store.Batch) error {
	var w store.Batch
	j.pending.appendTo(&w)
	w.Append(b)
	if j.slots.applied < j.slots.last {
		w.Put(j.bucket, appliedKey, appendNumber(nil, j.slots.last))
	}
	if err := j.write(ctx, &w); err != nil {
		return err
	}
	j.slots.applied = j.slots.last
	j.forget()
	return nil
}

// empty brings the records up to date and removes everything from the slots.
func (j *Journal) empty(ctx context.Context) error {
	if j.slots.used == 0 {
		return nil
	}
	var w store.Batch
	j.pending.appendTo(&w)
	j.slots.remove(&w, j.bucket)
	if err := j.write(ctx, &w); err != nil {
		return err
	}
	j.slots = slots{}
	j.forget()
	return nil
}

// write commits w. If that fails, nobody knows whether it is there: a program that
// gives up waiting does not undo what it asked for.
func (j *Journal) write(ctx context.Context, w *store.Batch) error {
	err := j.inner.Commit(ctx, w)
	if err != nil {
		j.doubt()
	}
	return err
}

func (j *Journal) doubt() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.doubtful = true
}

// forget has reads find the records themselves, which are up to date.
func (j *Journal) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending = pending{}
}

// restLater has the slots emptied when no commit comes any more.
func (j *Journal) restLater() {
	if j.timer == nil {
		j.timer = time.AfterFunc(j.rhythm.Rest, j.rest)
	}
}

func (j *Journal) rest() {
	ctx := context.Background()
	if j.closed.Load() || j.begin(ctx) != nil {
		return
	}
	defer j.end()
	j.timer = nil
	if time.Since(j.at) < j.rhythm.Rest {
		j.restLater()
		return
	}
	if err := j.empty(ctx); err != nil && !errors.Is(err, store.ErrClosed) {
		j.restLater()
	}
}

// Close implements store.Store. What is in the slots stays there for the next Journal.
func (j *Journal) Close() error {
	j.closed.Store(true)
	return j.inner.Close()
}
