package chat

import (
	"fmt"
	"testing"

	"sotto/wasm/store"
)

// TestOpenFirst loads the top of the list first: of the current profile, what was
// active last, whatever the texts say.
func TestOpenFirst(t *testing.T) {
	var s store.Mem
	var b store.Batch
	b.Put(bucketProfile, "own", []byte(`{"displayName":"Ada","fullName":""}`))
	b.Put(bucketProfile, "p2", []byte(`{"id":"p2","profile":{"displayName":"Lady Ada","fullName":""}}`))
	b.Put(bucketSetting, settingCurrent, []byte("p2"))
	const each = loadPage
	for i := range each {
		mine, other := fmt.Sprintf("a%03d", i), fmt.Sprintf("b%03d", i)
		b.Put(bucketContact, mine, fmt.Appendf(nil, `{"id":%q,"profileId":"p2","profile":{"displayName":"\"activeAt\":%d,"},"activeAt":%d,"unread":0}`, mine, each-i, i))
		b.Put(bucketContact, other, fmt.Appendf(nil, `{"id":%q,"profile":{"displayName":"\"profileId\":\"p2\""},"activeAt":%d}`, other, i+1000))
	}
	if err := s.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	c, err := OpenFirst(t.Context(), &s, Config{})
	if err != nil {
		t.Fatal(err)
	}
	first := c.Contacts()
	if len(first) != firstPage || first[0].ID != fmt.Sprintf("a%03d", each-1) || first[firstPage-1].ID != fmt.Sprintf("a%03d", each-firstPage) {
		t.Errorf("%d first: %s to %s", len(first), first[0].ID, first[len(first)-1].ID)
	}
	n := len(first)
	for c.More() {
		list, err := c.LoadMore()
		if err != nil {
			t.Fatal(err)
		}
		n += len(list)
	}
	if n != 2*each || len(c.Contacts()) != n {
		t.Errorf("%d loaded, %d there", n, len(c.Contacts()))
	}
}
