package chat

import (
	"encoding/json"
	"errors"

	"sotto/wasm/agent"
)

// How members meet. The host tells those who are there of a new member
// (x.grp.mem.new), and the new member of them (x.grp.mem.intro). Older members
// send links through the host (x.grp.mem.fwd), behind which both say who they
// are (x.grp.mem.info); then the host is told that it need not forward any more
// (x.grp.mem.con). We open such links. We make none ourselves, so that what we
// and older members write is forwarded.
const (
	eventMemberNew     = "x.grp.mem.new"
	eventMemberIntro   = "x.grp.mem.intro"
	eventMemberForward = "x.grp.mem.fwd"
	eventMemberInfo    = "x.grp.mem.info"
	eventMemberCon     = "x.grp.mem.con"
	eventMemberRole    = "x.grp.mem.role"
	eventMemberDel     = "x.grp.mem.del"
)

// memberParams are those of several events about a member.
type memberParams struct {
	MemberID string       `json:"memberId"`
	Role     string       `json:"role,omitempty"`
	Profile  *profileJSON `json:"profile,omitempty"`
}

// meetParams are those of x.grp.mem.new, .intro and .fwd.
type meetParams struct {
	Info struct {
		memberRole
		Profile profileJSON `json:"profile"`
	} `json:"memberInfo"`
	Intro struct {
		Link string `json:"groupConnReq"`
	} `json:"memberIntro"`
}

// met reads who is spoken of.
func met(params json.RawMessage) (m member, link string, ok bool) {
	var p meetParams
	if json.Unmarshal(params, &p) != nil {
		return m, "", false
	}
	m.ID, m.Role, m.Profile = memberID(p.Info.ID), p.Info.Role, p.Info.Profile.shown()
	return m, p.Intro.Link, m.ID != ""
}

// introduced is the turn in which the host speaks of a member, new or old.
func (c *Chat) introduced(t *agent.Turn, k *contact, r received, m Message) error {
	who, link, ok := met(m.Params)
	if !ok || who.ID == k.Group.ID || !r.member.atLeast("admin") {
		return nil
	}
	known := k.member(who.ID)
	if known != nil {
		who.Conn, who.Ready = known.Conn, known.Ready
		if known.Conn != "" {
			who.Profile = known.Profile // they said it themselves
		}
	}
	if m.Event == eventMemberForward && who.Conn == "" {
		conn, err := c.meet(t, k, link)
		if err != nil {
			return err
		}
		if who.Conn = conn; conn != "" {
			c.byConn[conn] = k
		}
	}
	c.setMember(t, k, who)
	if m.Event == eventMemberNew && known == nil {
		c.note(t, k, who.called()+" joined.", r.RelayTime)
	}
	return nil
}

// meet opens the link of a member. One that cannot be opened, for whatever is
// wrong with it, is left alone: the host goes on forwarding.
func (c *Chat) meet(t *agent.Turn, k *contact, link string) (agent.ConnID, error) {
	if l, err := agent.ParseLink(link); err != nil || l.Kind != agent.LinkInvitation {
		return "", nil
	}
	p := c.self(k).wire()
	p.Preferences = nil
	m, err := newMessage(nil, eventMemberInfo, memberParams{MemberID: k.Group.ID, Profile: &p})
	if err != nil {
		return "", err
	}
	info, err := Encode(m, maxInfo)
	if err != nil {
		return "", err
	}
	conn, err := t.JoinAs(User(k.ProfileID), link, info)
	if err != nil {
		return "", nil
	}
	return conn, nil
}

// called is how a member is spoken of.
func (m *member) called() string {
	if m.Profile.DisplayName == "" {
		return "A member"
	}
	return m.Profile.DisplayName
}

// memberEvent is the turn with an event of a connection with a member who is not
// the host.
func (c *Chat) memberEvent(t *agent.Turn, k *contact, m *member, e agent.Event) error {
	switch e := e.(type) {
	case agent.InfoReceived:
		if msgs, _, err := Parse(e.Info); err == nil && msgs[0].Event == eventMemberInfo {
			c.renamed(t, k, m, msgs[0])
		}
	case agent.Connected:
		m.Ready = true
		c.setMember(t, k, *m)
		con, err := newMessage(nil, eventMemberCon, memberParams{MemberID: m.ID})
		if err != nil {
			return err
		}
		_, err = post(t, k.Conn, con, false)
		return ignoreUnconnected(err)
	case agent.JoinFailed, agent.Ended:
		conn := m.Conn
		m.Conn, m.Ready = "", false
		delete(c.byConn, conn)
		c.setMember(t, k, *m)
		return t.Erase(conn)
	case agent.Synced:
		if e.State == agent.SyncRequired {
			return ignoreUnconnected(t.Resync(e.Conn, false))
		}
	case agent.Received:
		return c.receive(t, k, e)
	case agent.SentToRelay:
		return c.setStatus(t, k, e.Conn, e.MsgID, OnRelay, "")
	case agent.Delivered:
		return c.delivered(t, k, e)
	}
	return nil
}

// ignoreUnconnected is for what may come too late, or for peers that are too old.
func ignoreUnconnected(err error) error {
	if errors.Is(err, agent.ErrNotConnected) || errors.Is(err, agent.ErrUnknownConn) || errors.Is(err, agent.ErrVersion) {
		return nil
	}
	return err
}

// renamed takes the profile that a member says is theirs.
func (c *Chat) renamed(t *agent.Turn, k *contact, m *member, said Message) {
	if m == nil {
		return
	}
	if p, err := parseInfo(said.Params); err == nil {
		m.Profile = p
		c.setMember(t, k, *m)
	}
}
