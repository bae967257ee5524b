// Package stats keeps what a relay counts beyond the end of the program, and
// writes a line for each day:
//
//	statistics.json   the totals, written every minute and at the end
//	statistics.csv    a line for each day (UTC), with what was counted on it
//
// Only sums are kept, and estimates of how many queues were in use (active.go). What was counted in the last minute before a crash is
// lost; queues and messages are not counted here, but are in the store.
package stats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	totalsFile = "statistics.json"
	daysFile   = "statistics.csv"
	saveEvery  = time.Minute
	dayFormat  = time.DateOnly
)

// A Counter only goes up. Its name is that of its column.
type Counter struct {
	Name  string
	Value *atomic.Int64
}

// A Book keeps counters in a directory.
type Book struct {
	dir      string
	counters []Counter
	actives  []*Active
	day      string           // that is being counted
	begin    map[string]int64 // totals at its begin
	saved    map[string]int64 // totals in the file; nil if there is none
}

// totals is the content of the file with the same name.
type totals struct {
	Day    string           `json:"day"`
	Begin  map[string]int64 `json:"begin"`
	Totals map[string]int64 `json:"totals"`

	Active map[string][][]byte `json:"active,omitempty"`
}

// Open adds what was counted before to the counters.
func Open(dir string, counters []Counter, actives []*Active, now time.Time) (*Book, error) {
	b := &Book{dir: dir, counters: counters, actives: actives, day: dayOf(now), begin: make(map[string]int64)}
	content, err := os.ReadFile(b.path(totalsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	var saved totals
	if err == nil {
		err = json.Unmarshal(content, &saved)
	}
	if err == nil {
		_, err = time.Parse(dayFormat, saved.Day)
	}
	for _, a := range actives {
		err = errors.Join(err, a.restore(saved.Active[a.Name]))
	}
	if err != nil {
		return nil, fmt.Errorf("stats: %s: %w", totalsFile, err)
	}
	for _, c := range counters {
		c.Value.Add(saved.Totals[c.Name])
	}
	b.day, b.begin = saved.Day, saved.Begin
	return b, nil
}

// Run saves the totals now and then until ctx ends, and then a last time.
// Failures go to failed; the next time may be better.
func (b *Book) Run(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		if err := b.save(time.Now()); err != nil {
			failed(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if err := b.save(time.Now()); err != nil {
				failed(err)
			}
			return
		}
	}
}

// save writes the line of a day that is over, and the totals. If the program
// ends in between, the line is there and is not written again.
func (b *Book) save(now time.Time) error {
	current := make(map[string]int64)
	for _, c := range b.counters {
		current[c.Name] = c.Value.Load()
	}
	if dayOf(now) > b.day {
		if err := b.endDay(now, current); err != nil {
			return fmt.Errorf("stats: %w", err)
		}
	}
	if b.saved != nil && maps.Equal(current, b.saved) {
		return nil
	}
	content, err := json.Marshal(totals{b.day, b.begin, current, b.active()})
	if err == nil {
		err = replace(b.path(totalsFile), append(content, '\n'))
	}
	if err != nil {
		return fmt.Errorf("stats: %w", err)
	}
	b.saved = current
	return nil
}

// endDay writes the line of b.day, and begins with today.
func (b *Book) endDay(today time.Time, current map[string]int64) error {
	before, err := time.Parse(dayFormat, b.day)
	if err != nil {
		return err
	}
	over := ends(before, today.UTC())
	if err := b.writeDay(current, over); err != nil {
		return err
	}
	for _, a := range b.actives {
		a.begin(over)
	}
	b.day, b.begin, b.saved = dayOf(today), current, nil
	return nil
}

// active is what the file has of the queues in use.
func (b *Book) active() map[string][][]byte {
	all := make(map[string][][]byte)
	for _, a := range b.actives {
		all[a.Name] = a.saved()
	}
	return all
}

// writeDay adds the line of b.day, unless it is there.
func (b *Book) writeDay(current map[string]int64, over [spans]bool) error {
	content, err := os.ReadFile(b.path(daysFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	header, line := []string{"date"}, []string{b.day}
	for _, c := range b.counters {
		header = append(header, c.Name)
		line = append(line, strconv.FormatInt(current[c.Name]-b.begin[c.Name], 10))
	}
	for _, a := range b.actives {
		for _, span := range spanNames {
			header = append(header, a.Name+"_"+span)
		}
		line = append(line, a.cells(over)...)
	}
	text := string(content)
	if first := strings.Join(header, ",") + "\n"; !strings.HasPrefix(text, first) {
		// Other columns are another table: the old one stays beside it.
		if err := b.putAway(content); err != nil {
			return err
		}
		text = first
	}
	if strings.Contains(text, "\n"+b.day+",") {
		return nil
	}
	return replace(b.path(daysFile), []byte(text+strings.Join(line, ",")+"\n"))
}

// putAway keeps a table under the name of the day that ends it.
func (b *Book) putAway(content []byte) error {
	if len(content) == 0 {
		return nil
	}
	return replace(b.path("statistics-until-"+b.day+".csv"), content)
}

func (b *Book) path(name string) string { return filepath.Join(b.dir, name) }

func dayOf(t time.Time) string { return t.UTC().Format(dayFormat) }

// replace writes a file so that there is the old or the new one, whatever
// happens.
func replace(path string, content []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
