package journal

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"sotto/wasm/store"
)

// pending are the changes that are in the journal: of each record what it is to be.
type pending struct {
	tables map[string]*table // by bucket
	queue  []*place          // those that are not up to date in the store, in no order
}

// A table has the places of a bucket, in the order of their keys.
type table struct{ places []*place }

// A place is a key, and what is to be there.
type place struct {
	bucket, key string
	value       []byte
	gone        bool // nothing
	queued      bool
}

// changes returns what is new in ops, as add takes it.
func (p *pending) changes(ops []store.Op) []change {
	list := make([]change, len(ops))
	for i, op := range ops {
		again := slices.ContainsFunc(ops[:i], func(o store.Op) bool { return o.Bucket == op.Bucket && o.Key == op.Key })
		if before := p.find(op.Bucket, op.Key); before != nil && !again {
			list[i] = changeOf(before.op(), op)
		} else {
			list[i] = change{Op: op}
		}
	}
	return list
}

// add makes changes, in their order.
func (p *pending) add(changes []change) error {
	for _, c := range changes {
		var before store.Op
		if at := p.find(c.Bucket, c.Key); at != nil {
			before = at.op()
		}
		op, ok := c.apply(before)
		if !ok {
			return fmt.Errorf("%w: change of a value that is not in the journal", store.ErrCorrupt)
		}
		p.set(op)
	}
	return nil
}

// set says what is to be there. It keeps nothing of op but its strings.
func (p *pending) set(op store.Op) {
	at := p.find(op.Bucket, op.Key)
	if at == nil {
		at = p.insert(op.Bucket, op.Key)
	}
	at.value, at.gone = bytes.Clone(op.Value), op.Delete
	if !at.queued {
		at.queued = true
		p.queue = append(p.queue, at)
	}
}

func (p *pending) insert(bucket, key string) *place {
	t := p.tables[bucket]
	if t == nil {
		if p.tables == nil {
			p.tables = map[string]*table{}
		}
		t = &table{}
		p.tables[bucket] = t
	}
	at := &place{bucket: bucket, key: key}
	t.places = slices.Insert(t.places, t.from(key), at)
	return at
}

// find returns the place of a key, nil if nothing is pending there.
func (p *pending) find(bucket, key string) *place {
	t := p.tables[bucket]
	if t == nil {
		return nil
	}
	if i := t.from(key); i < len(t.places) && t.places[i].key == key {
		return t.places[i]
	}
	return nil
}

// from returns the first place whose key is not below key.
func (t *table) from(key string) int {
	i, _ := slices.BinarySearchFunc(t.places, key, func(at *place, key string) int { return strings.Compare(at.key, key) })
	return i
}

// within returns the places that q selects, in its order.
func (p *pending) within(bucket string, q store.Query) []*place {
	t := p.tables[bucket]
	if t == nil {
		return nil
	}
	from, to := q.Bounds()
	begin, end := t.from(from), len(t.places)
	if to != "" {
		end = max(begin, t.from(to))
	}
	places := slices.Clone(t.places[begin:end])
	if q.Reverse {
		slices.Reverse(places)
	}
	return places
}

func (at *place) op() store.Op {
	return store.Op{Bucket: at.bucket, Key: at.key, Value: at.value, Delete: at.gone}
}

// unwritten is how many records are not up to date.
func (p *pending) unwritten() int { return len(p.queue) }

// appendTo has b bring up to n of them up to date, and returns how many.
func (p *pending) appendTo(b *store.Batch, n int) int {
	n = min(n, len(p.queue))
	for _, at := range p.queue[:n] {
		if at.gone {
			b.Delete(at.bucket, at.key)
		} else {
			b.Put(at.bucket, at.key, at.value)
		}
	}
	return n
}

// written is called when that was done, before anything else was set.
func (p *pending) written(n int) {
	for _, at := range p.queue[:n] {
		at.queued = false
	}
	p.queue = slices.Delete(p.queue, 0, n)
}
