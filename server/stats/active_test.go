package stats

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

func TestEstimate(t *testing.T) {
	random := rand.NewChaCha8([32]byte{})
	for _, n := range []int{0, 1, 10, 100, 1000, 8000, 12_000, 50_000, 200_000} {
		a := &Active{Name: "q"}
		id := make([]byte, 24)
		for range n {
			random.Read(id)
			a.Add(id)
			a.Add(id)
		}
		got := a.spans[day].count()
		if math.Abs(float64(got)-float64(n)) > 1+0.15*float64(n) {
			t.Errorf("%d of %d", got, n)
		}
	}
}

func TestEnds(t *testing.T) {
	for _, test := range []struct {
		before, today string
		want          [spans]bool
	}{
		{"2026-11-23", "2026-11-24", [spans]bool{true, false, false}},
		{"2026-11-29", "2026-11-30", [spans]bool{true, true, false}},
		{"2026-11-30", "2026-12-01", [spans]bool{true, false, true}},
		{"2026-11-25", "2027-11-25", [spans]bool{true, true, true}},
		{"2026-12-31", "2027-01-01", [spans]bool{true, false, true}},
	} {
		before, _ := time.Parse(dayFormat, test.before)
		today, _ := time.Parse(dayFormat, test.today)
		if got := ends(before, today); got != test.want {
			t.Errorf("%s, %s: %v, want %v", test.before, test.today, got, test.want)
		}
	}
}

// TestActive: queues of the day, the week and the month, over a restart and over
// the end of each. It begins on Saturday, 2000-01-01.
func TestActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		life := func(queues ...byte) {
			t.Helper()
			a := &Active{Name: "q"}
			b, err := Open(dir, nil, []*Active{a}, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if err := b.save(time.Now()); err != nil {
				t.Fatal(err)
			}
			for _, q := range queues {
				a.Add([]byte{q, q, q, q, q, q, q, q})
			}
			b.saved = nil // as if something was counted
			if err := b.save(time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		life(1, 2)
		life(2, 3)
		time.Sleep(24 * time.Hour)
		life(3, 4)
		time.Sleep(24 * time.Hour)
		life(5)
		time.Sleep(31 * 24 * time.Hour)
		life()
		wantFile(t, dir, daysFile, "date,q_day,q_week,q_month\n2000-01-01,3,,\n2000-01-02,2,4,\n2000-01-03,1,1,5\n")
	})
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte(`["AAAA"]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var saved [][]byte
		if json.Unmarshal(b, &saved) != nil {
			return
		}
		a := &Active{Name: "q"}
		if a.restore(saved) == nil {
			a.spans[month].count()
		}
	})
}
