package rpc

import (
	"encoding/json"
	"fmt"
	"sync"

	"sotto/wasm/chat"
)

// A Hub brings events to all pages that said hello. The zero Hub is ready.
type Hub struct {
	mu    sync.Mutex
	pages map[*page]struct{}
}

// Events returns the functions that tell all pages.
func (h *Hub) Events() Events {
	return Events{
		Contacts:        event[Contacts](h, "contacts"),
		Contact:         event[chat.Contact](h, "contact"),
		ContactDeleted:  event[ContactDeleted](h, "contactDeleted"),
		Item:            event[chat.Item](h, "item"),
		ItemDeleted:     event[ItemDeleted](h, "itemDeleted"),
		Profile:         event[chat.Profile](h, "profile"),
		OwnProfile:      event[chat.OwnProfile](h, "ownProfile"),
		ProfileDeleted:  event[ProfileDeleted](h, "profileDeleted"),
		ProfileSwitched: event[ProfileRef](h, "profileSwitched"),
		Relay:           event[Relay](h, "relay"),
		RelayRemoved:    event[RelayRemoved](h, "relayRemoved"),
		Storage:         event[Storage](h, "storage"),
		Fatal:           event[Fatal](h, "fatal"),
	}
}

func event[T any](h *Hub, name string) func(T) {
	return func(data T) { h.tell(name, data) }
}

type eventMessage struct {
	Event string `json:"event"`
	Data  any    `json:"data"`
}

// A telling is a message for pages. It is encoded once, when the first of them is
// sent it.
type telling struct {
	data any
	// about is what the message tells the newest of; what it told before needs not
	// be sent any more. "" is about nothing.
	about string
	// answers is set if a call of the page waits for it.
	answers bool
	once    sync.Once
	text    []byte
}

func (t *telling) encoded() []byte {
	t.once.Do(func() { t.text = encode(t.data) })
	return t.text
}

// tell queues an event for every page. What data refers to must stay as it is.
func (h *Hub) tell(name string, data any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.pages) == 0 {
		return
	}
	m := &telling{data: eventMessage{name, data}}
	if k, ok := data.(chat.Contact); ok {
		m.about = k.ID
	}
	for p := range h.pages {
		p.event(m)
	}
}

func (h *Hub) add(p *page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages == nil {
		h.pages = make(map[*page]struct{})
	}
	h.pages[p] = struct{}{}
}

func (h *Hub) remove(p *page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pages, p)
}

// encode returns v as JSON. The types of the API always encode.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("rpc: encode %T: %v", v, err))
	}
	return b
}
