//go:build !js

// Command crowd makes a profile as large as that of somebody who used Sotto for
// years, with people at the other end who are really there, for a benchmark.
//
// It connects Ada with so many people over the relay of a site, puts so many
// messages into her conversations, writes a copy of her profile to a file
// (passphrase "bench"), and says "ready" and what it made. Then it is the people:
// for each line "burst N" on its input, one of them sends her N messages, and it
// says "sent" when the relay has them.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/chat"
	"sotto/wasm/rpc"
	"sotto/wasm/store"
)

func main() {
	site := flag.String("site", "", "site whose relay is used")
	people := flag.Int("people", 1000, "conversations")
	messages := flag.Int("messages", 100_000, "messages in all of them")
	out := flag.String("out", "", "file for the copy")
	flag.Parse()
	if err := run(context.Background(), *site, *people, *messages, *out); err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, site string, people, messages int, out string) error {
	relay, err := relayOf(site)
	if err != nil {
		return err
	}
	ada, err := join(ctx, relay, "Ada")
	if err != nil {
		return err
	}
	crowd, err := join(ctx, relay, "Crowd")
	if err != nil {
		return err
	}
	if err := connectAll(ctx, ada, crowd, people); err != nil {
		return err
	}
	ada.leave()
	records, err := fill(ctx, ada.records, messages)
	if err != nil {
		return err
	}
	if err := write(records, out); err != nil {
		return err
	}
	fmt.Printf("ready %d\n", records.Len())
	return crowd.obey(ctx)
}

// relayOf asks a site for its relay.
func relayOf(site string) (smp.PasswordAddress, error) {
	answer, err := http.Get(site + "/config.json")
	if err != nil {
		return smp.PasswordAddress{}, err
	}
	defer answer.Body.Close()
	var config struct {
		Relay string `json:"relay"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&config); err != nil {
		return smp.PasswordAddress{}, err
	}
	return smp.ParsePasswordAddress(config.Relay)
}

// A person is a profile with its agent.
type person struct {
	rpc.API
	session *rpc.Session
	records *store.Mem
	end     context.CancelFunc
	to      string // the contact that bursts go to

	mu        sync.Mutex
	connected map[string]bool
	sent      int
	changed   chan struct{} // holds an element after one of these changed
}

func join(ctx context.Context, relay smp.PasswordAddress, name string) (*person, error) {
	p := &person{records: new(store.Mem), connected: map[string]bool{}, changed: make(chan struct{}, 1)}
	var hub rpc.Hub
	events := hub.Events()
	events.Contact = p.contact
	events.Item = p.item
	ctx, p.end = context.WithCancel(ctx)
	var err error
	p.session, err = rpc.OpenSession(ctx, rpc.SessionConfig{
		Store: p.records, Relays: []smp.PasswordAddress{relay}, Events: events,
		Dial: func(ctx context.Context, relay smp.Address) (*transport.Conn, error) {
			return transport.DialRelay(ctx, relay, &transport.ClientConfig{})
		},
	})
	if err != nil {
		return nil, err
	}
	p.API = p.session.API()
	_, err = p.SetProfile(ctx, rpc.NewProfile{DisplayName: name})
	return p, err
}

func (p *person) contact(k chat.Contact) {
	p.change(func() { p.connected[k.ID] = k.State == chat.Connected })
}

func (p *person) item(i chat.Item) {
	if i.Direction == chat.Sent && i.Status == chat.OnRelay {
		p.change(func() { p.sent++ })
	}
}

func (p *person) change(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// until waits until a count is reached.
func (p *person) until(n int, count func() int) error {
	late := time.After(10 * time.Minute)
	for {
		p.mu.Lock()
		have := count()
		p.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-p.changed:
		case <-late:
			return fmt.Errorf("%d of %d after ten minutes", have, n)
		}
	}
}

func (p *person) friends() (n int) {
	for _, connected := range p.connected {
		if connected {
			n++
		}
	}
	return n
}

// leave stops the agent. What is stored then is all there is.
func (p *person) leave() {
	p.end()
	<-p.session.Done()
}

// atOnce is how many links are on their way at a time.
const atOnce = 16

// connectAll connects two people as often as is asked.
func connectAll(ctx context.Context, ada, crowd *person, people int) error {
	var wg sync.WaitGroup
	places := make(chan struct{}, atOnce)
	failed := make(chan error, people)
	for range people {
		places <- struct{}{}
		wg.Go(func() {
			if err := connect(ctx, ada, crowd); err != nil {
				failed <- err
			}
			<-places
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	return errors.Join(ada.until(people, ada.friends), crowd.until(people, crowd.friends))
}

func connect(ctx context.Context, ada, crowd *person) error {
	k, err := ada.Invite(ctx, rpc.NewInvitation{})
	if err != nil {
		return err
	}
	_, err = crowd.Connect(ctx, rpc.Opening{Text: k.Link})
	return err
}

// obey does what the input says until it ends.
func (p *person) obey(ctx context.Context) error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var n int
		if _, err := fmt.Sscanf(lines.Text(), "burst %d", &n); err != nil {
			return err
		}
		if err := p.burst(ctx, n); err != nil {
			return err
		}
		fmt.Println("sent")
	}
	return lines.Err()
}

// burst sends messages in one conversation, always the same.
func (p *person) burst(ctx context.Context, n int) error {
	s, err := p.Hello(ctx, rpc.Empty{})
	if err != nil {
		return err
	}
	p.mu.Lock()
	before := p.sent
	p.mu.Unlock()
	if p.to == "" {
		p.to = s.Contacts[0].ID
	}
	for i := range n {
		text := fmt.Sprintf("Message %d of those that waited.", i)
		if _, err := p.Send(ctx, rpc.NewMessage{ContactID: p.to, Text: text, ClientID: fmt.Sprint(before, "-", i)}); err != nil {
			return err
		}
	}
	return p.until(before+n, func() int { return p.sent })
}
