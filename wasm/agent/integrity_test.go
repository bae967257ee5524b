package agent

import "testing"

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		last     uint64
		lastHash string
		number   uint64
		hash     string
		want     Integrity
	}{
		{1, "a", 2, "a", Integrity{}},
		{0, "", 1, "", Integrity{}},
		{1, "a", 2, "b", Integrity{Fault: BadHash}},
		{1, "a", 3, "a", Integrity{Fault: Skipped, From: 2, To: 2}},
		{1, "a", 9, "b", Integrity{Fault: Skipped, From: 2, To: 8}},
		{5, "a", 5, "a", Integrity{Fault: Duplicated}},
		{5, "a", 4, "a", Integrity{Fault: BadID, To: 5}},
	} {
		if got := check(c.last, []byte(c.lastHash), c.number, []byte(c.hash)); got != c.want {
			t.Errorf("after %d %q, %d %q is %+v, want %+v", c.last, c.lastHash, c.number, c.hash, got, c.want)
		}
	}
}
