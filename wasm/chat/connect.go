package chat

import (
	"encoding/base64"
	"errors"

	"sotto/wasm/agent"
)

// An Identity is who an invitation is from.
type Identity struct {
	ProfileID string
	// Incognito is the random name shown instead of the profile, or empty.
	Incognito string
	Profile   Profile
}

// Identify returns who a new connection is from: a profile, the current one for
// "", or somebody with a random name.
func (c *Chat) Identify(profileID string, incognito bool) (Identity, error) {
	o, err := c.ownProfile(profileID)
	if err != nil {
		return Identity{}, err
	}
	if !incognito {
		return Identity{ProfileID: o.ID, Profile: o.Profile}, nil
	}
	p, err := c.stranger()
	return Identity{o.ID, p.DisplayName, p}, err
}

// Invited records that links, made by the agent as conn, wait for somebody. Who
// opens one is told at once who we are, so that must be known.
func (c *Chat) Invited(t *agent.Turn, from Identity, conn agent.ConnID, links agent.Links) (Contact, error) {
	if c.own[from.ProfileID] == nil {
		return Contact{}, ErrNoProfile
	}
	k, err := c.newContact(t, conn, Contact{ProfileID: from.ProfileID, Incognito: from.Incognito, State: Invited, Link: links.Full, Short: links.Short})
	if err != nil {
		return Contact{}, err
	}
	c.save(t, k)
	return k.public(), nil
}

// An Visit is a link to be opened, and who we are to those behind it.
type Visit struct {
	Text              string // with a link in it
	Message, ClientID string // first message, and the page's id of it
	Incognito         bool
	ProfileID         string
	// Shown is what the link was seen to show, or nil.
	Shown *Shown
}

// Connect joins the conversation that the link in a text offers. At an address,
// the first message travels inside the request.
func (c *Chat) Connect(t *agent.Turn, o Visit) (Contact, error) {
	link, err := agent.ParseLink(o.Text)
	if err != nil {
		return Contact{}, err
	}
	from, err := c.Identify(o.ProfileID, o.Incognito)
	if err != nil {
		return Contact{}, err
	}
	if o.Message != "" {
		if err := checkText(o.Message); err != nil {
			return Contact{}, err
		}
	}
	if link.Kind == agent.LinkContact {
		return c.ask(t, o, from)
	}
	info, err := from.Profile.encodeInfo()
	if err != nil {
		return Contact{}, err
	}
	k, known, err := c.join(t, o, from, info, Joining)
	if err != nil || known || o.Message == "" {
		return k.public(), err
	}
	_, err = c.say(t, k, o.Message, o.ClientID, nil)
	return k.public(), err
}

// join opens the link. It reports whether that was done before: then the contact
// is the one that it made.
func (c *Chat) join(t *agent.Turn, o Visit, from Identity, info []byte, state ContactState) (k *contact, known bool, err error) {
	conn, err := t.JoinAs(User(from.ProfileID), o.Text, info)
	if k := c.byConn[conn]; errors.Is(err, agent.ErrJoined) && k != nil {
		return k, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	pub := Contact{ProfileID: from.ProfileID, Incognito: from.Incognito, State: state}
	if o.Shown != nil {
		pub.Profile = o.Shown.Profile
		if o.Shown.Business {
			pub.Kind = Business
		}
	}
	if k, err = c.newContact(t, conn, pub); err == nil {
		c.save(t, k)
	}
	return k, false, err
}

// ask sends a request to an address. Chat: "x.contact".
func (c *Chat) ask(t *agent.Turn, o Visit, from Identity) (Contact, error) {
	ids := make([]string, 3)
	raw := make([][]byte, len(ids))
	for i := range ids {
		id, err := c.newID()
		if err != nil {
			return Contact{}, err
		}
		raw[i], ids[i] = id, base64.URLEncoding.EncodeToString(id)
	}
	p := contactParams{Profile: from.Profile.wire(), ContactReqID: ids[0]}
	if o.Shown != nil && o.Shown.Message != "" {
		p.WelcomeMsgID = ids[1]
	}
	info, inside, err := encodeAsk(p, ids[2], o.Message)
	if err != nil {
		return Contact{}, err
	}
	k, known, err := c.join(t, o, from, info, Waiting)
	if err != nil || known {
		return k.public(), err
	}
	if p.WelcomeMsgID != "" {
		c.receiveContent(t, k, Content{Type: "text", Text: o.Shown.Message}, raw[1], t.Now())
		k.ReadSeq, k.Unread = k.NextSeq-1, 0
		c.save(t, k)
	}
	switch {
	case o.Message == "":
	case inside:
		k.First = k.NextSeq
		it := Item{Direction: Sent, Kind: KindText, Text: o.Message, At: t.Now().UnixMilli(), Status: Pending, ClientID: o.ClientID}
		c.appendSent(t, k, it, raw[2])
	default:
		_, err = c.say(t, k, o.Message, o.ClientID, nil)
	}
	return k.public(), err
}

// encodeAsk encodes a request, with the message inside if there is room.
func encodeAsk(p contactParams, id, message string) (info []byte, inside bool, err error) {
	if message != "" {
		with := p
		with.MsgID = id
		if with.Content, err = encodeJSON(textContent{"text", message}); err != nil {
			return nil, false, err
		}
		if info, err = encodeContact(with); err == nil || !errors.Is(err, ErrTooLarge) {
			return info, true, err
		}
	}
	info, err = encodeContact(p)
	if errors.Is(err, ErrTooLarge) {
		err = agent.ErrInfoTooLong
	}
	return info, false, err
}

func encodeContact(p contactParams) ([]byte, error) {
	m, err := newMessage(nil, eventContact, p)
	if err != nil {
		return nil, err
	}
	return Encode(m, maxInfo)
}
