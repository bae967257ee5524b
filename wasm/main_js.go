// Command wasm is the client of Sotto: everything that runs in the worker of
// the page, compiled to WebAssembly.
//
// The worker (web/src/worker) loads it, gives it the site's configuration and
// a port for each page. This package opens the storage, starts the agent with
// a way to dial the relay, and serves the pages; all it knows of JavaScript is
// in its files and in package store/idb.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"sotto/wasm/rpc"
	"sotto/wasm/store"
	"sotto/wasm/store/idb"
)

// version is set when a release is built.
var version = "development"

func main() {
	h, err := newHost()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sotto: not started by its worker:", err)
		os.Exit(1)
	}
	if err := run(context.Background(), h); err != nil {
		fmt.Fprintln(os.Stderr, "sotto:", err)
		h.stop(sentence(err))
	}
	select {} // the worker ends itself; until then pages hear why
}

// run starts the agent and serves pages until the agent stops, which the pages
// are told by its event.
func run(ctx context.Context, h host) error {
	text, err := h.config()
	if err != nil {
		return err
	}
	site, err := parseSite([]byte(text))
	if err != nil {
		return err
	}
	var hub rpc.Hub
	session, err := begin(ctx, h, site, &hub)
	if text := damage(err); text != "" {
		fmt.Fprintln(os.Stderr, "sotto:", err)
		return rescue(ctx, h, &hub, text)
	}
	if err != nil {
		return err
	}
	if err := serve(ctx, h, &hub, session.API()); err != nil {
		return err
	}
	<-session.Done()
	return nil
}

// begin starts the agent on what is stored, as soon as that can be read.
func begin(ctx context.Context, h host, site *site, hub *rpc.Hub) (*rpc.Session, error) {
	s, err := openStorage(ctx, h.storage())
	if err == nil && s.locked() {
		err = unlock(ctx, h, hub, s)
	}
	if err != nil {
		return nil, err
	}
	return openSession(ctx, h, site, hub, s)
}

// unlock serves pages that ask for the passphrase, until it is right. Then they
// connect again, to find an agent.
func unlock(ctx context.Context, h host, hub *rpc.Hub, s *storage) error {
	locked, end := context.WithCancel(ctx)
	r := newRescue(h)
	r.Unlock = func(ctx context.Context, passphrase string) error {
		if err := s.unlock(ctx, passphrase); err != nil {
			return err
		}
		end()
		return nil
	}
	api := r.API()
	var pages sync.WaitGroup
	err := h.serve(locked, func(p rpc.Port) {
		pages.Go(func() { hub.Serve(locked, &api, p) })
	})
	if err != nil {
		end()
		return err
	}
	<-locked.Done()
	pages.Wait()
	return ctx.Err()
}

// openSession starts the agent.
func openSession(ctx context.Context, h host, site *site, hub *rpc.Hub, s *storage) (*rpc.Session, error) {
	events := hub.Events()
	// Through the host, so that pages which come later hear it too.
	events.Fatal = func(f rpc.Fatal) { h.stop(f.Message) }
	session, err := rpc.OpenSession(ctx, rpc.SessionConfig{
		Store:       s.records,
		StorageInfo: s.info,
		Vault:       s.vault,
		Relays:      site.relays(),
		Dial:        site.dial,
		Events:      events,
		Echo:        site.Echo,
		Version:     version,
		Restart:     h.restart,
		Settled:     s.settled(),
	})
	if err != nil {
		s.close()
		return nil, fmt.Errorf("%w: %w", unloaded(err), err)
	}
	return session, nil
}

// rescue serves pages that ask what to do about what cannot be opened.
func rescue(ctx context.Context, h host, hub *rpc.Hub, problem string) error {
	r := newRescue(h)
	r.Problem = problem
	return serve(ctx, h, hub, r.API())
}

func newRescue(h host) *rpc.Rescue {
	return &rpc.Rescue{
		Version: version,
		Reset: func(ctx context.Context) error {
			return restartAfter(h, beginAnew(ctx, h.storage()))
		},
		Replace: func(ctx context.Context, b *store.Batch) error {
			return restartAfter(h, beginWith(ctx, h.storage(), b))
		},
	}
}

func restartAfter(h host, err error) error {
	if err == nil {
		h.restart()
	}
	return err
}

// serve answers the pages, now and from now on.
func serve(ctx context.Context, h host, hub *rpc.Hub, api rpc.API) error {
	return h.serve(ctx, func(p rpc.Port) { go hub.Serve(ctx, &api, p) })
}

// sentence says to people why Sotto does not start.
func sentence(err error) string {
	switch {
	case errors.Is(err, idb.ErrNewer):
		return "Your conversations were stored by a newer version of Sotto. Reload to get it; nothing is lost."
	case errors.Is(err, idb.ErrBlocked):
		return "Another tab still works with an older version of Sotto. Close all other tabs of this site, then reload. Nothing is lost."
	case errors.Is(err, store.ErrFull):
		return "This browser has no room left for Sotto. Free some space, then reload. Nothing that was stored is lost."
	case errors.Is(err, errSite):
		return "This site is not set up correctly, so Sotto cannot start. Tell its operator; nothing is lost."
	}
	return "Sotto could not start because of an error inside it. Everything stored is kept. Reload to try again."
}
