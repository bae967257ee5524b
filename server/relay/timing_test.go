package relay_test

import (
	"log/slog"
	"math"
	"slices"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/server/relay/pebble"
	"sotto/server/relay/relaytest"
	"sotto/smp"
)

// BenchmarkRefusal asks whether a client can tell a queue that does not exist
// from one whose key it does not have, by how long the refusal takes. Both are
// asked for in turn; t is Welch's statistic over the faster nine tenths of each,
// and beyond 4.5 either way they would differ. For a verdict give it
// -benchtime=100000x.
func BenchmarkRefusal(b *testing.B) {
	durable, err := pebble.Open(b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { durable.Close() })
	for _, where := range []struct {
		name  string
		store relay.Store
		inUse bool
	}{{"memory", new(memory.Store), false}, {"pebble", durable, false}, {"pebble in use", durable, true}} {
		c, q := withQueue(b, where.store, where.inUse)
		for name, algorithm := range map[string]smp.Algorithm{"X25519": smp.X25519, "Ed25519": smp.Ed25519} {
			b.Run(where.name+"/"+name, func(b *testing.B) { benchRefusal(b, c, q, mustKey(b, algorithm)) })
		}
	}
}

// withQueue returns a client of a relay on store, with a queue of somebody's, to
// which something was sent if it is in use.
func withQueue(b *testing.B, store relay.Store, inUse bool) (*relaytest.Client, *relaytest.Queue) {
	authority, chain, key := newIdentity(b)
	r := relay.New(relay.Config{Store: store, Chain: chain, Key: key})
	b.Cleanup(r.Close)
	c, err := relaytest.Pipe(b.Context(), r, authority.Fingerprint())
	if err != nil {
		b.Fatal(err)
	}
	q, err := c.Create()
	if err == nil && inUse {
		err = c.Send(q, "a message")
	}
	if err != nil {
		b.Fatal(err)
	}
	return c, q
}

// benchRefusal asks alternately, so that whatever else the machine does is the
// same for both.
func benchRefusal(b *testing.B, c *relaytest.Client, q *relaytest.Queue, wrong smp.PrivateKey) {
	var known, unknown []time.Duration
	for b.Loop() {
		known = append(known, refusal(b, c, q.Recipient, wrong))
		unknown = append(unknown, refusal(b, c, random(24), wrong))
	}
	slices.Sort(known)
	slices.Sort(unknown)
	b.ReportMetric(float64(known[len(known)/2].Nanoseconds())/1000, "µs/wrong-key")
	b.ReportMetric(float64(unknown[len(unknown)/2].Nanoseconds())/1000, "µs/no-queue")
	b.ReportMetric(welch(known[:len(known)*9/10], unknown[:len(unknown)*9/10]), "t")
	b.ReportMetric(0, "ns/op")
}

// welch returns the t statistic of two samples, 0 if they are too small.
func welch(x, y []time.Duration) float64 {
	if len(x) < 2 || len(y) < 2 {
		return 0
	}
	mx, vx := moments(x)
	my, vy := moments(y)
	return (mx - my) / math.Sqrt(vx/float64(len(x))+vy/float64(len(y)))
}

// moments returns mean and variance in nanoseconds.
func moments(x []time.Duration) (mean, variance float64) {
	for _, d := range x {
		mean += float64(d) / float64(len(x))
	}
	for _, d := range x {
		variance += (float64(d) - mean) * (float64(d) - mean) / float64(len(x)-1)
	}
	return mean, variance
}

func refusal(b *testing.B, c *relaytest.Client, queue []byte, key smp.PrivateKey) time.Duration {
	start := time.Now()
	answer, err := c.Do(queue, key, smp.DEL{})
	if err != nil || !same(answer, smp.ERR{Err: smp.ErrAuth}) {
		b.Fatalf("DEL is answered %v, %v", answer, err)
	}
	return time.Since(start)
}
