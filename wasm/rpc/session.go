package rpc

import (
	"context"
	"errors"
	"sync"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/agent"
	"sotto/wasm/chat"
	"sotto/wasm/store"
	"sotto/wasm/store/passphrase"
	"sotto/wasm/store/vault"
)

// SessionConfig is what a Session needs from outside.
type SessionConfig struct {
	// Store keeps everything; StorageInfo says how, for the page.
	Store       store.Whole
	StorageInfo Storage
	// Vault has the key of Store; nil if there is none that is kept.
	Vault *vault.Vault
	// Relays are where receive queues are made; Dial connects to any relay.
	Relays []smp.PasswordAddress
	Dial   func(ctx context.Context, relay smp.Address) (*transport.Conn, error)
	// Events tells the pages; it may be called from the start.
	Events Events
	// Echo is true if the site has a contact that answers.
	Echo    bool
	Version string
	// Restart starts everything again, from what is stored then.
	Restart func()
	// Settled is called once what follows from an older copy was done; nil if the
	// browser did not bring one back.
	Settled func(context.Context) error
}

// A Session is the API over one chat and its agent.
type Session struct {
	agent  *agent.Agent // nil until Start
	chat   *chat.Chat
	config SessionConfig
	end    context.CancelFunc // stops the agent
	start  start

	applying sync.Mutex // one at a time tells the agent the policies
	archives archives
	links    resolved
	idle     idle
	timed    chan struct{} // an item is to disappear

	mu      sync.Mutex // relays and storage are also changed between turns
	relays  map[string]Relay
	storage Storage
}

// OpenSession loads everything from the store and starts the agent, which stops
// when ctx is done. If the agent stops for another reason, pages get Fatal.
func OpenSession(ctx context.Context, c SessionConfig) (*Session, error) {
	s, err := LoadSession(ctx, c)
	if err != nil {
		return nil, err
	}
	return s, s.Start(ctx)
}

