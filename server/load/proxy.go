package main

import (
	"context"
	"errors"

	"sotto/smp"
	"sotto/smp/client"
)

// proxy is cycles with queues on the relay behind: senders are connected to the
// relay that is measured, recipients to the one behind.
func (l *load) proxy(ctx context.Context) error {
	if len(l.to.Fingerprint) == 0 {
		return errors.New("proxy: -to is missing")
	}
	behind := &load{target: target{relay: smp.PasswordAddress{Address: l.to}, sources: l.sources}, conns: l.conns}
	pairs, err := behind.pairs(ctx)
	if err != nil {
		return err
	}
	defer closePairs(pairs)
	through := make(map[*pair]*client.Proxied)
	for _, p := range pairs {
		near, err := l.party(ctx)
		if err != nil {
			return err
		}
		defer near.Close()
		if through[p], err = near.Proxy(ctx, l.to, l.relay.Password); err != nil {
			return err
		}
	}
	return l.repeat(ctx, pairs, func(ctx context.Context, p *pair, body []byte) error {
		return client.OK(through[p].Forward(ctx, p.queue.sender, p.sender.sender, smp.SEND{Body: body}))
	})
}
