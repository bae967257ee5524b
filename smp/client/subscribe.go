package client

import (
	"context"
	"fmt"

	"sotto/smp"
)

// A Queue is a queue and the key of its recipient.
type Queue struct {
	ID  []byte
	Key smp.PrivateKey
}

// Subscribe subscribes to queues, many in a block, and returns an error for
// each, at the same index: nil if its messages come from now on. SMP:
// "Subscribe to queue".
func (c *Client) Subscribe(ctx context.Context, queues []Queue) []error {
	requests := make([]Request, len(queues))
	for i, q := range queues {
		requests[i] = Request{EntityID: q.ID, Key: q.Key, Command: smp.SUB{}}
	}
	errs := make([]error, len(queues))
	for i, r := range c.SendAll(ctx, requests) {
		errs[i] = OK(r.Response, r.Err)
	}
	return errs
}

// As returns the response of Do as the kind that the command has, or
// ErrUnexpected:
//
//	ids, err := client.As[smp.IDS](c.Do(ctx, nil, key, smp.NEW{}))
func As[T smp.Response](response smp.Response, err error) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	r, ok := response.(T)
	if !ok {
		return none, unexpected(response)
	}
	return r, nil
}

// OK returns the error of a Do whose command is answered with OK, or, from
// version 16 on, SOK.
func OK(response smp.Response, err error) error {
	if err != nil {
		return err
	}
	switch response.(type) {
	case smp.OK, smp.SOK:
		return nil
	}
	return unexpected(response)
}

func unexpected(r smp.Response) error { return fmt.Errorf("%w: %s", ErrUnexpected, r.Tag()) }
