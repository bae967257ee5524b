package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sotto/server/relay"
	"sotto/server/stats"
)

// counted keeps what the relay counts while serve runs.
func (o *options) counted(ctx context.Context, r *relay.Relay, log *slog.Logger, serve func() error) error {
	book, err := stats.Open(o.data, counters(r.Metrics()), time.Now())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var keeping sync.WaitGroup
	defer keeping.Wait()
	defer stop()
	keeping.Go(func() {
		book.Run(ctx, func(err error) { log.Error("statistics", "error", err) })
	})
	return serve()
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
