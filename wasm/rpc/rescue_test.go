package rpc

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestRescue(t *testing.T) {
	resets := 0
	fails := errors.New("blocked")
	r := &Rescue{Problem: "Damaged.", Version: "1", Reset: func(context.Context) error {
		resets++
		return fails
	}}
	api := r.API()
	withPage(t, &api, func(t *testing.T, _ *Hub, p *pagePort) {
		p.in <- `{"id":1,"method":"hello","params":{}}`
		want(t, p, `{"id":1,"result":{"profile":null,"profileId":"","profiles":[],"contacts":[],"relays":[],"storage":{"persisted":false,"kind":"unreadable","problem":"Damaged.","protected":false,"lockAfter":0},"echo":false,"version":"1"}}`)
		p.in <- `{"id":2,"method":"setProfile","params":{"displayName":"Ada"}}`
		if m := <-p.out; !strings.Contains(m, `"code":"storage"`) {
			t.Errorf("a name is taken: %s", m)
		}
		p.in <- `{"id":3,"method":"wake","params":{}}`
		want(t, p, `{"id":3,"result":{}}`)
		p.in <- `{"id":4,"method":"reset","params":{}}`
		if m := <-p.out; !strings.Contains(m, "Delete this site’s data") {
			t.Errorf("reset that fails: %s", m)
		}
		fails = nil
		p.in <- `{"id":5,"method":"reset","params":{}}`
		want(t, p, `{"id":5,"result":{}}`)
		if resets != 2 {
			t.Errorf("%d resets", resets)
		}
	})
}
