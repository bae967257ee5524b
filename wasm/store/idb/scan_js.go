package idb

import (
	"context"
	"slices"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
)

// Scan implements store.Store. It takes two requests; three or four if it
// counts from the end.
func (s *Store) Scan(ctx context.Context, bucket string, q store.Query) ([]store.Record, error) {
	from, to := q.Bounds()
	if to != "" && to <= from {
		return nil, s.usable(ctx)
	}
	sc := scan{query: q, skip: len(place(bucket, "")), from: place(bucket, from), to: place(bucket, to)}
	if to == "" {
		sc.to = bucket + "\x01" // after all keys of the bucket
	}
	if err := s.transact(ctx, readOnly, recordsStore, sc.start); err != nil {
		return nil, wrap("scan", err)
	}
	if q.Reverse {
		slices.Reverse(sc.found)
	}
	return sc.found, nil
}

// A scan reads the records of a range [from, to).
type scan struct {
	query    store.Query
	skip     int // length of what precedes the key
	from, to string
	keys     safejs.Value
	found    []store.Record
	then     func() error // if it is set: called with what was found
}

func (sc *scan) start(t *transaction, records safejs.Value) error {
	if sc.query.Reverse && sc.query.Limit > 0 {
		return sc.findStart(t, records)
	}
	return sc.read(t, records)
}

// findStart moves from up to the first key that is within the limit, by one
// step of a cursor that runs backwards, then reads.
func (sc *scan) findStart(t *transaction, records safejs.Value) error {
	r, err := keyRange(sc.from, sc.to)
	if err != nil {
		return err
	}
	request, err := records.Call("openKeyCursor", r, "prev")
	if err != nil {
		return err
	}
	steps := sc.query.Limit - 1
	return t.then(request, func(cursor safejs.Value) error {
		if cursor.IsNull() { // there are fewer than the limit
			return sc.read(t, records)
		}
		if steps > 0 {
			n := steps
			steps = 0
			_, err := cursor.Call("advance", n)
			return err
		}
		from, err := cursorKey(cursor)
		if err != nil {
			return err
		}
		sc.from = from
		return sc.read(t, records)
	})
}

// read asks for all keys and all values of the range; both answers are of one
// transaction, so they belong together.
func (sc *scan) read(t *transaction, records safejs.Value) error {
	r, err := keyRange(sc.from, sc.to)
	if err != nil {
		return err
	}
	args := []any{r}
	if sc.query.Limit > 0 {
		args = append(args, sc.query.Limit)
	}
	keys, err := records.Call("getAllKeys", args...)
	if err != nil {
		return err
	}
	if err := t.then(keys, func(result safejs.Value) error { sc.keys = result; return nil }); err != nil {
		return err
	}
	values, err := records.Call("getAll", args...)
	if err != nil {
		return err
	}
	return t.then(values, sc.collect)
}

func (sc *scan) collect(values safejs.Value) error {
	n, err := values.Length()
	if err != nil {
		return err
	}
	sc.found = make([]store.Record, n)
	for i := range sc.found {
		if err := sc.record(&sc.found[i], i, values); err != nil {
			return err
		}
	}
	if sc.then != nil {
		return sc.then()
	}
	return nil
}

func (sc *scan) record(r *store.Record, i int, values safejs.Value) error {
	k, err := sc.keys.Index(i)
	if err != nil {
		return err
	}
	key, err := bufferToGo(k)
	if err != nil {
		return err
	}
	r.Key = string(key[sc.skip:])
	v, err := values.Index(i)
	if err != nil {
		return err
	}
	r.Value, err = toGo(v)
	return err
}

func cursorKey(cursor safejs.Value) (string, error) {
	k, err := cursor.Get("key")
	if err != nil {
		return "", err
	}
	b, err := bufferToGo(k)
	return string(b), err
}

// keyRange returns the IDBKeyRange [from, to).
func keyRange(from, to string) (safejs.Value, error) {
	lower, err := toJS([]byte(from))
	if err != nil {
		return safejs.Value{}, err
	}
	upper, err := toJS([]byte(to))
	if err != nil {
		return safejs.Value{}, err
	}
	ranges, err := safejs.Global().Get("IDBKeyRange")
	if err != nil {
		return safejs.Value{}, err
	}
	return ranges.Call("bound", lower, upper, false, true)
}
