package stats

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"sync"
	"time"
)

// An Active estimates how many different queues were in use in a day, a week and
// a month, to about 2 percent. It keeps no ids: for each of 4096 groups of ids
// only how rare a pattern was the rarest that it saw (HyperLogLog, Flajolet and
// others 2007).
type Active struct {
	// Name begins the names of three columns. The week's and the month's have a
	// number in the line of the last day of each.
	Name string

	mu    sync.Mutex
	spans [spans]sketch
}

const (
	day = iota
	week
	month
	spans
)

var spanNames = [spans]string{"day", "week", "month"}

// Add counts a queue by its id, which is random and at least 8 bytes long.
func (a *Active) Add(id []byte) {
	h := binary.BigEndian.Uint64(id)
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.spans {
		a.spans[i].add(h)
	}
}

// ends reports which spans end with day if the next is today.
func ends(before, today time.Time) [spans]bool {
	y, w := before.ISOWeek()
	y2, w2 := today.ISOWeek()
	return [spans]bool{true, y != y2 || w != w2, before.Year() != today.Year() || before.Month() != today.Month()}
}

// cells are the columns of a line, empty for spans that go on.
func (a *Active) cells(over [spans]bool) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	cells := make([]string, spans)
	for i := range a.spans {
		if over[i] {
			cells[i] = strconv.FormatInt(a.spans[i].count(), 10)
		}
	}
	return cells
}

// begin forgets spans that are over.
func (a *Active) begin(over [spans]bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.spans {
		if over[i] {
			a.spans[i] = sketch{}
		}
	}
}

// saved is what is kept in the file.
func (a *Active) saved() [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all [][]byte
	for i := range a.spans {
		all = append(all, append([]byte(nil), a.spans[i][:]...))
	}
	return all
}

// restore adds what was saved.
func (a *Active) restore(saved [][]byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, s := range saved {
		if i >= spans || len(s) != registers {
			return fmt.Errorf("%s: wrong length", a.Name)
		}
		for j, rank := range s {
			a.spans[i][j] = max(a.spans[i][j], min(rank, maxRank))
		}
	}
	return nil
}

const (
	groupBits = 12
	registers = 1 << groupBits
	maxRank   = 64 - groupBits + 1
)

// A sketch has the highest rank of each group.
type sketch [registers]uint8

func (s *sketch) add(h uint64) {
	group := h >> (64 - groupBits)
	rank := uint8(bits.LeadingZeros64(h<<groupBits|1<<(groupBits-1)) + 1)
	s[group] = max(s[group], rank)
}

// count estimates how many different values were added.
func (s *sketch) count() int64 {
	const m = registers
	sum, empty := 0.0, 0
	for _, rank := range s {
		sum += math.Ldexp(1, -int(rank))
		if rank == 0 {
			empty++
		}
	}
	estimate := 0.7213 / (1 + 1.079/m) * m * m / sum
	if estimate <= 2.5*m && empty > 0 {
		estimate = m * math.Log(float64(m)/float64(empty))
	}
	return int64(math.Round(estimate))
}
