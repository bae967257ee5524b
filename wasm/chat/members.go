package chat

import (
	"encoding/json"

	"sotto/wasm/agent"
)

// handleGroup does what a member says.
func (c *Chat) handleGroup(t *agent.Turn, k *contact, r received, m Message) error {
	switch m.Event {
	case eventNew:
		if r.member == nil || c.knows(t, k, m.ID) {
			return nil // a second copy, by another way
		}
		return c.receiveNew(t, k, r, m)
	case eventUpdate:
		return c.receiveUpdate(t, k, r, m)
	case eventDel:
		return c.receiveMemberDel(t, k, r, m)
	case eventReact:
		return c.receiveReact(t, k, m, r.memberID())
	case eventForward:
		return c.receiveForward(t, k, r, m)
	case eventInfo:
		c.renamed(t, k, r.member, m)
		c.rebranded(t, k, r.member)
		return nil
	case eventLinkMember:
		c.renamed(t, k, r.member, m)
		return nil
	case eventMemberNew, eventMemberIntro, eventMemberForward:
		return c.introduced(t, k, r, m)
	case eventMemberRole, eventLinkAccepted:
		c.receiveRole(t, k, r, m)
		return nil
	case eventMemberDel:
		return c.receiveRemoval(t, k, r, m)
	case eventGroupLeft:
		return c.gone(t, k, r.member, " left.", r)
	case eventGroupDeleted:
		if r.member.atLeast("owner") {
			return c.end(t, k, Ended, "This conversation was closed by who made it. What was written stays here.")
		}
		return nil
	case eventGroupInfo:
		c.receiveGroupInfo(t, k, r, m)
		return nil
	case eventOK, eventMemberCon, eventMemberInfo, "x.grp.mem.inv", "x.grp.mem.con.all", "x.grp.prefs", "x.info.probe", "x.info.probe.check", "x.info.probe.ok":
		return nil
	}
	return c.keep(t, k, r, m)
}

// knows reports whether a message is here already.
func (c *Chat) knows(t *agent.Turn, k *contact, id []byte) bool {
	if len(id) == 0 {
		return false
	}
	_, found, err := c.number(t, bucketShared, sharedKey(k.ID, id))
	return found && err == nil
}

// receiveMemberDel takes a message back: the sender's own, or, by a moderator,
// that of another member.
func (c *Chat) receiveMemberDel(t *agent.Turn, k *contact, r received, m Message) error {
	var p struct {
		MsgID    string `json:"msgId"`
		MemberID string `json:"memberId"`
	}
	if json.Unmarshal(m.Params, &p) != nil {
		return nil
	}
	author := memberID(p.MemberID)
	if author == "" {
		author = r.memberID()
	}
	if author != r.memberID() && !r.member.atLeast("moderator") {
		return nil
	}
	return c.changeShared(t, k, p.MsgID, func(it *item) {
		if it.Direction != Note && c.writer(k, it) == author {
			it.takeBack()
		}
	})
}

// receiveRole changes what somebody may do.
func (c *Chat) receiveRole(t *agent.Turn, k *contact, r received, m Message) {
	var p memberParams
	if json.Unmarshal(m.Params, &p) != nil || !r.member.atLeast("admin") || ranks[p.Role] == 0 {
		return
	}
	id := memberID(p.MemberID)
	if id == k.Group.ID {
		g := *k.Group
		g.Role = p.Role
		k.Group = &g
		c.save(t, k)
	} else if who := k.member(id); who != nil {
		who.Role = p.Role
		c.setMember(t, k, *who)
	}
}

// receiveRemoval is for a member who was removed, maybe us.
func (c *Chat) receiveRemoval(t *agent.Turn, k *contact, r received, m Message) error {
	var p memberParams
	if json.Unmarshal(m.Params, &p) != nil || !r.member.atLeast("moderator") {
		return nil
	}
	id := memberID(p.MemberID)
	if id == k.Group.ID {
		return c.end(t, k, Ended, "You were removed from this conversation. What was written stays here.")
	}
	return c.gone(t, k, k.member(id), " was removed.", r)
}

// gone ends the connection with a member who is not there any more. Without the
// host nothing can be said.
func (c *Chat) gone(t *agent.Turn, k *contact, m *member, how string, r received) error {
	if m == nil || m.Gone {
		return nil
	}
	conn := m.Conn
	m.Gone, m.Conn, m.Ready = true, "", false
	c.setMember(t, k, *m)
	c.note(t, k, m.called()+how, r.RelayTime)
	if m.ID == k.Group.Host && len(k.conns()) == 1 {
		return c.end(t, k, Ended, "Nobody is left in this conversation. What was written stays here.")
	}
	if conn == "" {
		return nil
	}
	delete(c.byConn, conn)
	return ignoreUnconnected(t.Erase(conn))
}

// rebranded calls a business as its main member is called now.
func (c *Chat) rebranded(t *agent.Turn, k *contact, m *member) {
	if m == nil || m.ID != k.Group.Business || m.Profile.DisplayName == "" {
		return
	}
	k.Profile = m.Profile
	c.save(t, k)
}

// receiveGroupInfo changes the profile of the group.
func (c *Chat) receiveGroupInfo(t *agent.Turn, k *contact, r received, m Message) {
	var p struct {
		Profile groupProfileJSON `json:"groupProfile"`
	}
	if json.Unmarshal(m.Params, &p) != nil || p.Profile.DisplayName == "" || !r.member.atLeast("admin") {
		return
	}
	k.Profile = p.Profile.shown()
	c.save(t, k)
}
