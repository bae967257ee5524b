//go:build !js

package client

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
)

func TestPingWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{PingAfter: time.Minute, PongTimeout: 5 * time.Second}})
		start := time.Now()
		for i := range 3 {
			if got := r.one(); r.command(got) != (smp.PING{}) {
				t.Errorf("got %s", got.Command)
			} else {
				r.say(r.reply(got, smp.PONG{}))
			}
			if want := time.Duration(i+1) * time.Minute; time.Since(start) != want {
				t.Errorf("ping after %v, want %v", time.Since(start), want)
			}
		}
		// Anything that is heard puts it off.
		time.Sleep(40 * time.Second)
		r.say(r.unasked("q", smp.END{}))
		r.one()
		if want := 3*time.Minute + 100*time.Second; time.Since(start) != want {
			t.Errorf("ping after %v, want %v", time.Since(start), want)
		}
		<-c.Done()
		if want := 3*time.Minute + 105*time.Second; c.Err() != ErrNoPong || time.Since(start) != want {
			t.Errorf("ended with %v after %v, want %v", c.Err(), time.Since(start), want)
		}
	})
}

// A relay that is busy with other answers is alive.
func TestOtherAnswersKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{PingAfter: time.Minute, PongTimeout: 5 * time.Second}})
		r.one()
		time.Sleep(4 * time.Second)
		r.say(r.unasked("q", smp.END{}))
		time.Sleep(4 * time.Second)
		if c.Err() != nil {
			t.Errorf("ended with %v", c.Err())
		}
		r.drain()
	})
}

func TestNoPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{PingAfter: -1}})
		r.drain()
		c.Probe()
		time.Sleep(24 * time.Hour)
		if c.Err() != nil {
			t.Errorf("ended with %v", c.Err())
		}
	})
}

// A request without an answer makes the client look whether the relay is there.
func TestTimeoutProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{Options: Options{Timeout: 10 * time.Second, PongTimeout: 5 * time.Second}})
		r.drain()
		start := time.Now()
		if _, err := c.Do(t.Context(), []byte("q"), smp.PrivateKey{}, smp.SEND{}); err == nil {
			t.Error("there was an answer")
		}
		<-c.Done()
		if took := time.Since(start); !errors.Is(c.Err(), ErrNoPong) || took != 15*time.Second {
			t.Errorf("ended with %v after %v", c.Err(), took)
		}
	})
}

func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		c.Probe()
		r.answer(smp.PONG{})
		synctest.Wait()
		if c.Err() != nil {
			t.Errorf("ended with %v", c.Err())
		}
		c.Probe()
		r.one()
		<-c.Done()
		if c.Err() != ErrNoPong {
			t.Errorf("ended with %v", c.Err())
		}
	})
}
