package chat

import (
	"encoding/json"
	"fmt"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// An overlay remembers what one turn has written, because the turn itself reads
// only what was committed before: a body with a message and its edit must find
// the message.
type overlay struct {
	turn  *agent.Turn
	m     map[[2]string][]byte
	shown map[*contact]bool // contacts that pages are told of after the turn
}

// put adds a record to the turn.
func (c *Chat) put(t *agent.Turn, bucket, key string, value []byte) {
	c.overlaid(t, bucket, key, value)
	t.Put(bucket, key, value)
}

// drop removes a record with the turn.
func (c *Chat) drop(t *agent.Turn, bucket, key string) {
	c.overlaid(t, bucket, key, nil)
	t.Delete(bucket, key)
}

func (c *Chat) overlaid(t *agent.Turn, bucket, key string, value []byte) {
	if c.written.turn != t {
		c.written = overlay{turn: t, m: map[[2]string][]byte{}, shown: map[*contact]bool{}}
		t.After(func() { c.written = overlay{} })
	}
	c.written.m[[2]string{bucket, key}] = value
}

// putJSON adds a record to the turn. The types it is called with always encode.
func (c *Chat) putJSON(t *agent.Turn, bucket, key string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("chat: %T does not encode: %v", v, err))
	}
	c.put(t, bucket, key, b)
}

// get reads a record as this turn has left it.
func (c *Chat) get(t *agent.Turn, bucket, key string) ([]byte, error) {
	if c.written.turn == t {
		if b, ok := c.written.m[[2]string{bucket, key}]; ok {
			if b == nil {
				return nil, store.ErrNotFound
			}
			return b, nil
		}
	}
	return t.Get(bucket, key)
}
