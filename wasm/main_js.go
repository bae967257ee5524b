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
	"runtime/debug"
	"sync"

	"sotto/wasm/rpc"
	"sotto/wasm/store"
	"sotto/wasm/store/idb"
)

// garbage is how much may be made before it is collected, in percent of what is
// used. Nothing else runs meanwhile, and what the start took of memory is there
// anyway.
const garbage = 200

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
	<-session.Done()
	return nil
}

// begin starts the agent on what is stored, as soon as that can be read, and
// serves the pages.
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
	open := make(chan struct{})
	opened := sync.OnceFunc(func() { close(open) })
	r := newRescue(h)
	r.Unlock = func(ctx context.Context, passphrase string) error {
		err := s.unlock(ctx, passphrase)
		if err == nil {
			opened()
		}
		return err
	}
	api := r.API()
	var p pages
	err := p.serve(ctx, h, func(ctx context.Context, port rpc.Port) { hub.Serve(ctx, &api, port) })
	if err == nil {
		select {
		case <-open:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	p.dismiss()
	return err
}

// openSession shows pages what is stored and starts the agent. If that fails,
// they have to connect again.
func openSession(ctx context.Context, h host, site *site, hub *rpc.Hub, s *storage) (*rpc.Session, error) {
	session, err := rpc.LoadSession(ctx, sessionConfig(h, site, hub, s))
	if err == nil {
		err = start(ctx, h, hub, session)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("%w: %w", unloaded(err), err)
	}
	return session, nil
}

func start(ctx context.Context, h host, hub *rpc.Hub, session *rpc.Session) error {
	debug.SetGCPercent(garbage)
	var p pages
	err := p.serve(ctx, h, func(ctx context.Context, port rpc.Port) { session.Serve(ctx, hub, port) })
	if err == nil {
		err = session.Start(ctx)
	}
	if err != nil {
		p.dismiss()
	}
	return err
}

// pages are served until they are dismissed.
type pages struct {
	end    context.CancelFunc
	served sync.WaitGroup
}

func (p *pages) serve(ctx context.Context, h host, serve func(context.Context, rpc.Port)) error {
	ctx, p.end = context.WithCancel(ctx)
	return h.serve(ctx, func(port rpc.Port) {
		p.served.Go(func() { serve(ctx, port) })
	})
}

func (p *pages) dismiss() {
	p.end()
	p.served.Wait()
}

func sessionConfig(h host, site *site, hub *rpc.Hub, s *storage) rpc.SessionConfig {
	events := hub.Events()
	// Through the host, so that pages which come later hear it too.
	events.Fatal = func(f rpc.Fatal) { h.stop(f.Message) }
	return rpc.SessionConfig{
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
	}
}

// rescue serves pages that ask what to do about what cannot be opened.
func rescue(ctx context.Context, h host, hub *rpc.Hub, problem string) error {
	r := newRescue(h)
	r.Problem = problem
	api := r.API()
	return h.serve(ctx, func(p rpc.Port) { go hub.Serve(ctx, &api, p) })
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
