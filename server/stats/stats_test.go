package stats

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A life of the program: it counts and ends.
func live(t *testing.T, dir string, names []string, f func(values []*atomic.Int64)) {
	t.Helper()
	var counters []Counter
	var values []*atomic.Int64
	for _, name := range names {
		v := new(atomic.Int64)
		values = append(values, v)
		counters = append(counters, Counter{name, v})
	}
	b, err := Open(dir, counters, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Run(ctx, func(err error) { t.Error(err) })
	}()
	synctest.Wait()
	f(values)
	stop()
	<-ended
}

// TestDays counts over restarts and midnights. It begins on 2000-01-01.
func TestDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, names := t.TempDir(), []string{"a", "b"}
		live(t, dir, names, func(v []*atomic.Int64) {
			v[0].Add(3)
			time.Sleep(time.Hour)
			v[1].Add(1)
		})
		live(t, dir, names, func(v []*atomic.Int64) {
			if v[0].Load() != 3 || v[1].Load() != 1 {
				t.Errorf("after a restart there are %d and %d", v[0].Load(), v[1].Load())
			}
			v[0].Add(2)
			time.Sleep(24 * time.Hour)
			v[0].Add(10)
			time.Sleep(24 * time.Hour)
		})
		time.Sleep(72 * time.Hour) // off
		live(t, dir, names, func(v []*atomic.Int64) { v[1].Add(5) })
		wantFile(t, dir, daysFile, "date,a,b\n2000-01-01,5,1\n2000-01-02,10,0\n2000-01-03,0,0\n")

		time.Sleep(24 * time.Hour)
		live(t, dir, []string{"a", "c"}, func([]*atomic.Int64) {})
		wantFile(t, dir, "statistics-until-2000-01-06.csv", "date,a,b\n2000-01-01,5,1\n2000-01-02,10,0\n2000-01-03,0,0\n")
		wantFile(t, dir, daysFile, "date,a,c\n2000-01-06,0,0\n")
	})
}

// TestKilled: a day's line is written once, also if the totals were not.
func TestKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		live(t, dir, []string{"a"}, func(v []*atomic.Int64) { v[0].Add(4) })
		before, err := os.ReadFile(filepath.Join(dir, totalsFile))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		for range 2 {
			if err := os.WriteFile(filepath.Join(dir, totalsFile), before, 0o600); err != nil {
				t.Fatal(err)
			}
			live(t, dir, []string{"a"}, func([]*atomic.Int64) {})
			wantFile(t, dir, daysFile, "date,a\n2000-01-01,4\n")
		}
	})
}

func TestDamaged(t *testing.T) {
	for _, content := range []string{"", "{}", `{"day":"x"}`, `{"day":"2000-01-01","totals":[]}`, `{"day":"2000-01-01","active":{"q":["AAAA"]}}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, totalsFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, nil, []*Active{{Name: "q"}}, time.Now()); err == nil {
			t.Errorf("%q is accepted", content)
		}
	}
}

func wantFile(t *testing.T, dir, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
		t.Errorf("%s is\n%s, %v, want\n%s", name, got, err, want)
	}
}
