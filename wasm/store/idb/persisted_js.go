package idb

import (
	"context"

	"github.com/hack-pad/safejs"
)

// Persisted reports whether the browser promised not to remove the databases of
// this origin by itself. Only a page can ask it to. If it cannot tell, it says
// no.
func Persisted(ctx context.Context) bool {
	navigator, err := safejs.Global().Get("navigator")
	if err != nil {
		return false
	}
	storage, err := navigator.Get("storage")
	if err != nil || storage.IsUndefined() {
		return false
	}
	promise, err := storage.Call("persisted")
	if err != nil {
		return false
	}
	answer, err := await(ctx, promise)
	if err != nil {
		return false
	}
	persisted, err := answer.Bool()
	return err == nil && persisted
}
