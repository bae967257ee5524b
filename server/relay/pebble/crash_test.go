package pebble

import (
	crand "crypto/rand"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sotto/server/relay"
	"sotto/smp"
)

// TestPowerLoss takes the disk away while writers and readers work, with
// everything that was not synced lost, and looks at what is left: all that was
// answered, and nothing that was acknowledged.
func TestPowerLoss(t *testing.T) {
	const crashes, pairs = 10, 4
	disk := vfs.NewCrashableMem()
	list := make([]*crashQueue, pairs)
	for i := range list {
		list[i] = &crashQueue{record: newRecord(t)}
	}
	for crash := range crashes {
		s := openAt(t, disk)
		if crash == 0 {
			for _, q := range list {
				if err := s.Create(t.Context(), q.record); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, q := range list {
			q.verify(t, s)
		}
		disk = crashWhile(t, s, disk, list)
	}
}

// crashWhile returns what is left of the disk, at a moment of a load. What was
// answered by then is noted before, what is answered later does not count.
func crashWhile(t *testing.T, s *Store, disk *vfs.MemFS, list []*crashQueue) *vfs.MemFS {
	var stop atomic.Bool
	var working sync.WaitGroup
	progress := make(chan struct{}, 1)
	for _, q := range list {
		working.Go(func() { q.work(t, s, &stop, progress) })
	}
	for range 50 + rand.IntN(200) {
		<-progress
	}
	for _, q := range list {
		q.mark()
	}
	left := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rand.IntN(100), RNG: rand.New(rand.NewPCG(1, 2))})
	stop.Store(true)
	for _, q := range list {
		q.markEnd()
	}
	drained := make(chan struct{})
	go func() {
		for range progress {
		}
		close(drained)
	}()
	working.Wait()
	close(progress)
	<-drained
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return left
}

// A crashQueue has one worker, which appends numbers and acknowledges some.
type crashQueue struct {
	record *relay.Queue

	mu                 sync.Mutex
	next               int // the next number
	added, removed     int // answered: below added are there, below removed are gone
	mustHave, mustLack int // at the crash
	mayLack            int
}

func (q *crashQueue) work(t *testing.T, s *Store, stop *atomic.Bool, progress chan<- struct{}) {
	for !stop.Load() {
		m := &relay.Message{ID: idOf(q.next), Body: []byte(fmt.Sprint(q.next))}
		q.next++
		if err := s.Append(t.Context(), q.record.Recipient, m, relay.Limits{Messages: 1 << 30}); err != nil {
			t.Errorf("append: %v", err)
			return
		}
		q.answered(&q.added, q.next)
		progress <- struct{}{}
		if rand.IntN(3) == 0 {
			continue
		}
		q.mu.Lock()
		first := q.removed
		q.mayLack = first + 1
		q.mu.Unlock()
		if _, err := s.Next(t.Context(), q.record.Recipient, idOf(first)); err != nil {
			t.Errorf("next: %v", err)
			return
		}
		q.answered(&q.removed, first+1)
	}
}

func (q *crashQueue) answered(n *int, value int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	*n = value
}

// mark notes what must be there after the crash.
func (q *crashQueue) mark() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.mustHave, q.mustLack = q.added, q.removed
}

// markEnd notes what may be gone because its removal had begun.
func (q *crashQueue) markEnd() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.mayLack = max(q.mayLack, q.removed)
}

// verify compares the store with what was noted, and goes on from there.
func (q *crashQueue) verify(t *testing.T, s *Store) {
	n, err := s.Count(t.Context(), q.record.Recipient)
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	m, err := s.Next(t.Context(), q.record.Recipient, relay.ID{})
	if err != nil {
		t.Fatalf("next: %v", err)
	}
	first := q.mustHave
	if m != nil {
		fmt.Sscan(string(m.Body), &first)
	}
	if first < q.mustLack {
		t.Errorf("message %d came back, and %d was acknowledged", first, q.mustLack-1)
	}
	if first > q.mayLack && m != nil {
		t.Errorf("message %d is the first, and %d was not acknowledged", first, q.mayLack)
	}
	if first+n < q.mustHave {
		t.Errorf("messages up to %d are there, and %d was answered", first+n-1, q.mustHave-1)
	}
	q.next = first + n
	q.added, q.removed, q.mayLack = q.next, first, first
}

func idOf(n int) relay.ID {
	var id relay.ID
	copy(id[:], fmt.Sprintf("message %d", n))
	return id
}

func openAt(t *testing.T, disk *vfs.MemFS) *Store {
	t.Helper()
	o := options(slog.New(slog.DiscardHandler))
	o.FS = disk
	s, err := open("queues", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newRecord(t *testing.T) *relay.Queue {
	t.Helper()
	key, err := smp.GenerateKey(crand.Reader, smp.X25519)
	if err != nil {
		t.Fatal(err)
	}
	q := &relay.Queue{RecipientKeys: []smp.PublicKey{key.Public()}}
	crand.Read(q.Recipient[:])
	crand.Read(q.Sender[:])
	return q
}
