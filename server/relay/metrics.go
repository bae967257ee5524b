package relay

import "sync/atomic"

// Metrics are what a relay counts since it started. They name nobody. Fields
// that go down again are said to be current.
type Metrics struct {
	Conns         atomic.Int64 // current
	Subscriptions atomic.Int64 // current, to messages; GET too

	Destinations    atomic.Int64 // current connections to other relays
	Dials           atomic.Int64 // attempts to connect to another relay
	DialFailures    atomic.Int64
	Forwarded       atomic.Int64 // commands that another relay answered
	ForwardFailures atomic.Int64
}
