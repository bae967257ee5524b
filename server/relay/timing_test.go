package relay_test

import (
	"slices"
	"testing"
	"time"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/server/relay/relaytest"
	"sotto/smp"
)

// BenchmarkRefusal shows how long the relay takes to refuse a wrong key, and a
// queue that does not exist. The medians must not tell them apart.
func BenchmarkRefusal(b *testing.B) {
	authority, chain, key := newIdentity(b)
	r := relay.New(relay.Config{Store: new(memory.Store), Chain: chain, Key: key})
	b.Cleanup(r.Close)
	c, err := relaytest.Pipe(b.Context(), r, authority.Fingerprint())
	if err != nil {
		b.Fatal(err)
	}
	q, err := c.Create()
	if err != nil {
		b.Fatal(err)
	}
	for name, algorithm := range map[string]smp.Algorithm{"X25519": smp.X25519, "Ed25519": smp.Ed25519} {
		b.Run(name, func(b *testing.B) { benchRefusal(b, c, q, mustKey(b, algorithm)) })
	}
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
	b.ReportMetric(float64(known[len(known)/2].Microseconds()), "µs/wrong-key")
	b.ReportMetric(float64(unknown[len(unknown)/2].Microseconds()), "µs/no-queue")
	b.ReportMetric(0, "ns/op")
}

func refusal(b *testing.B, c *relaytest.Client, queue []byte, key smp.PrivateKey) time.Duration {
	start := time.Now()
	answer, err := c.Do(queue, key, smp.DEL{})
	if err != nil || !same(answer, smp.ERR{Err: smp.ErrAuth}) {
		b.Fatalf("DEL is answered %v, %v", answer, err)
	}
	return time.Since(start)
}
