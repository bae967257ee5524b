package chat

// member is somebody else in a conversation of several people.
type member struct {
	Member
}

// writer returns what the members of a conversation call who wrote an item; ""
// in conversations of two.
func (c *Chat) writer(*contact, *item) string { return "" }

// nameQuoted says who wrote what is quoted, in a conversation of several people.
func (c *Chat) nameQuoted(*contact, *Quote, refJSON) {}
