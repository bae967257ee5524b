package journal

import (
	"fmt"
	"slices"

	"sotto/wasm/store"
)

// pending are the changes that are in slots only: of each record what it is to be.
type pending struct {
	ops     []store.Op
	index   map[[2]string]int // bucket and key → place in ops
	buckets map[string]bool
}

// changes returns what is new in ops, as add takes it.
func (p *pending) changes(ops []store.Op) []change {
	list := make([]change, len(ops))
	for i, op := range ops {
		again := slices.ContainsFunc(ops[:i], func(o store.Op) bool { return o.Bucket == op.Bucket && o.Key == op.Key })
		if before, ok := p.find(op.Bucket, op.Key); ok && !again {
			list[i] = changeOf(before, op)
		} else {
			list[i] = change{Op: op}
		}
	}
	return list
}

// add makes changes, in their order.
func (p *pending) add(changes []change) error {
	if p.index == nil {
		p.index, p.buckets = map[[2]string]int{}, map[string]bool{}
	}
	for _, c := range changes {
		before, known := p.find(c.Bucket, c.Key)
		op, ok := c.apply(before)
		if !ok {
			return fmt.Errorf("%w: change of a value that is not in the journal", store.ErrCorrupt)
		}
		if known {
			p.ops[p.index[place(op)]] = op
			continue
		}
		p.index[place(op)] = len(p.ops)
		p.ops = append(p.ops, op)
		p.buckets[op.Bucket] = true
	}
	return nil
}

func place(op store.Op) [2]string { return [2]string{op.Bucket, op.Key} }

func (p *pending) find(bucket, key string) (store.Op, bool) {
	i, ok := p.index[[2]string{bucket, key}]
	if !ok {
		return store.Op{}, false
	}
	return p.ops[i], true
}

func (p *pending) touches(bucket string) bool { return p.buckets[bucket] }

func (p *pending) appendTo(b *store.Batch) {
	for _, op := range p.ops {
		if op.Delete {
			b.Delete(op.Bucket, op.Key)
		} else {
			b.Put(op.Bucket, op.Key, op.Value)
		}
	}
}
