//go:build !js

package main

import (
	"context"

	"sotto/wasm/agent"
	"sotto/wasm/chat"
)

// terms are those of Echo's address: everybody comes in.
var terms = chat.Terms{AutoAccept: true, Welcome: "Hello, I am Echo. I repeat what you write."}

// address returns the link to Echo's address, for everybody; the first time it
// makes it. It stays the same as long as Echo's folder is there.
func (e *echo) address(ctx context.Context) (string, error) {
	done, err := begin(ctx, e.one)
	if err != nil {
		return "", err
	}
	defer done()
	link, shown, err := e.kept(ctx)
	if link != "" || err != nil {
		return link, err
	}
	err = e.agent.NewAddress(ctx, shown, func(t *agent.Turn, conn agent.ConnID, links agent.Links) error {
		a, err := e.chat.MakeAddress(t, "", terms, conn, links)
		link = shortest(a)
		return err
	})
	return link, err
}

// kept returns the link that there is already, or what a new one shows.
func (e *echo) kept(ctx context.Context) (link string, shown []byte, err error) {
	err = e.agent.Do(ctx, func(*agent.Turn) (err error) {
		for _, p := range e.chat.Profiles() {
			if p.Address != nil {
				link = shortest(*p.Address)
			}
		}
		shown, _, err = e.chat.AddressData("", terms)
		return err
	})
	return link, shown, err
}

// shortest is the link that shows Echo's name; relays without short links have
// only the full one.
func shortest(a chat.Address) string {
	if a.Short != "" {
		return a.Short
	}
	return a.Link
}
