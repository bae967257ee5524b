package agent

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		name string
		b    backoff
		want []time.Duration
	}{
		{"fast", fastRetry, []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second, 3 * time.Second, 4500 * time.Millisecond}},
		{"slow", slowRetry, []time.Duration{5 * time.Minute, 450 * time.Second, 675 * time.Second}},
	} {
		var w wait
		for i, want := range c.want {
			if got := w.next(c.b); got != want {
				t.Errorf("%s: delay %d is %v, want %v", c.name, i, got, want)
			}
		}
		for range 100 {
			w.next(c.b)
		}
		if got := w.next(c.b); got != c.b.limit {
			t.Errorf("%s: grows to %v", c.name, got)
		}
	}
}
