package journal

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"sotto/wasm/store"
)

// The records of the journal: those with changes, under their number, and the number
// up to which they are applied, which is 0 if there is none.
const (
	bucket     = "stream"
	appliedKey = "applied"
)

// drained is the bucket of programs that had the journal beneath the seal: there,
// values are sealed and the records of the journal are not.
const drained = "journal"

// A log is what is known of the journal's records.
type log struct {
	applied, last uint64
	names         []string // keys of all, those that are applied first
	stale         int      // how many of them are applied
	size          int      // bytes of those that are not
}

// overhead is what a record takes in memory besides its bytes, about.
const overhead = 128

// live reports whether something is not applied.
func (l *log) live() bool { return l.applied < l.last }

func (l *log) add(number uint64, record []byte) {
	l.last = number
	l.names = append(l.names, nameOf(number))
	l.size += len(record) + overhead
}

func (l *log) apply() { l.applied, l.stale, l.size = l.last, len(l.names), 0 }

// remove has b remove the first n records. The number stays as long as one is there.
func (l *log) remove(b *store.Batch, bucket string, n int) {
	for _, name := range l.names[:n] {
		b.Delete(bucket, name)
	}
}

// removed is called when that was done to some that are applied.
func (l *log) removed(n int) { l.names, l.stale = l.names[n:], l.stale-n }

// nameOf is the key of a record, so that they are in order.
func nameOf(number uint64) string { return string(binary.BigEndian.AppendUint64(nil, number)) }

// slotOf is the key that older programs used, which had 64 of them.
func slotOf(number uint64) string { return fmt.Sprintf("%02x", number%64) }

// An entry is a record of the journal.
type entry struct {
	name    string
	number  uint64
	changes []change
	size    int
}

// load reads the journal.
func (j *Journal) load(ctx context.Context) error {
	records, err := j.inner.Scan(ctx, j.bucket, store.Query{})
	if err != nil {
		return err
	}
	l, entries, err := read(records)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	var p pending
	for _, e := range entries {
		if err := p.add(e.changes); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	if j.log = l; len(l.names) > 0 {
		j.later(j.rhythm.Rest)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending, j.doubtful = p, false
	return nil
}

// read returns what there is, and of it what is not applied, in order.
func read(records []store.Record) (l log, live []entry, err error) {
	var entries []entry
	for _, r := range records {
		if r.Key == appliedKey {
			l.applied, err = parseNumber(r.Value)
		} else {
			entries, err = readEntry(entries, r)
		}
		if err != nil {
			return log{}, nil, err
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.number, b.number) })
	l.last = l.applied
	for _, e := range entries {
		l.names = append(l.names, e.name)
		if e.number <= l.applied {
			l.stale++
			continue
		}
		if e.number != l.last+1 {
			return log{}, nil, fmt.Errorf("%w: record %d is missing", store.ErrCorrupt, l.last+1)
		}
		live = append(live, e)
		l.last = e.number
		l.size += e.size + overhead
	}
	return l, live, nil
}

func readEntry(entries []entry, r store.Record) ([]entry, error) {
	number, changes, err := parseRecord(r.Value)
	if err != nil {
		return nil, err
	}
	if r.Key != nameOf(number) && r.Key != slotOf(number) {
		return nil, fmt.Errorf("%w: a record in the place of another", store.ErrCorrupt)
	}
	return append(entries, entry{r.Key, number, changes, len(r.Value)}), nil
}
