package idb

import (
	"context"

	"github.com/hack-pad/safejs"
)

// The mark is a note in the Cache storage that there is a database. Browsers
// remove the databases of an origin together when they find them damaged, and
// the caches apart from them; so a mark without a database tells that
// something was lost. It is only a hint: failing to read or write it is no
// error.

// markPath is the URL under which the mark is cached; nothing is served there.
func (s *Store) markPath() string { return "/.storage/" + s.name }

func (s *Store) hasMark(ctx context.Context) bool {
	cache, err := s.cache(ctx)
	if err != nil {
		return false
	}
	promise, err := cache.Call("match", s.markPath())
	if err != nil {
		return false
	}
	found, err := await(ctx, promise)
	return err == nil && !found.IsUndefined()
}

// leaveMark does not wait for the mark to be written.
func (s *Store) leaveMark(ctx context.Context) {
	go func() {
		cache, err := s.cache(ctx)
		if err != nil {
			return
		}
		response, err := safejs.Global().Get("Response")
		if err != nil {
			return
		}
		empty, err := response.New()
		if err != nil {
			return
		}
		if promise, err := cache.Call("put", s.markPath(), empty); err == nil {
			await(ctx, promise)
		}
	}()
}

func (s *Store) cache(ctx context.Context) (safejs.Value, error) {
	caches, err := safejs.Global().Get("caches")
	if err != nil {
		return safejs.Value{}, err
	}
	promise, err := caches.Call("open", s.name)
	if err != nil {
		return safejs.Value{}, err
	}
	return await(ctx, promise)
}
