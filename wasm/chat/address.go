package chat

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"sotto/smp/wire"
	"sotto/wasm/agent"
)

// Terms are what the owner of an address can choose.
type Terms struct {
	// AutoAccept lets everybody in, at most Limit people if that is above 0.
	AutoAccept bool
	Limit      int
	// Welcome is shown with the short link, and sent to everybody who is accepted.
	Welcome string
}

// maxWelcome is the length of a welcome message in bytes.
const maxWelcome = 4000

// ErrNoAddress is returned for a profile that has no address.
var ErrNoAddress = errors.New("chat: no address")

func (s *Terms) check() error {
	s.Welcome = strings.TrimSpace(s.Welcome)
	switch {
	case len(s.Welcome) > maxWelcome:
		return &ErrBadText{fmt.Sprintf("The welcome message is too long: at most %d bytes fit.", maxWelcome)}
	case !utf8.ValidString(s.Welcome):
		return &ErrBadText{"The welcome message contains invalid characters."}
	case s.Limit < 0:
		return &ErrBadText{"The limit must not be negative."}
	}
	return nil
}

// AddressData returns what the address of a profile shows, for the agent that
// makes it, and whether there is one already.
func (c *Chat) AddressData(profileID string, s Terms) (shown []byte, has bool, err error) {
	o, err := c.ownProfile(profileID)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return nil, false, err
	}
	shown, err = Show(o.Profile, s.Welcome)
	return shown, o.Address != nil, err
}

// Terms returns the settings of the address of a profile.
func (c *Chat) Terms(profileID string) (Terms, error) {
	o, err := c.ownProfile(profileID)
	if err != nil {
		return Terms{}, err
	}
	if o.Address == nil {
		return Terms{}, ErrNoAddress
	}
	return Terms{o.Address.AutoAccept, o.Address.Limit, o.Address.Welcome}, nil
}

// MakeAddress records an address that the agent has made as conn, in place of
// the one before, which is withdrawn.
func (c *Chat) MakeAddress(t *agent.Turn, profileID string, s Terms, conn agent.ConnID, links agent.Links) (Address, error) {
	o, err := c.ownProfile(profileID)
	if err == nil {
		err = s.check()
	}
	if err == nil {
		err = c.withdraw(t, o)
	}
	if err != nil {
		return Address{}, err
	}
	touch(&c.journal, o)
	o.Address = &Address{Link: links.Full, Short: links.Short, AutoAccept: s.AutoAccept, Limit: s.Limit, Welcome: s.Welcome, CreatedAt: t.Now().UnixMilli()}
	o.AddressConn = conn
	c.saveOwn(t, o)
	return *o.Address, nil
}

// SetAddress changes the settings of an address.
func (c *Chat) SetAddress(t *agent.Turn, profileID string, s Terms) (Address, error) {
	o, err := c.ownProfile(profileID)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return Address{}, err
	}
	if o.Address == nil {
		return Address{}, ErrNoAddress
	}
	a := *o.Address
	if s.Limit != a.Limit || s.AutoAccept && !a.AutoAccept {
		a.Accepted = 0
	}
	told := a.Welcome
	a.AutoAccept, a.Limit, a.Welcome = s.AutoAccept, s.Limit, s.Welcome
	touch(&c.journal, o)
	o.Address = &a
	c.saveOwn(t, o)
	if told == a.Welcome {
		return a, nil
	}
	return a, c.showAddress(t, o)
}

// showAddress brings what the address of a profile shows up to date.
func (c *Chat) showAddress(t *agent.Turn, o *own) error {
	if o.Address == nil {
		return nil
	}
	return c.show(t, o.AddressConn, o, o.Address.Welcome)
}

// DeleteAddress withdraws the address of a profile. What came about through it
// stays, requests too.
func (c *Chat) DeleteAddress(t *agent.Turn, profileID string) error {
	o, err := c.ownProfile(profileID)
	if err != nil || o.Address == nil {
		return err
	}
	if err := c.withdraw(t, o); err != nil {
		return err
	}
	c.saveOwn(t, o)
	return nil
}

func (c *Chat) withdraw(t *agent.Turn, o *own) error {
	if o.Address == nil {
		return nil
	}
	touch(&c.journal, o)
	err := t.Erase(o.AddressConn)
	o.Address, o.AddressConn = nil, ""
	if errors.Is(err, agent.ErrUnknownConn) {
		return nil
	}
	return err
}

// addressOwner returns the profile whose address conn is.
func (c *Chat) addressOwner(conn agent.ConnID) *own {
	for _, o := range c.own {
		if o.AddressConn == conn {
			return o
		}
	}
	return nil
}

// contactParams are those of x.contact: a profile, the requester's id of the
// request, their id of the welcome message, and a first message. Chat:
// "Connecting via contact address".
type contactParams struct {
	Profile      profileJSON     `json:"profile"`
	ContactReqID string          `json:"contactReqId,omitempty"`
	WelcomeMsgID string          `json:"welcomeMsgId,omitempty"`
	MsgID        string          `json:"msgId,omitempty"`
	Content      json.RawMessage `json:"content,omitempty"`
}

// A request is what somebody says who asks at our address.
type request struct {
	profile   Profile
	ttl       int
	key       string // requester's id of the request
	welcomeID string
	messageID []byte
	content   *Content
}

