package chat

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// timedKey orders the items that disappear by when they do. Chat: "Disappearing
// messages".
func timedKey(it *item) string {
	return fmt.Sprintf("%016x/%s", it.ExpiresAt, itemKey(it.ContactID, it.Seq))
}

// expireAfter has an item disappear after some seconds.
func (c *Chat) expireAfter(t *agent.Turn, it *item, seconds int) {
	it.ExpiresAt = t.Now().UnixMilli() + int64(seconds)*1000
	c.put(t, bucketTimed, timedKey(it), []byte{})
	c.emit(t, Event{Timed: true})
}

// setTTL takes after how many seconds messages are to disappear from now on.
func (c *Chat) setTTL(t *agent.Turn, k *contact, ttl int) {
	if k.TTL == ttl {
		return
	}
	k.TTL = ttl
	if ttl == 0 {
		c.note(t, k, "Messages stay from now on, as the other person chose.", t.Now())
		return
	}
	c.note(t, k, "Messages disappear "+span(ttl)+" after they were read, as the other person chose.", t.Now())
}

// span says how long some seconds are.
func span(seconds int) string {
	for _, unit := range []struct {
		seconds int
		name    string
	}{{7 * 24 * 3600, "week"}, {24 * 3600, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}} {
		n := seconds / unit.seconds
		switch {
		case seconds%unit.seconds != 0 || n == 0:
		case n == 1:
			return "one " + unit.name
		default:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return "at once"
}

// maxExpired is how many items disappear in one turn.
const maxExpired = 100

// Expire removes the items whose time has come, and returns when it is to be
// called again; the zero time if nothing waits.
func (c *Chat) Expire(t *agent.Turn) (time.Time, error) {
	rec, err := t.Scan(bucketTimed, store.Query{Limit: maxExpired})
	if err != nil {
		return time.Time{}, fmt.Errorf("chat: read timed items: %w", err)
	}
	for _, r := range rec {
		at, id, seq, err := parseTimed(r.Key)
		if err != nil {
			return time.Time{}, err
		}
		if at.After(t.Now()) {
			return at, nil
		}
		if err := c.Remove(t, id, seq); err != nil && c.contacts[id] != nil {
			return time.Time{}, err
		}
		c.drop(t, bucketTimed, r.Key)
	}
	if len(rec) == maxExpired {
		return t.Now(), nil
	}
	return time.Time{}, nil
}

func parseTimed(key string) (at time.Time, id string, seq int64, err error) {
	parts := strings.Split(key, "/")
	if len(parts) == 3 {
		var ms int64
		if ms, err = strconv.ParseInt(parts[0], 16, 64); err == nil {
			seq, err = strconv.ParseInt(parts[2], 16, 64)
		}
		if err == nil {
			return time.UnixMilli(ms), parts[1], seq, nil
		}
	}
	return at, "", 0, fmt.Errorf("chat: timed record: %w", store.ErrCorrupt)
}
