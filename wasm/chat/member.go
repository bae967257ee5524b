package chat

import (
	"encoding/base64"
	"slices"

	"sotto/smp/wire"
	"sotto/wasm/agent"
)

// group is what a conversation of several people has besides. We are connected
// to its host, who let us in, and to those members whom the host has made us
// known to; what the others write, the host forwards.
type group struct {
	// ID is what the members call us, and Role what we may do.
	ID   string
	Role string
	// Host is the member that Contact.Conn leads to.
	Host    string
	Members []member
	// Business is the member whose profile is that of the conversation, if any.
	Business string `json:",omitempty"`
	// Invitation is the link to the host while we have not accepted.
	Invitation string `json:",omitempty"`
}

// member is somebody else in a conversation of several people.
type member struct {
	Member
	// Conn is a connection of our own with them, besides that with the host.
	Conn agent.ConnID `json:",omitempty"`
	// Ready: the connection is made.
	Ready bool `json:",omitempty"`
}

// maxMembers is how many members of a group are kept, and maxPictures how many of
// them with pictures: all are written and shown with every change.
const (
	maxMembers  = 200
	maxPictures = 10
)

// isGroup reports whether k is a conversation of several people.
func (k *contact) isGroup() bool { return k.Group != nil }

// conns returns the connections on which k is written to.
func (k *contact) conns() []agent.ConnID {
	list := []agent.ConnID{k.Conn}
	if k.isGroup() {
		for _, m := range k.Group.Members {
			if m.Ready {
				list = append(list, m.Conn)
			}
		}
	}
	return list
}

// member returns a copy of the member with an id, or nil.
func (k *contact) member(id string) *member {
	if !k.isGroup() {
		return nil
	}
	for _, m := range k.Group.Members {
		if m.ID == id {
			return &m
		}
	}
	return nil
}

// memberAt returns a copy of the member whom a connection leads to, or nil.
func (k *contact) memberAt(conn agent.ConnID) *member {
	if !k.isGroup() {
		return nil
	}
	if conn == k.Conn {
		return k.member(k.Group.Host)
	}
	for _, m := range k.Group.Members {
		if m.Conn == conn {
			return &m
		}
	}
	return nil
}

// setMember adds a member, or puts m in its place.
func (c *Chat) setMember(t *agent.Turn, k *contact, m member) {
	g := *k.Group
	g.Members = slices.Clone(g.Members)
	i := slices.IndexFunc(g.Members, func(x member) bool { return x.ID == m.ID })
	if i >= maxPictures || i < 0 && len(g.Members) >= maxPictures {
		m.Profile.Image = ""
	}
	switch {
	case i >= 0:
		g.Members[i] = m
	case len(g.Members) >= maxMembers:
		return
	default:
		g.Members = append(g.Members, m)
	}
	k.Group = &g
	k.Members = make([]Member, len(g.Members))
	for i, m := range g.Members {
		k.Members[i] = m.Member
	}
	c.save(t, k)
}

// memberID returns an id in the form that members compare, "" if it is none.
// Chat: "Member ID".
func memberID(id string) string {
	b, err := wire.ParseBase64(id)
	if err != nil || len(b) == 0 || len(b) > 255 {
		return ""
	}
	return base64.URLEncoding.EncodeToString(b)
}

// ranks orders roles by what they may do.
var ranks = map[string]int{"observer": 1, "author": 2, "member": 3, "moderator": 4, "admin": 5, "owner": 6}

// atLeast reports whether m may do what a role may.
func (m *member) atLeast(role string) bool { return m != nil && ranks[m.Role] >= ranks[role] }

// writer returns what the members of a conversation call who wrote an item; ""
// in conversations of two.
func (c *Chat) writer(k *contact, it *item) string {
	switch {
	case !k.isGroup():
		return ""
	case it.Direction == Sent:
		return k.Group.ID
	}
	return it.MemberID
}

// nameQuoted says who wrote what is quoted, in a conversation of several people.
func (c *Chat) nameQuoted(k *contact, q *Quote, ref refJSON) {
	if !k.isGroup() {
		return
	}
	id := memberID(ref.MemberID)
	q.Own = id == k.Group.ID
	if m := k.member(id); m != nil {
		q.Author = m.Profile.DisplayName
	}
}
