package relay

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestLimiterForgets: hosts that were quiet take no memory.
func TestLimiterForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(Rate{PerSecond: 1, Burst: 10})
		busy := netip.MustParsePrefix("192.0.2.1/32")
		for i := range 20_000 {
			l.wait(netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}), 32), 1)
			l.wait(busy, 1)
			time.Sleep(10 * time.Millisecond)
		}
		if n := len(l.meters); n > 3000 {
			t.Errorf("%d hosts are known", n)
		}
		if l.allow(busy) {
			t.Error("a busy host was forgotten")
		}
	})
}