// parseRequest reads the info of a request: x.contact, or x.info of older apps.
func parseRequest(info []byte) (request, error) {
	msgs, _, err := Parse(info)
	if err != nil {
		return request{}, err
	}
	m := msgs[0]
	if m.Event != eventContact && m.Event != eventInfo {
		return request{}, ErrMalformed
	}
	profile, err := parseInfo(m.Params)
	if err != nil {
		return request{}, err
	}
	r := request{profile: profile, ttl: parseTTL(m.Params)}
	var p contactParams
	if m.Event == eventInfo || json.Unmarshal(m.Params, &p) != nil {
		return r, nil
	}
	r.key, r.welcomeID = canonical(p.ContactReqID), canonical(p.WelcomeMsgID)
	id, err := wire.ParseBase64(p.MsgID)
	if content, failed := parseContent(p.Content); err == nil && failed == nil && len(id) > 0 && len(id) <= 255 {
		r.messageID, r.content = id, &content
	}
	return r, nil
}

// canonical returns an id of a peer in base64url without padding, "" if it is none.
func canonical(id string) string {
	b, err := wire.ParseBase64(id)
	if err != nil || len(b) > 255 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// maxRequests is how many requests may wait to be decided. More are forgotten:
// an address is public, and what strangers write takes room.
const maxRequests = 10000

// requested is the turn in which somebody asks at one of our addresses.
func (c *Chat) requested(t *agent.Turn, e agent.Requested) error {
	o := c.addressOwner(e.Conn)
	r, err := parseRequest(e.Info)
	if o == nil || err != nil {
		return t.Reject(e.Request)
	}
	if k := c.requests[c.requestKey(o, r)]; k != nil && r.key != "" {
		return c.repeated(t, k, e.Request)
	}
	if c.undecided() >= maxRequests {
		return t.Reject(e.Request)
	}
	k, err := c.newContact(t, "", Contact{ProfileID: o.ID, State: Requested, Profile: r.profile, TTL: r.ttl})
	if err != nil {
		return err
	}
	k.Request, k.WelcomeID, k.Greet = e.Request, r.welcomeID, true
	if r.key != "" {
		k.RequestKey = c.requestKey(o, r)
		c.requests[k.RequestKey] = k
	}
	c.save(t, k)
	if r.content != nil {
		c.receiveContent(t, k, *r.content, r.messageID, t.Now())
	}
	return c.autoAccept(t, o, k)
}

func (c *Chat) requestKey(o *own, r request) string { return o.ID + "/" + r.key }

func (c *Chat) undecided() (n int) {
	for _, k := range c.contacts {
		if k.State == Requested {
			n++
		}
	}
	return n
}

// repeated is for who asks again: the new request takes the place of the old one.
func (c *Chat) repeated(t *agent.Turn, k *contact, again agent.RequestID) error {
	if k.State != Requested {
		return t.Reject(again)
	}
	if err := t.Reject(k.Request); err != nil && !errors.Is(err, agent.ErrUnknownRequest) {
		return err
	}
	k.Request = again
	c.save(t, k)
	return nil
}

// autoAccept lets k in if the address says so. Who cannot be let in, for whatever
// is wrong with what they sent, waits for the person to try.
func (c *Chat) autoAccept(t *agent.Turn, o *own, k *contact) error {
	a := o.Address
	if !a.AutoAccept || a.Limit > 0 && a.Accepted >= a.Limit {
		return nil
	}
	if c.accept(t, k, o.Profile) != nil {
		return nil
	}
	b := *a
	b.Accepted++
	o.Address = &b
	c.saveOwn(t, o)
	return nil
}

// Accept lets somebody in who asked at an address. Who was let in before, in
// another tab, stays as they are.
func (c *Chat) Accept(t *agent.Turn, id string, incognito bool) (Contact, error) {
	k, err := c.contact(id)
	if err != nil || k.State != Requested {
		return k.public(), err
	}
	if k.isGroup() {
		err = c.acceptGroup(t, k)
		return k.public(), err
	}
	self := c.self(k)
	if incognito {
		if self, err = c.stranger(); err != nil {
			return Contact{}, err
		}
		k.Incognito = self.DisplayName
	}
	err = c.accept(t, k, self)
	return k.public(), err
}

// Reject forgets somebody who asked at an address. They are not told.
func (c *Chat) Reject(t *agent.Turn, id string) error {
	if k := c.contacts[id]; k == nil || k.State != Requested {
		return nil // answered in another tab
	}
	return c.Delete(t, id)
}

func (c *Chat) accept(t *agent.Turn, k *contact, self Profile) error {
	info, err := self.encodeInfo()
	if err != nil {
		return err
	}
	conn, err := t.Accept(k.Request, info)
	if err != nil {
		return err
	}
	touch(&c.journal, k)
	k.Conn, k.Request, k.State = conn, "", Joining
	set(&c.journal, c.byConn, conn, k)
	c.save(t, k)
	return nil
}

// greet sends the welcome message to who came through an address. An app that
// has shown it before its owner wrote, with the short link, gave it an id: then
// it is an update. Chat: "x.msg.update".
func (c *Chat) greet(t *agent.Turn, k *contact) error {
	greet, id := k.Greet, k.WelcomeID
	k.Greet, k.WelcomeID = false, ""
	o := c.own[k.ProfileID]
	if !greet || o == nil || o.Address == nil || o.Address.Welcome == "" {
		return nil
	}
	return c.welcome(t, k, o.Address.Welcome, id)
}

func (c *Chat) welcome(t *agent.Turn, k *contact, text, id string) error {
	content, err := encodeJSON(textContent{"text", text})
	if err != nil {
		return err
	}
	shared, err := wire.ParseBase64(id)
	if err != nil || len(shared) == 0 {
		_, err := c.say(t, k, text, "", nil)
		return err
	}
	m, err := newMessage(nil, eventUpdate, updateParams{MsgID: id, Content: content})
	if err != nil {
		return err
	}
	_, err = c.said(t, k, m, Item{Text: text, Kind: KindText}, shared)
	return err
}
