//go:build !js

package chat

import (
	"testing"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// TestOldRecords reads what the first version stored: one profile, contacts
// without one, items without kinds.
func TestOldRecords(t *testing.T) {
	var s store.Mem
	var b store.Batch
	b.Put(bucketProfile, "own", []byte(`{"displayName":"Alice","fullName":"","image":"data:image/png;base64,AAAA"}`))
	b.Put(bucketContact, "c1", []byte(`{"id":"c1","state":"connected","profile":{"displayName":"Bob","fullName":""},"postQuantum":true,"createdAt":1,"activeAt":2,"unread":1,`+
		`"last":{"seq":2,"contactId":"c1","direction":"received","text":"yes","at":6},"Conn":"AAAAAAAAAAAAAAAA","NextSeq":3,"ReadSeq":1}`))
	b.Put(bucketContact, "c2", []byte(`{"id":"c2","state":"invited","profile":{"displayName":"","fullName":""},"link":"simplex:/invitation#/?v=2","postQuantum":false,"createdAt":1,"activeAt":1,"unread":0,"Conn":"BBBBBBBBBBBBBBBB","NextSeq":1,"ReadSeq":0}`))
	b.Put(bucketItem, itemKey("c1", 1), []byte(`{"seq":1,"contactId":"c1","direction":"sent","text":"here?","at":5,"status":"delivered","clientId":"x"}`))
	b.Put(bucketItem, itemKey("c1", 2), []byte(`{"seq":2,"contactId":"c1","direction":"received","text":"yes","unknown":"image","at":6}`))
	b.Put(bucketShared, "c1/AQID", []byte("2"))
	if err := s.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), &s, Config{Emit: func(Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Profiles(); len(p) != 1 || p[0].ID != "own" || p[0].Profile.DisplayName != "Alice" || p[0].Profile.Image == "" || p[0].Routing.Policy != RouteUnreachable || c.Current() != "own" {
		t.Errorf("profiles %+v", p)
	}
	for _, k := range c.Contacts() {
		if k.ProfileID != "own" || k.Kind != Person {
			t.Errorf("contact %+v", k)
		}
	}
	k := c.contacts["c1"]
	if k.Conn != "AAAAAAAAAAAAAAAA" || k.NextSeq != 3 || k.ReadSeq != 1 || k.Last.Text != "yes" || c.byConn["BBBBBBBBBBBBBBBB"].Link == "" {
		t.Errorf("%+v", k)
	}
	a, err := agent.Open(t.Context(), agent.Config{Store: &s, App: c})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Do(t.Context(), func(turn *agent.Turn) error {
		if _, err := c.SetProfile(turn, Change{DisplayName: "Alicia"}); err != nil {
			return err
		}
		return c.changeShared(turn, k, "AQID", func(it *item) { it.react(".", "👍", true) })
	})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Do(t.Context(), func(turn *agent.Turn) error {
		page, err := c.Items(turn, "c1", 0, 10)
		if err == nil && (len(page.Items) != 2 || page.Items[0].Text != "here?" || page.Items[1].Unknown != "image" || len(page.Items[1].Reactions) != 1) {
			t.Errorf("%+v", page.Items)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), &s, Config{Emit: func(Event) {}})
	if err != nil || again.Profile().DisplayName != "Alicia" || again.Profile().Image == "" {
		t.Errorf("%+v, %v", again, err)
	}
}
