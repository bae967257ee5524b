package store

// A Query selects records of a bucket. The zero Query selects all of them.
type Query struct {
	// Prefix selects the keys that begin with it.
	Prefix string
	// After and Before are exclusive bounds; empty means open.
	After, Before string
	// Limit is the largest number of records returned; 0 means all.
	Limit int
	// Reverse returns the last key first, and makes Limit count from the end.
	Reverse bool
}

// Bounds returns the range of keys that q selects: from is in it, to is not.
// An empty to means that the range has no end. The range is empty if to is
// not empty and not above from.
func (q Query) Bounds() (from, to string) {
	from, to = q.Prefix, prefixEnd(q.Prefix)
	if q.After != "" {
		from = max(from, q.After+"\x00") // the next key in byte order
	}
	if q.Before != "" && (to == "" || q.Before < to) {
		to = q.Before
	}
	return from, to
}

// prefixEnd returns the first key after all keys that begin with prefix, or
// the empty string if there is none.
func prefixEnd(prefix string) string {
	n := len(prefix)
	for n > 0 && prefix[n-1] == 0xff {
		n--
	}
	if n == 0 {
		return ""
	}
	return prefix[:n-1] + string([]byte{prefix[n-1] + 1})
}
