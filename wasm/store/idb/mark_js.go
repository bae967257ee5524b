package idb

import (
	"context"

	"github.com/hack-pad/safejs"
)

// The mark is a note in the Cache storage that there is a database, and of which
// generation. Browsers remove the databases of an origin together when they find
// them damaged, and the caches apart from them; so a mark without a database
// tells that something was lost, and a mark of a later generation that an older
// copy came back. It is only a hint: failing to read or write it is no error.

// markPath is the URL under which the mark is cached; nothing is served there.
func markPath(name string) string { return "/.storage/" + name }

// Marked reports whether there was a database of this name in this browser.
// If it cannot tell, it says no.
func Marked(ctx context.Context, name string) bool { return readMark(ctx, name).found }

// A mark is what was found.
type mark struct {
	text  string
	found bool
}

func readMark(ctx context.Context, name string) mark {
	cache, err := cacheOf(ctx, name)
	if err != nil {
		return mark{}
	}
	promise, err := cache.Call("match", markPath(name))
	if err != nil {
		return mark{}
	}
	response, err := await(ctx, promise)
	if err != nil || response.IsUndefined() {
		return mark{}
	}
	if promise, err = response.Call("text"); err != nil {
		return mark{found: true}
	}
	body, err := await(ctx, promise)
	if err != nil {
		return mark{found: true}
	}
	text, _ := body.String()
	return mark{text, true}
}

func leaveMark(ctx context.Context, name, text string) {
	cache, err := cacheOf(ctx, name)
	if err != nil {
		return
	}
	class, err := safejs.Global().Get("Response")
	if err != nil {
		return
	}
	response, err := class.New(text)
	if err != nil {
		return
	}
	if promise, err := cache.Call("put", markPath(name), response); err == nil {
		await(ctx, promise)
	}
}

func removeMark(ctx context.Context, name string) error {
	cache, err := cacheOf(ctx, name)
	if err != nil {
		return err
	}
	promise, err := cache.Call("delete", markPath(name))
	if err != nil {
		return err
	}
	_, err = await(ctx, promise)
	return err
}

func cacheOf(ctx context.Context, name string) (safejs.Value, error) {
	caches, err := safejs.Global().Get("caches")
	if err != nil {
		return safejs.Value{}, err
	}
	promise, err := caches.Call("open", name)
	if err != nil {
		return safejs.Value{}, err
	}
	return await(ctx, promise)
}
