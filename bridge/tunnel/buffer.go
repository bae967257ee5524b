package tunnel

import (
	"sync"
	"sync/atomic"

	"sotto/smp/transport"
)

// What a lane reads ahead or gathers is in a buffer from here. A system call
// costs the same for one block and for eight, so large buffers pass on twice as
// much in a second as small ones; but a side that stops in the middle keeps its
// buffers until its time is over, so there are few of them for all connections.
const (
	small = 34 << 10                        // two blocks with what is around them
	large = 8 * (transport.BlockSize + 128) // eight
	// maxLarge is how many large ones may be in use at a time.
	maxLarge = 32
)

var (
	smalls = sync.Pool{New: func() any { return new([small]byte) }}
	larges = sync.Pool{New: func() any { return new([large]byte) }}
)

// buffers are those of all lanes.
var buffers lender

// A lender lends buffers. It counts the large ones that are in use.
type lender struct{ large atomic.Int32 }

// take returns a large buffer, or a small one if too many are in use.
func (l *lender) take() []byte {
	if l.large.Add(1) <= maxLarge {
		return larges.Get().(*[large]byte)[:]
	}
	l.large.Add(-1)
	return smalls.Get().(*[small]byte)[:]
}

// giveBack takes back what take returned.
func (l *lender) giveBack(b []byte) {
	if len(b) == small {
		smalls.Put((*[small]byte)(b))
		return
	}
	larges.Put((*[large]byte)(b))
	l.large.Add(-1)
}
