package main

import (
	"context"
	"sync"
	"time"

	"sotto/server/relay"
	"sotto/server/stats"
)

// counted keeps what the relay counts while serve runs.
func (s *server) counted(ctx context.Context, serve func(context.Context) error) error {
	book, err := stats.Open(s.data, counters(s.relay.Metrics()), []*stats.Active{&s.active, &s.notified}, time.Now())
	if err != nil {
		return err
	}
	counting, stop := context.WithCancel(context.WithoutCancel(ctx))
	var keeping sync.WaitGroup
	defer keeping.Wait()
	defer stop()
	keeping.Go(func() {
		book.Run(counting, func(err error) { s.log.Error("statistics", "error", err) })
	})
	return serve(ctx)
}

// counters are the columns of the daily statistics. To take one away or to put
// one in begins a new table.
func counters(m *relay.Metrics) []stats.Counter {
	return []stats.Counter{
		{Name: "queues_created", Value: &m.Created},
		{Name: "queues_refused", Value: &m.CreationsRefused},
		{Name: "queues_deleted", Value: &m.Deleted},
		{Name: "queues_blocked", Value: &m.Blocked},
		{Name: "messages_sent", Value: &m.Sent},
		{Name: "messages_delivered", Value: &m.Delivered},
		{Name: "notifications", Value: &m.Notifications},
		{Name: "notifications_dropped", Value: &m.NotificationsDropped},
		{Name: "subscriptions_refused", Value: &m.SubscriptionsRefused},
		{Name: "connections_refused", Value: &m.ConnsRefused},
		{Name: "handshake_failures", Value: &m.HandshakeFailures},
		{Name: "commands", Value: &m.Commands},
		{Name: "throttled", Value: &m.Throttled},
		{Name: "slow_readers", Value: &m.SlowReaders},
		{Name: "dials", Value: &m.Dials},
		{Name: "dial_failures", Value: &m.DialFailures},
		{Name: "forwarded", Value: &m.Forwarded},
		{Name: "forward_failures", Value: &m.ForwardFailures},
		{Name: "proxying_refused", Value: &m.ProxyingRefused},
	}
}

// used counts a queue that a message was sent to or taken from.
func (s *server) used(queue relay.ID, notify bool) {
	s.active.Add(queue[:])
	if notify {
		s.notified.Add(queue[:])
	}
}
