package main

import (
	"context"

	"github.com/hack-pad/safejs"

	"sotto/wasm/rpc"
)

// uint8Array is the constructor, looked up once.
var uint8Array, _ = safejs.Global().Get("Uint8Array")

// A host is the worker that this program runs in: class Host of
// web/src/worker/host.ts.
type host struct {
	js safejs.Value
}

func newHost() (host, error) {
	js, err := safejs.Global().Get("sotto")
	return host{js}, err
}

// config returns the site's configuration, as JSON.
func (h host) config() (string, error) {
	v, err := h.js.Get("config")
	if err != nil {
		return "", err
	}
	return v.String()
}

// storage returns the name of the database; empty if nothing may be kept.
func (h host) storage() string {
	v, err := h.js.Get("storage")
	if err != nil {
		return ""
	}
	name, _ := v.String()
	return name
}

// serve calls f with the port of every page, now and from now on, until ctx is
// done. Pages that come then wait for the next serve. f must not block.
func (h host) serve(ctx context.Context, f func(rpc.Port)) error {
	fn, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		if ctx.Err() != nil {
			return nil
		}
		if p, err := newPort(args[0]); err == nil {
			f(p)
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = h.js.Call("serve", fn)
	return err
}

// restart ends the worker, without a word; the pages find another one.
func (h host) restart() { h.js.Call("restart") }

// stop tells all pages why the agent ends, in a sentence for people, and ends
// the worker.
func (h host) stop(message string) { h.js.Call("stop", message) }
