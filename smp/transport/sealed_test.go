package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
)

// A recorder is a net.Conn that keeps each block that it is given, and fails
// with err.
type recorder struct {
	net.Conn
	blocks [][]byte
	err    error
}

func (r *recorder) Write(b []byte) (int, error) {
	r.blocks = append(r.blocks, bytes.Clone(b))
	return len(b), r.err
}

// An outlet is a connection that writes to a recorder, and the chain of who would
// read it.
type outlet struct {
	*Conn
	recorder
	recv *chain
}

func newOutlet(encrypted bool) *outlet {
	o := &outlet{}
	o.Conn = &Conn{nc: &o.recorder}
	if encrypted {
		o.send, o.recv = &chain{1}, &chain{1}
	}
	return o
}

func (o *outlet) seal(t *testing.T, content string) *Sealed {
	t.Helper()
	s, err := o.Seal([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read returns the contents of all blocks. Each opens only with the keys of its
// place, so that no two had the same.
func (o *outlet) read(t *testing.T) (contents []string) {
	t.Helper()
	c := &Conn{nc: readConn{Reader: bytes.NewReader(bytes.Join(o.blocks, nil))}, recv: o.recv}
	for {
		content, err := c.ReadBlock()
		if err == io.EOF {
			return contents
		}
		if err != nil {
			t.Fatalf("after %q: %v", contents, err)
		}
		contents = append(contents, string(content))
	}
}

func TestSealed(t *testing.T) {
	for _, tt := range []struct {
		name string
		// between is what is done with the connection before the block is sent.
		between []func(*outlet, *testing.T) error
		want    []string
		asItIs  bool // when blocks are encrypted
	}{
		{"nothing between", nil, []string{"ahead"}, true},
		{"others made and dropped", []func(*outlet, *testing.T) error{drop, drop}, []string{"ahead"}, true},
		{"another written", []func(*outlet, *testing.T) error{write}, []string{"another", "ahead"}, false},
		{"two written", []func(*outlet, *testing.T) error{write, write}, []string{"another", "another", "ahead"}, false},
		{"another of the same state written", []func(*outlet, *testing.T) error{writeSealed}, []string{"sealed", "ahead"}, false},
		{"one too large", []func(*outlet, *testing.T) error{tooLarge}, []string{"ahead"}, true},
	} {
		for _, encrypted := range []bool{false, true} {
			o := newOutlet(encrypted)
			s := o.seal(t, "ahead")
			made := bytes.Clone(s.block[:])
			for _, f := range tt.between {
				if err := f(o, t); err != nil {
					t.Fatal(err)
				}
			}
			if err := o.WriteSealed(s); err != nil {
				t.Fatal(err)
			}
			if got := o.read(t); !slices.Equal(got, tt.want) {
				t.Errorf("%s, encrypted %t: read %q, want %q", tt.name, encrypted, got, tt.want)
			}
			if last := o.blocks[len(o.blocks)-1]; bytes.Equal(last, made) != (tt.asItIs || !encrypted) {
				t.Errorf("%s, encrypted %t: sent as it was made: %t", tt.name, encrypted, !tt.asItIs)
			}
		}
	}
}

func drop(o *outlet, t *testing.T) error { o.seal(t, "dropped"); return nil }

func write(o *outlet, _ *testing.T) error { return o.WriteBlock([]byte("another")) }

func writeSealed(o *outlet, t *testing.T) error { return o.WriteSealed(o.seal(t, "sealed")) }

func tooLarge(o *outlet, t *testing.T) error {
	if _, err := o.Seal(make([]byte, BlockSize)); err != ErrTooLarge {
		t.Errorf("too large: %v", err)
	}
	return nil
}

// Whoever sends a block again, or on another connection, or after it could not
// be sent, sends other bytes.
func TestSealedLeavesOnce(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		o, other := newOutlet(encrypted), newOutlet(encrypted)
		if encrypted {
			*other.send, *other.recv = chain{2}, chain{2}
		}
		o.err = errors.New("broken")
		s := o.seal(t, "once")
		if err := o.WriteSealed(s); !errors.Is(err, o.err) {
			t.Errorf("error %v", err)
		}
		o.err = nil
		for _, err := range []error{o.WriteSealed(s), o.WriteSealed(s), other.WriteSealed(o.seal(t, "once"))} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := o.read(t); !slices.Equal(got, []string{"once", "once", "once"}) {
			t.Errorf("encrypted %t: read %q", encrypted, got)
		}
		if got := other.read(t); !slices.Equal(got, []string{"once"}) {
			t.Errorf("encrypted %t: the other read %q", encrypted, got)
		}
	}
}

// A block made before the handshake agreed on keys does not leave in plain.
func TestSealedBeforeEncryption(t *testing.T) {
	o := newOutlet(false)
	s := o.seal(t, "ahead")
	o.send, o.recv = &chain{1}, &chain{1}
	if err := o.WriteSealed(s); err != nil {
		t.Fatal(err)
	}
	if got := o.read(t); !slices.Equal(got, []string{"ahead"}) {
		t.Errorf("read %q", got)
	}
}

func TestSealedOfClosed(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		a, _ := blockPair(t, encrypted)
		s, err := a.Seal([]byte("late"))
		if err != nil {
			t.Fatal(err)
		}
		a.Close()
		if err := a.WriteSealed(s); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("encrypted %t: %v", encrypted, err)
		}
	}
}
