package chat

import (
	"encoding/json"
	"errors"

	"sotto/wasm/agent"
)

// How one gets into a group. At the address of a business, the answer to a
// request is an invitation to a group that was made for the customer:
//
//	us                     host
//	    -- x.contact -->
//	    <-- x.grp.link.inv --
//	    -- x.info -->
//	    <-- x.grp.link.mem --
//
// A contact invites with x.grp.inv, which has a link; we answer behind it with
// x.grp.acpt. Chat: "Sub-protocol for group".
const (
	eventLinkInvited   = "x.grp.link.inv"
	eventLinkRejected  = "x.grp.link.reject"
	eventLinkMember    = "x.grp.link.mem"
	eventLinkAccepted  = "x.grp.link.acpt"
	eventGroupAccepted = "x.grp.acpt"
	eventGroupLeft     = "x.grp.leave"
	eventGroupDeleted  = "x.grp.del"
	eventGroupInfo     = "x.grp.info"
)

// memberRole names a member and what they may do.
type memberRole struct {
	ID   string `json:"memberId"`
	Role string `json:"memberRole"`
}

// groupInvitation is what x.grp.inv and x.grp.link.inv say.
type groupInvitation struct {
	From     memberRole       `json:"fromMember"`
	FromName string           `json:"fromMemberName"`
	Invited  memberRole       `json:"invitedMember"`
	Link     string           `json:"connRequest"`
	Profile  groupProfileJSON `json:"groupProfile"`
	Business *struct {
		Type string `json:"chatType"`
		ID   string `json:"businessId"`
	} `json:"business"`
}

// parseInvitation reads the parameter with a name.
func parseInvitation(params json.RawMessage, name string) (groupInvitation, error) {
	var p map[string]json.RawMessage
	var i groupInvitation
	if json.Unmarshal(params, &p) != nil || json.Unmarshal(p[name], &i) != nil {
		return i, ErrMalformed
	}
	i.From.ID, i.Invited.ID = memberID(i.From.ID), memberID(i.Invited.ID)
	if i.From.ID == "" || i.Invited.ID == "" || i.From.ID == i.Invited.ID || i.Profile.DisplayName == "" {
		return i, ErrMalformed
	}
	return i, nil
}

// enter makes k the conversation that i invites to.
func (c *Chat) enter(t *agent.Turn, k *contact, i groupInvitation, host Profile) {
	k.Profile, k.TTL = i.Profile.shown(), 0
	k.Kind, k.Group = Group, &group{ID: i.Invited.ID, Role: i.Invited.Role, Host: i.From.ID, Invitation: i.Link}
	if i.Business != nil {
		k.Kind, k.Group.Business = Business, memberID(i.Business.ID)
	}
	c.setMember(t, k, member{Member: Member{ID: i.From.ID, Profile: host, Role: i.From.Role}})
}

// answered is the turn in which the owner of an address, or who opened our link,
// says who they are: a person, or a group that was made for us.
func (c *Chat) answered(t *agent.Turn, k *contact, info []byte) ([]byte, error) {
	msgs, _, err := Parse(info)
	if err == nil && k.State == Waiting {
		switch m := msgs[0]; m.Event {
		case eventLinkInvited:
			if i, err := parseInvitation(m.Params, "groupLinkInvitation"); err == nil {
				i.Link = ""
				c.enter(t, k, i, Profile{DisplayName: cleanName(i.FromName)})
				return c.memberInfo(k)
			}
		case eventLinkRejected:
			return nil, errRejected
		}
	}
	c.learn(t, k, info)
	return c.self(k).encodeInfo()
}

// errRejected is for who was told that they cannot come in.
var errRejected = errors.New("chat: not let in")

// memberInfo is x.info as members get it: without what only contacts are told.
func (c *Chat) memberInfo(k *contact) ([]byte, error) {
	p := c.self(k).wire()
	p.Preferences = nil
	m, err := newMessage(nil, eventInfo, infoParams{p})
	if err != nil {
		return nil, err
	}
	return Encode(m, maxInfo)
}

// invitedToGroup is the turn in which a contact invites us to a group. It waits
// as a request does.
func (c *Chat) invitedToGroup(t *agent.Turn, k *contact, m Message) (bool, error) {
	i, err := parseInvitation(m.Params, "groupInvitation")
	if err != nil {
		return false, nil
	}
	if link, err := agent.ParseLink(i.Link); err != nil || link.Kind != agent.LinkInvitation || c.undecided() >= maxRequests {
		return false, nil
	}
	g, err := c.newContact(t, "", Contact{ProfileID: k.ProfileID, Incognito: k.Incognito, State: Requested})
	if err != nil {
		return false, err
	}
	c.enter(t, g, i, k.Profile)
	c.note(t, k, "Invited you to the group “"+g.Profile.DisplayName+"”. Find it among the requests.", t.Now())
	return true, nil
}

// acceptGroup joins a group that we were invited to. Chat: "x.grp.acpt".
func (c *Chat) acceptGroup(t *agent.Turn, k *contact) error {
	m, err := newMessage(nil, eventGroupAccepted, memberParams{MemberID: k.Group.ID})
	if err != nil {
		return err
	}
	info, err := Encode(m, maxInfo)
	if err != nil {
		return err
	}
	conn, err := t.JoinAs(User(k.ProfileID), k.Group.Invitation, info)
	if err != nil {
		return err
	}
	g := *k.Group
	g.Invitation = ""
	k.Group, k.Conn, k.State = &g, conn, Joining
	set(&c.journal, c.byConn, conn, k)
	c.save(t, k)
	return nil
}

// leaveGroup tells the members, and ends the connections. Chat: "x.grp.leave".
func (c *Chat) leaveGroup(t *agent.Turn, k *contact) error {
	if k.State == Connected {
		m, err := newMessage(nil, eventGroupLeft, struct{}{})
		if err != nil {
			return err
		}
		if err := c.broadcast(t, k, m, false, 0); err != nil && !errors.Is(err, agent.ErrNotConnected) {
			return err
		}
	}
	return c.eraseConns(t, k)
}

// eraseConns ends all connections of a conversation.
func (c *Chat) eraseConns(t *agent.Turn, k *contact) error {
	var conns []agent.ConnID
	if !k.over() {
		conns = append(conns, k.Conn)
	}
	if k.isGroup() {
		for _, m := range k.Group.Members {
			conns = append(conns, m.Conn)
		}
	}
	for _, conn := range conns {
		if conn == "" {
			continue
		}
		if err := t.Erase(conn); err != nil && !errors.Is(err, agent.ErrUnknownConn) {
			return err
		}
		set(&c.journal, c.byConn, conn, nil)
	}
	return nil
}
