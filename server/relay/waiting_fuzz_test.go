package relay

import (
	"bytes"
	"errors"
	"testing"
)

func FuzzWaiting(f *testing.F) {
	f.Add([]byte{waitingFormat})
	f.Add(append([]byte{waitingFormat}, make([]byte, 24+8+24+2)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := New(Config{MaxNotifications: 1 << 20})
		if err := r.ReadWaiting(bytes.NewReader(b)); err != nil {
			if !errors.Is(err, ErrWaiting) {
				t.Errorf("%x: %v", b, err)
			}
			return
		}
		var out bytes.Buffer
		if err := r.WriteWaiting(&out); err != nil || out.Len() != len(b) {
			t.Errorf("%x is written as %x, %v", b, out.Bytes(), err)
		}
	})
}
