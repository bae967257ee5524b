package chat

// group is what a conversation of several people has besides.
type group struct {
	// ID is what the members call us, and Role what we may do.
	ID   string
	Role string
}

// member is somebody else in a conversation of several people.
type member struct {
	Member
}

// isGroup reports whether k is a conversation of several people.
func (k *contact) isGroup() bool { return k.Group != nil }

// writer returns what the members of a conversation call who wrote an item; ""
// in conversations of two.
func (c *Chat) writer(*contact, *item) string { return "" }

// nameQuoted says who wrote what is quoted, in a conversation of several people.
func (c *Chat) nameQuoted(*contact, *Quote, refJSON) {}
