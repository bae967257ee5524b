package tunnel

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A lane is the TCP connection of one side, made for blocks in a row. It reads
// several with one system call, and gathers what is written until the other
// side has nothing more to pass on: then all of it leaves with one call. While
// it waits it holds no buffers.
//
// Reads come one after the other, from the goroutine that reads or, at the end,
// the one that closes; several write.
type lane struct {
	net.Conn
	timeout time.Duration // to take what is written
	other   *lane         // gets what is read here; nil as long as nothing is passed

	until atomic.Int64 // deadline to read that is wanted, in nanoseconds of Unix time
	set   int64        // that is set
	ahead []byte       // what was read ahead, nil if nothing
	rest  []byte       // of ahead, not yet read
	more  bool         // the last read found as much as it could take

	mu      sync.Mutex // of what is written; held while it is
	held    bool       // what is written waits for send
	last    bool       // what is written are last words
	pending []byte     // what waits, nil if nothing
	n       int        // bytes of pending
	broken  error      // why nothing more can be written
}

// queue is how many bytes the system may hold for a side that does not take
// them: without a bound, megabytes.
const queue = 256 << 10

func newLane(nc net.Conn, timeout time.Duration) *lane {
	below := nc
	if secure, ok := nc.(*tls.Conn); ok {
		below = secure.NetConn()
	}
	if tcp, ok := below.(interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}); ok {
		tcp.SetReadBuffer(queue)
		tcp.SetWriteBuffer(queue)
	}
	return &lane{Conn: nc, timeout: timeout}
}

// readUntil is SetReadDeadline for the goroutine that reads. It costs nothing
// where there is no need to wait.
func (l *lane) readUntil(t time.Time) { l.until.Store(t.UnixNano()) }

// Read implements net.Conn. Before it waits, the other side sends what it has
// been given.
func (l *lane) Read(b []byte) (int, error) {
	if len(l.rest) == 0 {
		if !l.more {
			n, err := l.wait(b)
			l.more = n == len(b)
			return n, err
		}
		if err := l.readAhead(); err != nil {
			return 0, err
		}
	}
	n := copy(b, l.rest)
	if l.rest = l.rest[n:]; len(l.rest) == 0 {
		l.drop()
	}
	return n, nil
}

// readAhead takes all there is, as far as there is room.
func (l *lane) readAhead() error {
	l.ahead = buffers.take()
	n, err := l.wait(l.ahead)
	l.rest, l.more = l.ahead[:n], n == len(l.ahead)
	if n == 0 {
		l.drop()
		return err
	}
	return nil // what is wrong is so the next time, too
}

func (l *lane) drop() {
	buffers.giveBack(l.ahead)
	l.ahead, l.rest = nil, nil
}

// wait reads from the connection.
func (l *lane) wait(b []byte) (int, error) {
	if l.other != nil {
		if err := l.other.send(); err != nil {
			return 0, err
		}
		defer l.other.hold()
	}
	if until := l.until.Load(); until != l.set {
		l.set = until
		l.SetReadDeadline(time.Unix(0, until))
	}
	return l.Conn.Read(b)
}

// hold lets what is written wait for send.
func (l *lane) hold() {
	l.mu.Lock()
	l.held = !l.last
	l.mu.Unlock()
}

// send writes what waits, and from then on everything at once.
func (l *lane) send() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = false
	return l.flush()
}

// failure returns why nothing more can be written, nil as long as all is well.
func (l *lane) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// SetWriteDeadline is for last words: they wait for nobody, and go by t or not
// at all.
func (l *lane) SetWriteDeadline(t time.Time) error {
	err := l.Conn.SetWriteDeadline(t) // also of who is writing now
	l.mu.Lock()
	l.last = true
	l.mu.Unlock()
	return errors.Join(err, l.send())
}

// Write implements net.Conn.
func (l *lane) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending != nil && l.n+len(b) > len(l.pending) {
		l.flush()
	}
	if !l.held || len(b) > small {
		l.flush()
		l.write(b)
	} else {
		l.keep(b)
	}
	if l.broken != nil {
		return 0, l.broken
	}
	return len(b), nil
}

// keep lets b wait.
func (l *lane) keep(b []byte) {
	if l.pending == nil {
		l.pending = buffers.take()
	}
	l.n += copy(l.pending[l.n:], b)
}

// flush writes what waits and gives the buffer back.
func (l *lane) flush() error {
	if l.pending != nil {
		l.write(l.pending[:l.n])
		buffers.giveBack(l.pending)
		l.pending, l.n = nil, 0
	}
	return l.broken
}

// write writes to the connection. After an error nothing more is written.
func (l *lane) write(b []byte) {
	if l.broken != nil {
		return
	}
	if !l.last {
		l.Conn.SetWriteDeadline(time.Now().Add(l.timeout))
	}
	_, l.broken = l.Conn.Write(b)
}
