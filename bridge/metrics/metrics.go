// Package metrics tells Prometheus what a tunnel counts. There is nothing in it
// of pages or people: only sums.
package metrics

import (
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sotto/bridge/tunnel"
)

// A metric is one of the tunnel's counts. What is current is a gauge.
type metric struct {
	name, help string
	current    bool
	value      *atomic.Int64
}

func all(m *tunnel.Metrics) []metric {
	return []metric{
		{"connections", "Connections of pages.", true, &m.Conns},
		{"connections_total", "Connections of pages that were let in.", false, &m.Accepted},
		{"requests_refused_total", "Requests refused before they were connections: wrong path or origin, or no WebSocket.", false, &m.RequestsRefused},
		{"connections_refused_total", "Connections refused because there were too many.", false, &m.ConnsRefused},
		{"relay_unreachable_total", "Connections ended because the relay could not be reached.", false, &m.RelayUnreachable},
		{"relay_identity_total", "Connections ended because the relay was not the one in its address.", false, &m.RelayIdentity},
		{"relay_closed_total", "Connections ended by the relay.", false, &m.RelayClosed},
		{"idle_total", "Connections ended because a side sent nothing for long, or did not take what was sent.", false, &m.Idle},
		{"not_blocks_total", "Connections ended because the page sent something else than blocks.", false, &m.NotBlocks},
		{"blocks_to_pages_total", "Blocks passed from relays to pages.", false, &m.BlocksToPages},
		{"blocks_to_relays_total", "Blocks passed from pages to relays.", false, &m.BlocksToRelays},
	}
}

// Handler serves the counts, and what Go says of the program.
func Handler(m *tunnel.Metrics) http.Handler {
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
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "sotto_bridge", Name: m.name, Help: m.help}, value)
	}
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "sotto_bridge", Name: m.name, Help: m.help}, value)
}
