package chat

// The types in these files are what the page sees: here profiles and contacts,
// in view.go what is said. They cross to TypeScript as JSON; package rpc
// generates their twins in web/api.ts.

// A Profile is what a person tells contacts about themselves.
type Profile struct {
	// DisplayName is 1 to 50 characters without line breaks.
	DisplayName string `json:"displayName"`
	FullName    string `json:"fullName"`
	// Image is a data URI of a small picture, or empty.
	Image string `json:"image,omitempty"`
	// Description is a line about the person, or empty.
	Description string `json:"description,omitempty"`
}

// An OwnProfile is one of the person's own profiles, and what belongs to it.
type OwnProfile struct {
	// ID never leaves this program.
	ID      string  `json:"id"`
	Profile Profile `json:"profile"`
	// Address is null while the profile has none.
	Address *Address `json:"address"`
	Routing Routing  `json:"routing"`
	// CreatedAt is a Unix time in milliseconds, 0 for the first profile.
	CreatedAt int64 `json:"createdAt"`
}

// An Address is a link that many people can open; each of them becomes a
// contact in state "requested".
type Address struct {
	// Link is the full link.
	Link string `json:"link"`
	// Short is the short link, which shows profile and welcome message before
	// anything is sent; empty if the relay is too old to keep them.
	Short string `json:"short,omitempty"`
	// AutoAccept lets everybody in, at most Limit people; 0 means without limit.
	AutoAccept bool `json:"autoAccept"`
	Limit      int  `json:"limit"`
	// Accepted is how many came in by themselves since the address was made or
	// the limit was changed.
	Accepted int `json:"accepted"`
	// Welcome is sent to everybody who is accepted, and shown with the short link.
	Welcome   string `json:"welcome"`
	CreatedAt int64  `json:"createdAt"`
}

// Routing says which messages go through our own relay to the other person's.
type Routing struct {
	Policy RoutingPolicy `json:"policy"`
	// Direct allows to connect to the other relay where ours cannot pass messages on.
	Direct bool `json:"direct"`
}

// A RoutingPolicy is a rule by which relays are asked to pass messages on.
type RoutingPolicy string

const (
	// RouteUnreachable: only to relays that browsers cannot reach.
	RouteUnreachable RoutingPolicy = "unreachable"
	// RouteUnknown: to all relays but our own.
	RouteUnknown RoutingPolicy = "unknown"
	// RouteAlways: to our own, too, if there is another one of ours.
	RouteAlways RoutingPolicy = "always"
	// RouteNever: all relays are connected to directly.
	RouteNever RoutingPolicy = "never"
)

// A ContactState says how far a connection has come.
type ContactState string

const (
	// Invited: our link waits for somebody to open it.
	Invited ContactState = "invited"
	// Joining: we opened a link; the other side has not answered yet.
	Joining ContactState = "joining"
	// Waiting: we asked at an address; its owner has not decided yet, and says
	// nothing if it is no. What is sent meanwhile goes out when they accept.
	Waiting ContactState = "waiting"
	// Requested: somebody asks at our address and waits for us to decide.
	Requested ContactState = "requested"
	// Connected: messages flow both ways.
	Connected ContactState = "connected"
	// Ended: the other side deleted the conversation, or the connection is gone.
	Ended ContactState = "ended"
	// Failed: the link could not be used; Problem says why.
	Failed ContactState = "failed"
)

// A ContactKind says who is at the other side.
type ContactKind string

const (
	Person ContactKind = "person"
	// Business is a conversation with several people who answer at a business's address.
	Business ContactKind = "business"
	// Group is a conversation of several people.
	Group ContactKind = "group"
)

// A SyncState says how the encryption of a conversation stands.
type SyncState string

const (
	// SyncAllowed: a message could not be read; resync may help.
	SyncAllowed SyncState = "allowed"
	// SyncNeeded: nothing can be read or sent until resync.
	SyncNeeded SyncState = "needed"
	// SyncStarted: the other side was asked to begin anew.
	SyncStarted SyncState = "started"
	// SyncAgreed: both sides have new keys; the first message is to come.
	SyncAgreed SyncState = "agreed"
)

// A Contact is a conversation.
type Contact struct {
	// ID is random and never leaves this program.
	ID string `json:"id"`
	// ProfileID is the own profile that the conversation belongs to.
	ProfileID string       `json:"profileId"`
	Kind      ContactKind  `json:"kind"`
	State     ContactState `json:"state"`
	// Profile is the other side's, or that of the group; its DisplayName is
	// empty until it is known.
	Profile Profile `json:"profile"`
	// Link is our one-time link while State is Invited, and Short the same as a
	// short one, which official apps show; empty if the relay is too old.
	Link  string `json:"link,omitempty"`
	Short string `json:"short,omitempty"`
	// Problem explains Failed and Ended in a sentence for people.
	Problem string `json:"problem,omitempty"`
	// Incognito is the random name that this contact knows us by, empty if it is
	// the own profile's.
	Incognito string `json:"incognito,omitempty"`
	// PostQuantum is true while messages are encrypted with the hybrid ratchet.
	PostQuantum bool `json:"postQuantum"`
	// Verified: the person compared the security code. New keys end it.
	Verified bool `json:"verified"`
	// Sync is empty while the encryption is in step.
	Sync SyncState `json:"sync,omitempty"`
	// Members are the others in a conversation of several people.
	Members []Member `json:"members,omitempty"`
	// TTL is after how many seconds messages disappear, 0 if they stay.
	TTL int `json:"ttl,omitempty"`
	// CreatedAt and ActiveAt are Unix times in milliseconds.
	CreatedAt int64  `json:"createdAt"`
	ActiveAt  int64  `json:"activeAt"`
	Unread    int    `json:"unread"`
	Draft     string `json:"draft,omitempty"`
	// Last is the newest item, for the list of conversations.
	Last *Item `json:"last,omitempty"`
}

// A Member is somebody else in a conversation of several people.
type Member struct {
	ID      string  `json:"id"`
	Profile Profile `json:"profile"`
	Role    string  `json:"role"`
	// Gone: left or was removed. What they wrote stays.
	Gone bool `json:"gone,omitempty"`
}
