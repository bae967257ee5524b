package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sotto/server/relay"
)

// limitFlags adds the flags of everything that is bounded. Zero is the relay's
// own default, which relay.Config names.
func limitFlags(f *flag.FlagSet, c *relay.Config) {
	f.IntVar(&c.Quota, "quota", 0, "messages that a queue holds (default 128)")
	f.DurationVar(&c.MessageLife, "message-life", 0, "how long a message waits (default 504h)")
	f.DurationVar(&c.UnusedLife, "unused-life", 0, "how long a queue stays that nobody uses (default: always)")
	f.DurationVar(&c.NotificationLife, "notification-life", 0, "how long a notification waits (default 24h)")
	f.IntVar(&c.MaxNotifications, "max-notifications", 0, "notifications that wait for one notifier (default 128)")
	f.IntVar(&c.MaxConns, "max-conns", 0, "connections (default 100000)")
	f.IntVar(&c.MaxConnsPerHost, "max-conns-per-host", 0, "connections from an IPv4 address or IPv6 /64 (default 1000)")
	f.IntVar(&c.MaxSubscriptions, "max-subscriptions", 0, "subscriptions of a connection (default 200000)")
	f.IntVar(&c.MaxCreated, "max-created", 0, "queues that a connection creates (default 20000)")
	f.IntVar(&c.ProxyConcurrency, "client-concurrency", 0, "commands for other relays that a connection has under way (default 32)")
	f.IntVar(&c.MaxDestinations, "max-destinations", 0, "connections to other relays (default 1000)")
	f.DurationVar(&c.HandshakeTimeout, "handshake-timeout", 0, "how long the handshake takes at most (default 30s)")
	f.DurationVar(&c.IdleTimeout, "idle-timeout", 0, "how long a client may say nothing (default 1h)")
	f.DurationVar(&c.WriteTimeout, "write-timeout", 0, "how long a client may take to read a block (default 1m)")
	rateFlag(f, &c.ConnRate, "conn-rate", "commands of a connection, as PER_SECOND:AT_ONCE (default 5000:50000)")
	rateFlag(f, &c.HostRate, "host-rate", "commands from a host (default 20000:200000)")
	rateFlag(f, &c.CreateRate, "create-rate", "queues created from a host (default 1:5000)")
	rateFlag(f, &c.ProxyRate, "proxy-rate", "sessions with other relays that a host asks for (default 10:1000)")
}

// rateFlag adds a flag of the form "PER_SECOND:AT_ONCE", or "none".
func rateFlag(f *flag.FlagSet, r *relay.Rate, name, usage string) {
	f.Func(name, usage+", or none", func(s string) error {
		if s == "none" {
			*r = relay.NoLimit
			return nil
		}
		perSecond, burst, _ := strings.Cut(s, ":")
		var err error
		if r.PerSecond, err = strconv.ParseFloat(perSecond, 64); err != nil || !(r.PerSecond > 0) {
			return fmt.Errorf("want PER_SECOND:AT_ONCE, as 10:100, or none")
		}
		if r.Burst, err = strconv.Atoi(burst); err != nil || r.Burst < 1 {
			return fmt.Errorf("want PER_SECOND:AT_ONCE, as 10:100, or none")
		}
		return nil
	})
}

// notNegative finds a flag whose value makes no sense.
func notNegative(drain time.Duration, c *relay.Config) error {
	for _, n := range []int{
		c.Quota, c.MaxNotifications, c.MaxConns, c.MaxConnsPerHost, c.MaxSubscriptions, c.MaxCreated, c.ProxyConcurrency,
		c.MaxDestinations,
	} {
		if n < 0 {
			return fmt.Errorf("limits must not be negative")
		}
	}
	for _, d := range []time.Duration{
		c.MessageLife, c.UnusedLife, c.NotificationLife, c.HandshakeTimeout, c.IdleTimeout, c.WriteTimeout, drain,
	} {
		if d < 0 {
			return fmt.Errorf("times must not be negative")
		}
	}
	return nil
}
