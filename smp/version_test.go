package smp

import (
	"testing"

	"sotto/smp/wire"
)

func TestRangeAgree(t *testing.T) {
	for _, test := range []struct {
		a, b Range[Version]
		want Version
		ok   bool
	}{
		{Range[Version]{6, 18}, Range[Version]{6, 19}, 18, true},
		{Range[Version]{6, 19}, Range[Version]{6, 6}, 6, true},
		{Range[Version]{6, 8}, Range[Version]{8, 19}, 8, true},
		{Range[Version]{6, 7}, Range[Version]{8, 19}, 0, false},
	} {
		for _, r := range [][2]Range[Version]{{test.a, test.b}, {test.b, test.a}} {
			if got, ok := r[0].Agree(r[1]); ok != test.ok || ok && got != test.want {
				t.Errorf("%v and %v agree on %d, %v", r[0], r[1], got, ok)
			}
		}
	}
}

func TestRangeText(t *testing.T) {
	for text, want := range map[string]Range[ClientVersion]{"1-4": {1, 4}, "4": {4, 4}, "2-65535": {2, 65535}} {
		got, err := ParseRange[ClientVersion](text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-", "1-", "-4", "4-1", "1-2-3", "a", "1-65536", "+1", " 1"} {
		if got, err := ParseRange[ClientVersion](text); err == nil {
			t.Errorf("%s is read as %v", text, got)
		}
	}
}

func TestRangeBytes(t *testing.T) {
	b := AppendRange(nil, Versions)
	checkBytes(t, "encoded", b, []byte{0, 6, 0, 19})
	checkTruncations(t, b, readRange, func(r Range[Version]) []byte { return AppendRange(nil, r) })
	if got := must(readRange(b)); got != Versions {
		t.Errorf("decoded as %v", got)
	}
	if r, err := readRange([]byte{0, 7, 0, 6}); err == nil {
		t.Errorf("an empty range is read as %v", r)
	}
}

func readRange(b []byte) (Range[Version], error) {
	p := wire.NewParser(b)
	r := ReadRange[Version](p)
	return r, p.Done()
}
