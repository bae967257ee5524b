package chat

import "sotto/wasm/agent"

// A journal undoes what a turn has done to the state in memory when the turn
// fails: what it wrote is discarded by the agent.
type journal struct {
	on   bool
	undo []func()
	seen map[any]bool
}

// Try runs f, which belongs to t. If it fails, everything is as it was before.
// Turns that a person asks for run in Try; events of the agent do not, because
// their errors stop it.
func (c *Chat) Try(t *agent.Turn, f func() error) error {
	c.journal = journal{on: true, seen: map[any]bool{}}
	err := f()
	if err != nil {
		for i := len(c.journal.undo) - 1; i >= 0; i-- {
			c.journal.undo[i]()
		}
		if c.written.turn == t {
			c.written = overlay{}
		}
	}
	c.journal = journal{}
	return err
}

// onFailure has f run if the turn fails.
func (j *journal) onFailure(f func()) {
	if j.on {
		j.undo = append(j.undo, f)
	}
}

// touch is called before what p points to is changed. What it refers to itself
// is never changed in place.
func touch[T any](j *journal, p *T) {
	if j.on && !j.seen[p] {
		j.seen[p] = true
		before := *p
		j.undo = append(j.undo, func() { *p = before })
	}
}

// set changes an entry of a map, or removes it if the value is the zero one.
func set[K, V comparable](j *journal, m map[K]V, key K, value V) {
	var zero V
	before, had := m[key]
	j.onFailure(func() {
		if had {
			m[key] = before
		} else {
			delete(m, key)
		}
	})
	if value == zero {
		delete(m, key)
	} else {
		m[key] = value
	}
}
