// Package metrics tells Prometheus what a relay counts. There is nothing in it
// of people, queues or messages: only sums.
package metrics

import (
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sotto/server/relay"
)

// A metric is one of the relay's counts. What is current is a gauge.
type metric struct {
	name, help string
	current    bool
	value      *atomic.Int64
}

func all(m *relay.Metrics) []metric {
	return []metric{
		{"connections", "Connections of clients.", true, &m.Conns},
		{"connections_refused_total", "Connections refused because there were too many.", false, &m.ConnsRefused},
		{"handshake_failures_total", "Connections that ended in the handshake of SMP.", false, &m.HandshakeFailures},
		{"commands_total", "Commands of clients.", false, &m.Commands},
		{"throttled_total", "Blocks of commands that had to wait because of a rate.", false, &m.Throttled},
		{"slow_readers_total", "Connections cut off because the client did not read.", false, &m.SlowReaders},
		{"subscriptions", "Subscriptions to messages.", true, &m.Subscriptions},
		{"subscriptions_refused_total", "Subscriptions refused because a connection had too many.", false, &m.SubscriptionsRefused},
		{"queues_created_total", "Queues created.", false, &m.Created},
		{"queues_refused_total", "Queues refused because of the quotas.", false, &m.CreationsRefused},
		{"queues_deleted_total", "Queues deleted by their recipients.", false, &m.Deleted},
		{"queues_blocked_total", "Queues blocked by the operator.", false, &m.Blocked},
		{"messages_sent_total", "Messages taken.", false, &m.Sent},
		{"messages_delivered_total", "Messages delivered to subscriptions, again if they had to be.", false, &m.Delivered},
		{"notifications_total", "Notifications delivered.", false, &m.Notifications},
		{"notifications_dropped_total", "Notifications dropped because too many waited.", false, &m.NotificationsDropped},
		{"destinations", "Connections to other relays.", true, &m.Destinations},
		{"dials_total", "Attempts to connect to another relay.", false, &m.Dials},
		{"dial_failures_total", "Attempts to connect to another relay that failed.", false, &m.DialFailures},
		{"forwarded_total", "Commands forwarded and answered.", false, &m.Forwarded},
		{"forward_failures_total", "Commands forwarded that have no answer.", false, &m.ForwardFailures},
		{"proxying_refused_total", "Requests for other relays refused because a host had too many.", false, &m.ProxyingRefused},
	}
}

// Handler serves the counts, and what Go says of the program.
func Handler(m *relay.Metrics) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, one := range all(m) {
		registry.MustRegister(one.collector())
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

func (m metric) collector() prometheus.Collector {
	value := func() float64 { return float64(m.value.Load()) }
	if m.current {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "sotto_relay", Name: m.name, Help: m.help}, value)
	}
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "sotto_relay", Name: m.name, Help: m.help}, value)
}
