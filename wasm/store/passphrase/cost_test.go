package passphrase

import (
	"encoding/hex"
	"testing"
	"time"
)

func TestValid(t *testing.T) {
	for _, c := range []struct {
		cost Cost
		want bool
	}{
		{Usual, true},
		{Cost{1, 8}, true},
		{most, true},
		{Cost{0, 8}, false},
		{Cost{1, 7}, false},
		{Cost{most.Time + 1, 8}, false},
		{Cost{1, most.Memory + 1}, false},
	} {
		if got := c.cost.Valid(); got != c.want {
			t.Errorf("%v: %v", c.cost, got)
		}
	}
}

// TestKey compares with the reference program (argon2 -id -t 2 -k 256 -p 1).
func TestKey(t *testing.T) {
	key := Cost{Time: 2, Memory: 256}.Key("password", []byte("somesalt"))
	const want = "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"
	if got := hex.EncodeToString(key[:]); got != want {
		t.Errorf("got %s", got)
	}
}

func TestMeasure(t *testing.T) {
	for _, target := range []time.Duration{0, time.Hour} {
		c := Measure(target)
		if !c.Valid() || c.Time < Usual.Time || c.Memory != Usual.Memory {
			t.Errorf("%v: %v", target, c)
		}
		if target > 0 && c.Time != most.Time {
			t.Errorf("an hour is %v", c)
		}
	}
}
