package agent

import (
	"testing"
	"time"
)

func TestJumped(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		passed time.Duration
		want   bool
	}{{0, false}, {watchEvery, false}, {watchEvery + 59*time.Second, false}, {2*watchEvery + 1, true}, {24 * time.Hour, true}, {-time.Second, true}} {
		if got := jumped(at, at.Add(c.passed)); got != c.want {
			t.Errorf("%v: %v", c.passed, got)
		}
	}
}