// LoadSession loads what pages show first: Serve answers them from then on.
// Everything else that they ask waits until Start has returned.
func LoadSession(ctx context.Context, c SessionConfig) (*Session, error) {
	s := &Session{config: c, start: start{open: make(chan struct{}), painted: make(chan struct{}, 1)}, archives: archives{cost: passphrase.Usual}, relays: map[string]Relay{}, storage: c.StorageInfo, timed: make(chan struct{}, 1)}
	err := s.loadLockAfter(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.loadAge(ctx); err != nil {
		return nil, err
	}
	if s.chat, err = chat.OpenFirst(ctx, c.Store, chat.Config{Emit: s.emit}); err != nil {
		return nil, err
	}
	for _, r := range s.choices() {
		s.relays[r.Address.String()] = Relay{Address: r.Address.String(), Host: r.Hosts[0], State: RelayConnecting, Enabled: r.enabled, Own: r.own}
	}
	return s, nil
}

// Start starts the agent, which stops when ctx is done. If it stops for another
// reason, pages get Fatal.
func (s *Session) Start(ctx context.Context) (err error) {
	s.start.letPaint()
	if err := s.loadRest(); err != nil {
		return err
	}
	ctx, s.end = context.WithCancel(ctx)
	users := s.policies()
	s.agent, err = agent.Open(ctx, agent.Config{Store: s.config.Store, App: app{s}, Relays: users[""].Relays, Users: users, Dial: s.config.Dial})
	if err != nil {
		s.end()
		return err
	}
	s.start.begin()
	if err := s.settle(ctx); err != nil {
		s.end()
		<-s.agent.Done()
		return err
	}
	close(s.start.open)
	go s.watch(ctx)
	go s.lockWhenIdle(ctx)
	go s.expire(ctx)
	return nil
}

// watch tells the pages when the agent stops by itself.
func (s *Session) watch(ctx context.Context) {
	<-s.agent.Done()
	if ctx.Err() == nil {
		s.config.Events.Fatal(Fatal{chat.Sentence(s.agent.Err()) + " Everything stored is kept. Reload to go on."})
	}
}

// Done is closed when the agent has stopped.
func (s *Session) Done() <-chan struct{} { return s.agent.Done() }

// emit tells the pages what a turn changed. It runs on the agent's loop.
func (s *Session) emit(e chat.Event) {
	ev := s.config.Events
	switch {
	case e.Contact != nil:
		ev.Contact(*e.Contact)
	case e.Deleted != "":
		ev.ContactDeleted(ContactDeleted{e.Deleted})
	case e.Item != nil:
		ev.Item(*e.Item)
	case e.Timed:
		select {
		case s.timed <- struct{}{}:
		default: // expire looks at everything anyway
		}
	case e.ItemDeleted != nil:
		ev.ItemDeleted(ItemDeleted{e.ItemDeleted.ContactID, e.ItemDeleted.Seq})
	case e.Profile != nil:
		ev.Profile(*e.Profile)
	case e.OwnProfile != nil:
		ev.OwnProfile(*e.OwnProfile)
	case e.ProfileDeleted != "":
		ev.ProfileDeleted(ProfileDeleted{e.ProfileDeleted})
	case e.Switched != "":
		ev.ProfileSwitched(ProfileRef{e.Switched})
	case e.Relay != nil && !e.Relay.Outward: // pages list ours; of others, messages say what is wrong
		if r, listed := s.relay(*e.Relay); listed {
			ev.Relay(r)
		}
	}
}

// relay notes the state of a relay. Those that were removed are not listed.
func (s *Session) relay(e agent.RelayState) (Relay, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, listed := s.relays[e.Relay.String()]
	if !listed {
		return r, false
	}
	r.State, r.Problem = RelayUp, ""
	if !e.Up {
		r.State, r.Problem = RelayDown, chat.Sentence(e.Err)
	}
	s.relays[r.Address] = r
	return r, true
}

// API returns the methods.
func (s *Session) API() API {
	return s.lockMethods(API{
		Hello:          s.hello,
		SetProfile:     s.setProfile,
		AddProfile:     s.addProfile,
		SwitchProfile:  s.switchProfile,
		DeleteProfile:  s.deleteProfile,
		SuggestName:    s.suggestName,
		Invite:         s.invite,
		InspectLink:    s.inspectLink,
		ResolveLink:    s.resolveLink,
		Connect:        s.connect,
		MakeAddress:    s.makeAddress,
		SetAddress:     s.setAddress,
		RotateAddress:  s.rotateAddress,
		DeleteAddress:  s.deleteAddress,
		AcceptRequest:  s.acceptRequest,
		RejectRequest:  s.rejectRequest,
		EditMessage:    s.editMessage,
		DeleteMessage:  s.deleteMessage,
		Resync:         s.resync,
		SwitchQueue:    s.switchQueue,
		SetPostQuantum: s.setPostQuantum,
		SetRouting:     s.setRouting,
		AddRelay:       s.addRelay,
		TestRelay:      s.testRelay,
		SetRelay:       s.setRelay,
		RemoveRelay:    s.removeRelay,
		SecurityCode:   s.securityCode,
		Verify:         s.verify,
		React:          s.react,
		Items:          s.items,
		Send:           s.send,
		SetDraft:       s.setDraft,
		Read:           s.read,
		DeleteContact:  s.deleteContact,
		Wake:           s.wake,
		Storage:        s.setStorage,
		Export:         s.export,
		ExportPart:     s.archives.exportPart,
		Import:         s.beginImport,
		ImportPart:     s.archives.importPart,
		Replace:        s.replace,
	})
}

// codeRefused is for what the person asked and cannot have; the message says why.
const codeRefused = "refused"

// do runs f as one turn and returns its result once that is committed.
func do[R any](ctx context.Context, s *Session, f func(*agent.Turn) (R, error)) (R, error) {
	var r R
	err := s.agent.Do(ctx, s.try(func(t *agent.Turn) (err error) {
		r, err = f(t)
		return err
	}))
	return r, explain(err)
}

// try makes f leave no trace if it fails.
func (s *Session) try(f func(*agent.Turn) error) func(*agent.Turn) error {
	return func(t *agent.Turn) error { return s.chat.Try(t, func() error { return f(t) }) }
}

// explain gives an error the words that a person needs.
func explain(err error) error {
	if err == nil || errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrClosed) || errors.Is(err, context.Canceled) {
		return err // errorFor knows these
	}
	var said *Error
	if errors.As(err, &said) {
		return said
	}
	return &Error{Code: codeRefused, Message: chat.Refusal(err)}
}

func (s *Session) items(ctx context.Context, p ItemsBefore) (Items, error) {
	return do(ctx, s, func(t *agent.Turn) (Items, error) {
		page, err := s.chat.Items(t, p.ContactID, p.Before, p.Limit)
		return Items(page), err
	})
}

func (s *Session) send(ctx context.Context, p NewMessage) (chat.Item, error) {
	return do(ctx, s, func(t *agent.Turn) (chat.Item, error) {
		return s.chat.Send(t, p.ContactID, chat.Text{Text: p.Text, ClientID: p.ClientID, ReplyTo: p.ReplyTo})
	})
}

func (s *Session) setDraft(ctx context.Context, p Draft) (Empty, error) {
	return do(ctx, s, func(t *agent.Turn) (Empty, error) { return Empty{}, s.chat.SetDraft(t, p.ContactID, p.Text) })
}

func (s *Session) read(ctx context.Context, p ReadUpTo) (Empty, error) {
	return do(ctx, s, func(t *agent.Turn) (Empty, error) { return Empty{}, s.chat.Read(t, p.ContactID, p.Seq) })
}

func (s *Session) deleteContact(ctx context.Context, p ContactRef) (Empty, error) {
	return do(ctx, s, func(t *agent.Turn) (Empty, error) { return Empty{}, s.chat.Delete(t, p.ContactID) })
}

func (s *Session) wake(context.Context, Empty) (Empty, error) {
	s.agent.Wake()
	return Empty{}, nil
}

func (s *Session) setStorage(_ context.Context, p Persisted) (Empty, error) {
	s.changeStorage(func(st *Storage) { st.Persisted = p.Persisted })
	return Empty{}, nil
}
