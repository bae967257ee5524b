package tunnel

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// A wireConn is a connection that keeps what each call writes, and gives each
// read no more than the next piece.
type wireConn struct {
	net.Conn
	wrote  [][]byte
	pieces [][]byte
	err    error     // of Write
	by     time.Time // to write
}

func (c *wireConn) Write(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	c.wrote = append(c.wrote, bytes.Clone(b))
	return len(b), nil
}

func (c *wireConn) Read(b []byte) (int, error) {
	if len(c.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, c.pieces[0])
	if c.pieces[0] = c.pieces[0][n:]; len(c.pieces[0]) == 0 {
		c.pieces = c.pieces[1:]
	}
	return n, nil
}

func (c *wireConn) SetReadDeadline(time.Time) error    { return nil }
func (c *wireConn) SetWriteDeadline(t time.Time) error { c.by = t; return nil }
func (c *wireConn) Close() error                       { return nil }

// want checks what each call has written, and forgets it.
func (c *wireConn) want(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, b := range c.wrote {
		got = append(got, string(b))
	}
	if !slices.Equal(got, want) {
		t.Errorf("wrote %.40q, want %.40q", got, want)
	}
	c.wrote = nil
}

// newLanes returns two sides that are passed on to each other.
func newLanes() (from, to *wireConn, reads, writes *lane) {
	from, to = new(wireConn), new(wireConn)
	reads, writes = newLane(from, time.Minute), newLane(to, time.Minute)
	reads.other = writes
	return from, to, reads, writes
}

// What is written leaves together, and as soon as there is nothing more to read.
func TestLaneGathers(t *testing.T) {
	from, to, reads, writes := newLanes()
	io.WriteString(writes, "hello")
	to.want(t, "hello") // nobody has read
	from.pieces = [][]byte{[]byte("one"), []byte("twosix")}
	b := make([]byte, 3)
	for _, word := range []string{"one", "two", "six"} {
		if n, err := reads.Read(b); err != nil || string(b[:n]) != word {
			t.Fatalf("read %q, %v", b[:n], err)
		}
		io.WriteString(writes, word)
		io.WriteString(writes, "!")
	}
	to.want(t, "one!") // two and six came together
	if _, err := reads.Read(b); err != io.EOF {
		t.Fatal(err)
	}
	to.want(t, "two!six!")
	if writes.pending != nil || reads.ahead != nil {
		t.Error("a side on which nothing comes keeps buffers")
	}
}

// No more waits than there is room for, and nothing overtakes anything; also
// when all large buffers are in use.
func TestLaneIsBounded(t *testing.T) {
	for _, room := range []int{large, small} {
		if room == small {
			buffers.large.Add(maxLarge)
			defer buffers.large.Add(-maxLarge)
		}
		_, to, _, writes := newLanes()
		writes.hold()
		part, whole := string(make([]byte, small)), string(make([]byte, small+1))
		fits := room / small
		for range fits {
			io.WriteString(writes, part)
		}
		to.want(t)
		io.WriteString(writes, part)
		to.want(t, strings.Repeat(part, fits))
		io.WriteString(writes, whole)
		to.want(t, part, whole)
		io.WriteString(writes, "x")
		to.want(t)
		writes.send()
		to.want(t, "x")
	}
}

// There are only so many large buffers, and all come back.
func TestLargeBuffers(t *testing.T) {
	var own lender
	var taken [][]byte
	for range maxLarge {
		b := own.take()
		if len(b) != large {
			t.Fatalf("a buffer has %d bytes", len(b))
		}
		taken = append(taken, b)
	}
	b := own.take()
	if len(b) != small {
		t.Errorf("one more has %d bytes", len(b))
	}
	for _, b := range append(taken, b) {
		own.giveBack(b)
	}
	if n := own.large.Load(); n != 0 {
		t.Errorf("%d are still in use", n)
	}
}

// Last words wait for nobody, and no longer than they may.
func TestLaneLastWords(t *testing.T) {
	_, to, _, writes := newLanes()
	writes.hold()
	io.WriteString(writes, "waits")
	by := time.Now().Add(time.Second)
	writes.SetWriteDeadline(by)
	writes.hold()
	io.WriteString(writes, "goodbye")
	to.want(t, "waits", "goodbye")
	if to.by != by {
		t.Errorf("by %v, want %v", to.by, by)
	}
}

// A side that takes nothing any more ends the reading of the other.
func TestLaneBreaks(t *testing.T) {
	from, to, reads, writes := newLanes()
	to.err = errors.New("gone")
	from.pieces = [][]byte{[]byte("one"), []byte("two")}
	b := make([]byte, 10)
	if _, err := reads.Read(b); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(writes, "one"); err != nil {
		t.Errorf("what waits failed at once: %v", err)
	}
	if _, err := reads.Read(b); err != to.err || writes.failure() != to.err {
		t.Errorf("read: %v; failure: %v", err, writes.failure())
	}
	to.err = nil
	if _, err := io.WriteString(writes, "more"); err == nil {
		t.Error("writing went on")
	}
	to.want(t)
}

// Reads of any size give the same bytes, however they come.
func TestLaneReads(t *testing.T) {
	want := make([]byte, 2*large+7)
	for i := range want {
		want[i] = byte(i / 3)
	}
	for _, piece := range []int{97, 512, 20_000, len(want)} {
		for _, size := range []int{5, 512, 16_384, 40_000} {
			from, _, reads, _ := newLanes()
			from.pieces = slices.Collect(slices.Chunk(want, piece))
			var got []byte
			for b := make([]byte, size); ; {
				n, err := reads.Read(b)
				got = append(got, b[:n]...)
				if err == io.EOF {
					break
				}
				if err != nil || n == 0 {
					t.Fatal(n, err)
				}
			}
			if !bytes.Equal(got, want) {
				t.Errorf("pieces of %d, reads of %d: something else came", piece, size)
			}
		}
	}
}
