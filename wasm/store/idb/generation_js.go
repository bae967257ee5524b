package idb

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"github.com/hack-pad/safejs"
)

// A generation counts the moments at which the database and the mark were
// compared last: the database is written first, so the mark is never ahead of it,
// unless the browser or a person put an older copy of the database back. Ratchets
// of such a copy are out of step, and what they would send now was sent once
// under the same keys.
type generation struct {
	database string // a random name
	number   uint64
}

// generationStep is how much time the changes of one generation take at most.
const generationStep = time.Second

// generationKey is where it lies in marksStore, in its text form.
const generationKey = "generation"

func (g generation) String() string { return g.database + " " + strconv.FormatUint(g.number, 10) }

// parseGeneration reads the text form. Of anything else, and of the marks that
// version 1 left, it makes the zero generation.
func parseGeneration(text string) generation {
	name, digits, _ := strings.Cut(text, " ")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return generation{}
	}
	return generation{name, number}
}

// before reports whether a database of generation g is not the one that the mark
// was left for, or an older copy of it.
func (g generation) before(mark generation) bool {
	return mark.number > 0 && (g.database != mark.database || g.number < mark.number)
}

// compareMark finds out whether the database is an older copy. If it is not, and
// has no generation or no mark yet, it gets both.
func (s *Store) compareMark(ctx context.Context, m mark) error {
	text, err := s.loadGeneration(ctx)
	if err != nil {
		return err
	}
	s.generation = parseGeneration(text)
	of := parseGeneration(m.text)
	switch {
	case s.generation.before(of):
		s.rolledBack = true
		s.generation.number = max(s.generation.number, of.number)
	case !m.found || s.generation.number == 0:
		return s.Settle(ctx)
	}
	return nil
}

// RolledBack reports whether the browser, or a person, put an older copy of the
// database back. It does so until Settle was called, also in later runs.
func (s *Store) RolledBack() bool { return s.rolledBack }

// Settle takes the database as it is now for the newest, once what follows from
// its age was dealt with.
func (s *Store) Settle(ctx context.Context) error {
	g := s.generation.next()
	err := s.transact(ctx, readWrite, marksStore, func(_ *transaction, marks safejs.Value) error {
		return g.write(marks)
	})
	if err != nil {
		return wrap("settle", err)
	}
	s.rolledBack = false
	s.passed(ctx, g)
	return nil
}

func (s *Store) loadGeneration(ctx context.Context) (text string, err error) {
	err = s.transact(ctx, readOnly, marksStore, func(t *transaction, marks safejs.Value) error {
		request, err := marks.Call("get", generationKey)
		if err != nil {
			return err
		}
		return t.then(request, func(result safejs.Value) (err error) {
			if !result.IsUndefined() {
				text, err = result.String()
			}
			return err
		})
	})
	return text, wrap("load generation", err)
}

func (g generation) next() generation {
	if g.database == "" {
		g.database = rand.Text()
	}
	g.number++
	return g
}

func (g generation) write(marks safejs.Value) error {
	_, err := marks.Call("put", g.String(), generationKey)
	return err
}

// due returns the generation that a change which is made now begins, if it is
// time for one.
func (s *Store) due() (g generation, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rolledBack || s.generation.database == "" || time.Since(s.marked) < generationStep {
		return generation{}, false
	}
	s.marked = time.Now() // others that are made now belong to it
	return s.generation.next(), true
}

// passed leaves the mark of a generation that is stored.
func (s *Store) passed(ctx context.Context, g generation) {
	s.mu.Lock()
	s.generation, s.marked = g, time.Now()
	s.mu.Unlock()
	go leaveMark(context.WithoutCancel(ctx), s.name, g.String())
}
