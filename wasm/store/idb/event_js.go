package idb

import (
	"context"

	"github.com/hack-pad/safejs"
)

// handlers are Go functions that JavaScript may call until they are released.
type handlers []safejs.Func

// set makes f the handler of an event of target, such as "onsuccess".
func (h *handlers) set(target safejs.Value, event string, f func(event safejs.Value)) error {
	fn, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		arg := safejs.Undefined()
		if len(args) > 0 {
			arg = args[0]
		}
		f(arg)
		return nil
	})
	if err != nil {
		return err
	}
	*h = append(*h, fn)
	return target.Set(event, fn)
}

func (h *handlers) release() {
	for _, f := range *h {
		f.Release()
	}
	*h = nil
}

// await waits for a promise.
func await(ctx context.Context, promise safejs.Value) (safejs.Value, error) {
	type outcome struct {
		value safejs.Value
		err   error
	}
	settled := make(chan outcome, 1)
	var fulfilled, rejected safejs.Func
	settle := func(o outcome) {
		fulfilled.Release()
		rejected.Release()
		settled <- o
	}
	var err error
	fulfilled, err = safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		settle(outcome{value: args[0]})
		return nil
	})
	if err != nil {
		return safejs.Value{}, err
	}
	rejected, err = safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		settle(outcome{err: exceptionOf(args[0])})
		return nil
	})
	if err != nil {
		return safejs.Value{}, err
	}
	if _, err := promise.Call("then", fulfilled, rejected); err != nil {
		return safejs.Value{}, err
	}
	select {
	case o := <-settled:
		return o.value, o.err
	case <-ctx.Done():
		return safejs.Value{}, ctx.Err()
	}
}
