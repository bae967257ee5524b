package journal

import "sotto/wasm/store"

// pending are the changes that are in slots only: of each record the last.
type pending struct {
	ops     []store.Op
	index   map[[2]string]int // bucket and key → place in ops
	buckets map[string]bool
}

func (p *pending) add(ops []store.Op) {
	if p.index == nil {
		p.index, p.buckets = map[[2]string]int{}, map[string]bool{}
	}
	for _, op := range ops {
		place := [2]string{op.Bucket, op.Key}
		if i, ok := p.index[place]; ok {
			p.ops[i] = op
			continue
		}
		p.index[place] = len(p.ops)
		p.ops = append(p.ops, op)
		p.buckets[op.Bucket] = true
	}
}

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
