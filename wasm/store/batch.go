package store

// A Batch collects changes for Commit. The zero Batch is empty and ready.
// Changes apply in the order they were made. It is not safe for concurrent use.
type Batch struct {
	ops []Op
}

// An Op is one change: the value to put under the key, or its deletion.
type Op struct {
	Bucket, Key string
	Value       []byte
	Delete      bool
}

// Put sets the value under key. The batch keeps value: it must not change
// before the batch is committed.
func (b *Batch) Put(bucket, key string, value []byte) {
	b.ops = append(b.ops, Op{Bucket: bucket, Key: key, Value: value})
}

// Delete removes the record under key, if there is one.
func (b *Batch) Delete(bucket, key string) {
	b.ops = append(b.ops, Op{Bucket: bucket, Key: key, Delete: true})
}

// Append adds the changes of other after those of b.
func (b *Batch) Append(other *Batch) {
	b.ops = append(b.ops, other.ops...)
}

// Len returns the number of changes.
func (b *Batch) Len() int { return len(b.ops) }

// Ops returns the changes in order. It is for stores; the slice is the
// batch's own.
func (b *Batch) Ops() []Op { return b.ops }
