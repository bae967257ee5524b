package relay

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp/transport"
)

// TestDeadlines: a block has time to come and to go, and what the layers below
// write in between is not in a hurry.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		c := &timedConn{Conn: ours, idle: time.Hour, block: time.Minute, write: time.Minute}
		defer c.Close()
		go func() {
			time.Sleep(59 * time.Minute)
			theirs.Write(make([]byte, transport.BlockSize))
		}()
		if _, err := io.ReadFull(c, make([]byte, transport.BlockSize)); err != nil {
			t.Errorf("a block after 59 minutes: %v", err)
		}
		go io.ReadFull(theirs, make([]byte, 200))
		if _, err := c.Write(make([]byte, 100)); err != nil {
			t.Errorf("write: %v", err)
		}
		time.Sleep(10 * time.Minute)
		if _, err := c.Conn.Write(make([]byte, 100)); err != nil {
			t.Errorf("write below, later: %v", err)
		}
		if _, err := c.Write(make([]byte, 100)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write to who does not read: %v", err)
		}
		c.stop()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read after stop: %v", err)
		}
	})
}
