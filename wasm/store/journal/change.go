package journal

import "sotto/wasm/store"

// A change is what an Op does to a record. If the value before is known, it may be
// an edit of it.
type change struct {
	store.Op        // of an edit, without the value
	hunks    []hunk // nil: it is no edit
	end      int    // bytes at the end of the value that stay as they are
}

// A hunk is how many bytes stay as they are, and what comes after them. It is in the
// place of as many bytes or, if it is the last, of all up to the end.
type hunk struct {
	keep int
	text []byte
}

const (
	// least is how many bytes must stay to be worth another hunk.
	least = 8
	// maxHunks is how many an edit has at most.
	maxHunks = 16
)

// changeOf returns what op does to a record that another one has written.
func changeOf(before, op store.Op) change {
	if op.Delete || before.Delete {
		return change{Op: op}
	}
	old, value := before.Value, op.Value
	c := change{Op: store.Op{Bucket: op.Bucket, Key: op.Key}, end: sameAtEnd(old, value)}
	old, value = old[:len(old)-c.end], value[:len(value)-c.end]
	size := 0
	for more := true; more; {
		h := hunk{keep: same(old, value)}
		old, value = old[h.keep:], value[h.keep:]
		n := differs(old, value)
		more = n < min(len(old), len(value))
		if !more {
			n = len(value)
		} else {
			old = old[n:]
		}
		h.text, value = value[:n], value[n:]
		c.hunks = append(c.hunks, h)
		size += n + least
	}
	if size >= len(op.Value) || len(c.hunks) > maxHunks {
		return change{Op: op}
	}
	return c
}

// same returns how many bytes a and b have in common at their begin.
func same(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func sameAtEnd(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// differs returns after how many bytes a and b have enough in common again.
func differs(a, b []byte) int {
	most := min(len(a), len(b))
	for n := 0; n < most; n++ {
		if k := same(a[n:], b[n:]); k >= least {
			return n
		} else {
			n += k
		}
	}
	return most
}

// apply returns the Op; false if it is an edit of something else.
func (c change) apply(before store.Op) (store.Op, bool) {
	op, old := c.Op, before.Value
	switch {
	case c.hunks == nil:
		return op, true
	case before.Delete || c.end > len(old):
		return op, false
	}
	old, end := old[:len(old)-c.end], old[len(old)-c.end:]
	op.Value = make([]byte, 0, len(before.Value)+least)
	for i, h := range c.hunks {
		if h.keep > len(old) {
			return op, false
		}
		op.Value = append(append(op.Value, old[:h.keep]...), h.text...)
		if old = old[h.keep:]; i < len(c.hunks)-1 {
			if len(h.text) > len(old) {
				return op, false
			}
			old = old[len(h.text):]
		}
	}
	op.Value = append(op.Value, end...)
	return op, true
}
