package rpc

import (
	"context"
	"sync"
)

const (
	// window is how many messages the page may leave unacknowledged.
	window = 256
	// queued is how many more wait here before the page is dropped.
	queued = 1024
	// waiting is how many calls of a page may wait for the network at a time.
	waiting = 8
)

// A page is one connected page. Serve reads requests and answers them; write
// sends what waits in out, at most window messages ahead of the page.
type page struct {
	port   Port
	start  *start // requests other than hello are answered when it is over; nil if it is
	out    chan *telling
	credit chan struct{} // holds one element for each unacknowledged message
	acked  uint64        // owned by Serve's goroutine
	slow   chan struct{} // holds one element for each call that waits for the network
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	holding bool       // hello is being answered: events wait in held
	held    []*telling // at most queued
}

// Serve answers the requests of one page until its port fails, ctx is done or
// the page does not keep up; it closes the port and returns the reason.
//
// What a page asked before it went is done: a message that a person sent in the
// last moment is not lost with the page.
func (h *Hub) Serve(all context.Context, api *API, port Port) error {
	return h.serve(all, api, port, nil)
}

// serve is Serve where requests other than hello wait until the start is over.
func (h *Hub) serve(all context.Context, api *API, port Port, start *start) error {
	ctx, cancel := context.WithCancelCause(all)
	p := &page{
		port:   port,
		start:  start,
		out:    make(chan *telling, queued),
		credit: make(chan struct{}, window),
		slow:   make(chan struct{}, waiting),
		cancel: cancel,
	}
	var running sync.WaitGroup
	running.Go(func() { p.write(ctx) }) // closes the port, which ends read
	err := p.read(ctx, all, h, api.handlers(), &running)
	cancel(err)
	h.remove(p)
	running.Wait()
	return context.Cause(ctx)
}

// read answers requests. Those that wait for the network end with the page, with
// ctx; the others with all.
func (p *page) read(ctx, all context.Context, h *Hub, handlers map[string]handler, running *sync.WaitGroup) error {
	for {
		b, err := p.port.Receive()
		if err != nil {
			return err
		}
		r, err := parseRequest(b)
		if err != nil {
			return err
		}
		if r.ID == 0 {
			if err := p.ack(r.Ack); err != nil {
				return err
			}
			p.start.acked()
			continue
		}
		m, ok := handlers[r.Method]
		if r.Method != "hello" {
			p.start.acked() // it asks for more
			if err := p.start.wait(all); err != nil {
				return err
			}
		}
		switch {
		case !ok:
			p.queue(refusal(r, CodeRequest, "The page asks for something that this version does not know. Reload the page."))
		case m.beside:
			p.aside(ctx, m, r, running)
		case r.Method == "hello":
			p.hello(ctx, h, m, r)
		default:
			p.queue(answer(all, m, r))
		}
	}
}

// answer runs the method and returns the message for the page.
func answer(ctx context.Context, m handler, r request) *telling {
	result, err := m.call(ctx, r.Params)
	if err != nil {
		return reply(response{ID: r.ID, Error: errorFor(err)})
	}
	return reply(response{ID: r.ID, Result: result})
}

func refusal(r request, code, message string) *telling {
	return reply(response{ID: r.ID, Error: &Error{code, message}})
}

func reply(r response) *telling { return &telling{data: r, answers: true} }

// aside answers without keeping later requests waiting.
func (p *page) aside(ctx context.Context, m handler, r request, running *sync.WaitGroup) {
	select {
	case p.slow <- struct{}{}:
	default:
		p.queue(refusal(r, CodeBusy, "Too much is waiting for the relay. Try again in a moment."))
		return
	}
	running.Go(func() {
		p.queue(answer(ctx, m, r))
		<-p.slow
	})
}

// hello makes the page a listener before the snapshot is taken, and holds the
// events back until the snapshot is sent. So none is missed; an event that the
// snapshot has already only repeats it.
func (p *page) hello(ctx context.Context, h *Hub, m handler, r request) {
	p.mu.Lock()
	p.holding = true
	p.mu.Unlock()
	h.add(p)
	p.queue(answer(ctx, m, r))
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.held {
		p.queue(e)
	}
	p.holding, p.held = false, nil
}

// event queues an event. It never blocks.
func (p *page) event(m *telling) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.holding:
		p.queue(m)
	case len(p.held) < queued:
		p.held = append(p.held, m)
	default:
		p.cancel(ErrUnread)
	}
}

// queue passes a message to write, or drops the page if there is no room.
func (p *page) queue(m *telling) {
	select {
	case p.out <- m:
	default:
		p.cancel(ErrUnread)
	}
}
