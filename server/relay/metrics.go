package relay

import "sync/atomic"

// Metrics are what a relay counts since it started. They name nobody. Fields
// that go down again are said to be current.
type Metrics struct {
	Conns             atomic.Int64 // current
	ConnsRefused      atomic.Int64 // because there were too many
	HandshakeFailures atomic.Int64
	Commands          atomic.Int64
	Throttled         atomic.Int64 // blocks whose commands had to wait
	SlowReaders       atomic.Int64 // connections that were cut off

	Subscriptions atomic.Int64 // current, to messages; GET too

	Created   atomic.Int64 // queues
	Deleted   atomic.Int64 // queues, by their recipients
	Blocked   atomic.Int64 // queues, by the operator
	Sent      atomic.Int64 // messages that were taken
	Delivered atomic.Int64 // messages, unasked; more than once if they must

	Notifications        atomic.Int64 // delivered
	NotificationsDropped atomic.Int64 // because too many waited
	CreationsRefused     atomic.Int64 // queues, because of the quotas
	SubscriptionsRefused atomic.Int64 // because the connection had too many

	Destinations    atomic.Int64 // current connections to other relays
	Dials           atomic.Int64 // attempts to connect to another relay
	DialFailures    atomic.Int64
	Forwarded       atomic.Int64 // commands that another relay answered
	ForwardFailures atomic.Int64
	ProxyingRefused atomic.Int64 // requests for sessions, because there were too many
}
