// Package journal makes streams of small commits cheaper.
//
// A store that syncs each commit takes about as long for each record in it as for
// the commit itself. While commits come quickly after each other, a Journal writes
// each of them as one record of its own, which holds all its changes; it keeps the
// changes in memory, where reads see them. When it is quiet again it brings the
// records themselves up to date, some at a time, and removes its own:
//
//	commit 1   commit 2   ...  commit n    quiet
//	1: x, y    2: x, z         n: x, q     x, y   z, ..., applied: n   no 1, 2, ...
//
// Of a value that is in an earlier record already, only what changed is written again.
//
// What is committed is durable, in either form: the next Journal takes up what one
// left. Until it is applied as a whole, all of it counts, whatever of it the records
// show already. It is removed then, so that nothing stays there that was removed from
// the records.
package journal

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"sotto/wasm/store"
)

// A Rhythm says when commits are a stream, and how long one may be.
type Rhythm struct {
	// After is how many commits in a row are written as they are.
	After int
	// Within is the longest pause between two commits of a row.
	Within time.Duration
	// Rest is the pause after which the records are brought up to date.
	Rest time.Duration
	// Most is how many bytes wait, about: beyond it each commit takes some with it.
	Most int
}

// Usual is the rhythm of a client that takes in what waited for it: what a person
// does is no stream. Most is some thousand messages.
var Usual = Rhythm{After: 8, Within: 50 * time.Millisecond, Rest: time.Second, Most: 8 << 20}

const (
	// step is how many records are brought up to date, or removed, at a time while
	// it is quiet: what comes then waits no longer than for that.
	step = 64
	// stepPause is the time between two such steps.
	stepPause = 25 * time.Millisecond
	// share is how many a commit of a stream takes with it that is longer than Most.
	share = 6
	// trail is how many records that are applied a commit of a stream removes, so
	// that they become fewer also if it is never quiet: it adds one.
	trail = 2
)

// A Journal is a store.Whole in front of another one, which nobody else must use.
type Journal struct {
	inner  store.Whole
	bucket string // of the journal's records
	rhythm Rhythm
	closed atomic.Bool

	turn  chan struct{} // holds an element while somebody writes, who owns what follows
	log   log
	row   int       // commits in a row
	at    time.Time // of the last commit
	timer *time.Timer

	mu       sync.Mutex // for who reads, while somebody writes
	pending  pending
	doubtful bool // a commit failed: it may have been done all the same
}

var _ store.Whole = (*Journal)(nil)

// New returns the Journal of inner. What another one left there is found out by the
// first who reads or writes.
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

// Commit implements store.Store. What does not fit is written as it is, after all
// that waits.
func (j *Journal) Commit(ctx context.Context, b *store.Batch) error {
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	stream := j.inRow() || j.log.live()
	defer func() { j.at = time.Now() }()
	over := j.log.size > j.rhythm.Most
	if !stream || !fits(b) || over && (j.pending.unwritten() <= share || j.log.size > 2*j.rhythm.Most) {
		return j.update(ctx, b)
	}
	n := 0
	if over {
		n = share
	}
	return j.note(ctx, b, n)
}

// inRow counts a commit, and reports whether it belongs to a stream.
func (j *Journal) inRow() bool {
	if time.Since(j.at) > j.rhythm.Within {
		j.row = 0
	}
	j.row++
	return j.row > j.rhythm.After
}

// note writes b as a record of the journal, and brings n others up to date.
func (j *Journal) note(ctx context.Context, b *store.Batch, n int) error {
	number := j.log.last + 1
	record := newRecord(number, j.pending.changes(b.Ops()))
	var w store.Batch
	w.Put(j.bucket, nameOf(number), record)
	n = j.pending.appendTo(&w, n)
	left := min(trail, j.log.stale)
	j.log.remove(&w, j.bucket, left)
	if err := j.write(ctx, &w); err != nil {
		return err
	}
	j.log.removed(left)
	j.log.add(number, record)
	j.mu.Lock()
	j.pending.written(n)
	for _, op := range b.Ops() {
		j.pending.set(op)
	}
	j.mu.Unlock()
	j.later(j.rhythm.Rest)
	return nil
}

// update writes b together with all that waits.
func (j *Journal) update(ctx context.Context, b *store.Batch) error {
	var w store.Batch
	j.pending.appendTo(&w, j.pending.unwritten())
	w.Append(b)
	if j.log.live() {
		w.Put(j.bucket, appliedKey, appendNumber(nil, j.log.last))
	}
	if err := j.write(ctx, &w); err != nil {
		return err
	}
	j.log.apply()
	j.forget()
	return nil
}

// empty brings the records up to date and removes those of the journal.
func (j *Journal) empty(ctx context.Context) error {
	if len(j.log.names) == 0 {
		return nil
	}
	var w store.Batch
	j.pending.appendTo(&w, j.pending.unwritten())
	j.log.remove(&w, j.bucket, len(j.log.names))
	w.Delete(j.bucket, appliedKey)
	if err := j.write(ctx, &w); err != nil {
		return err
	}
	j.log = log{}
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

// later has the records brought up to date when no commit comes any more.
func (j *Journal) later(after time.Duration) {
	if j.timer == nil {
		j.timer = time.AfterFunc(after, j.rest)
	}
}

// rest takes one step, and comes again if there is more to do.
func (j *Journal) rest() {
	ctx := context.Background()
	if j.closed.Load() {
		return
	}
	if j.begin(ctx) != nil {
		time.AfterFunc(j.rhythm.Rest, j.rest)
		return
	}
	defer j.end()
	j.timer = nil
	if time.Since(j.at) < j.rhythm.Rest {
		j.later(j.rhythm.Rest)
		return
	}
	switch err := j.step(ctx); {
	case errors.Is(err, store.ErrClosed):
	case err != nil:
		j.later(j.rhythm.Rest)
	case len(j.log.names) > 0:
		j.later(stepPause)
	}
}

// step brings some records up to date or, when all are, removes some of the journal's.
func (j *Journal) step(ctx context.Context) error {
	switch {
	case j.pending.unwritten() > step:
		return j.writeSome(ctx)
	case j.log.live():
		return j.update(ctx, new(store.Batch))
	}
	return j.removeSome(ctx)
}

func (j *Journal) writeSome(ctx context.Context) error {
	var w store.Batch
	n := j.pending.appendTo(&w, step)
	if err := j.write(ctx, &w); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending.written(n)
	return nil
}

// removeSome is for when all are applied. The last ones go together with the number.
func (j *Journal) removeSome(ctx context.Context) error {
	if j.log.stale <= step {
		return j.empty(ctx)
	}
	var w store.Batch
	j.log.remove(&w, j.bucket, step)
	if err := j.write(ctx, &w); err != nil {
		return err
	}
	j.log.removed(step)
	return nil
}

// Close implements store.Store. What waits stays there for the next Journal.
func (j *Journal) Close() error {
	j.closed.Store(true)
	return j.inner.Close()
}
