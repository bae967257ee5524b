package idb

import (
	"context"

	"github.com/hack-pad/safejs"
)

// Delete removes the database of the given name and its mark, so that the next
// Open begins anew. It waits a little until whoever has the database open closes
// it; then it is ErrBlocked.
func Delete(ctx context.Context, name string) error {
	factory, err := safejs.Global().Get("indexedDB")
	if err != nil {
		return wrap("delete", err)
	}
	request, err := factory.Call("deleteDatabase", name)
	if err != nil {
		return wrap("delete", err)
	}
	if _, err := openResult(ctx, request, blockedLimit); err != nil {
		return wrap("delete", err)
	}
	return wrap("delete mark", removeMark(ctx, name))
}
