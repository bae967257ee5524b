package journal

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sotto/wasm/store"
)

// The records of the journal: those in the slots, and the number up to which they
// are applied, which is 0 if there is none.
const (
	bucket     = "stream"
	appliedKey = "applied"
)

// drained is the bucket of programs that had the journal beneath the seal: there,
// values are sealed and the records of the journal are not.
const drained = "journal"

// slotCount is how many records wait at most. All of them are applied in one
// commit, which is so much longer than the others.
const slotCount = 64

// slots are what is known of the journal's records. Record n is in slot n modulo
// slotCount; those up to applied are left over.
type slots struct {
	applied, last uint64
	used          int // the slots below it may hold something
}

func (s *slots) full() bool { return s.last-s.applied == slotCount }

func (s *slots) take(number uint64) {
	s.last = number
	s.used = max(s.used, slotOf(number)+1)
}

// remove has b remove all records of the journal from a bucket.
func (s *slots) remove(b *store.Batch, bucket string) {
	for i := range s.used {
		b.Delete(bucket, slotName(i))
	}
	b.Delete(bucket, appliedKey)
}

func slotOf(number uint64) int { return int(number % slotCount) }

func slotKey(number uint64) string { return slotName(slotOf(number)) }

func slotName(i int) string { return fmt.Sprintf("%02x", i) }

// An entry is a record in a slot.
type entry struct {
	number  uint64
	changes []change
}

// load reads the journal.
func (j *Journal) load(ctx context.Context) error {
	records, err := j.inner.Scan(ctx, j.bucket, store.Query{})
	if err != nil {
		return err
	}
	s, entries, err := read(records)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	var p pending
	for _, e := range entries {
		if err := p.add(e.changes); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	if j.slots = s; s.used > 0 {
		j.restLater()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending, j.doubtful = p, false
	return nil
}

// read returns what is in the slots and was not applied, in order.
func read(records []store.Record) (s slots, entries []entry, err error) {
	for _, r := range records {
		if r.Key == appliedKey {
			s.applied, err = parseNumber(r.Value)
		} else {
			err = s.read(r, &entries)
		}
		if err != nil {
			return slots{}, nil, err
		}
	}
	entries = slices.DeleteFunc(entries, func(e entry) bool { return e.number <= s.applied })
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.number, b.number) })
	s.last = s.applied
	for _, e := range entries {
		if e.number != s.last+1 {
			return slots{}, nil, fmt.Errorf("%w: record %d is missing", store.ErrCorrupt, s.last+1)
		}
		s.last = e.number
	}
	return s, entries, nil
}

func (s *slots) read(r store.Record, entries *[]entry) error {
	number, changes, err := parseRecord(r.Value)
	if err != nil {
		return err
	}
	if r.Key != slotKey(number) {
		return fmt.Errorf("%w: a record in the slot of another", store.ErrCorrupt)
	}
	s.used = max(s.used, slotOf(number)+1)
	*entries = append(*entries, entry{number, changes})
	return nil
}
