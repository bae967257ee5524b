package agent

import (
	"errors"
	"fmt"
	"testing"
)

func TestRepeats(t *testing.T) {
	c := new(conn)
	sealed := func(n int) []byte { return fmt.Append(nil, "message ", n) }
	refused := bad(errors.New("refused"))
	for n := range 40 {
		if c.repeats(sealed(n), refused) {
			t.Errorf("message %d was there before it came", n)
		}
		if c.repeats(sealed(n), nil) {
			t.Errorf("message %d is good, and refused", n)
		}
		for back := range seenCount {
			if n >= back && !c.repeats(sealed(n-back), refused) {
				t.Errorf("after message %d, message %d is not known", n, n-back)
			}
		}
		if c.repeats(sealed(n), errRatchet) {
			t.Error("an error of ours is no repetition")
		}
	}
	if len(c.seen) != seenCount*seenSize {
		t.Errorf("%d bytes are kept", len(c.seen))
	}
}
