package storelog

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"sotto/server/relay"
	"sotto/smp/transport"
)

// A Log is what a store log says.
type Log struct {
	Queues   map[relay.ID]*relay.Queue // by recipient id
	Services []relay.Service

	// Ignored are lines about queues that are not there any more, or that ask
	// for what the queue does not allow. The official relay ignores them, too.
	Ignored int
}

// maxLine bounds a line: a message or link data in base64 are far below.
const maxLine = 1 << 20

// eachLine calls f with the lines of r. An error of f says in which line.
func eachLine(r io.Reader, f func(line string) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		if err := f(lines.Text()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

// Read reads a store log. Now is when suspended queues begin to wait for their
// end.
func Read(r io.Reader, now time.Time) (*Log, error) {
	l := &Log{Queues: make(map[relay.ID]*relay.Queue)}
	now = now.Truncate(time.Second).UTC()
	if err := eachLine(r, func(line string) error { return l.replay(line, now) }); err != nil {
		return nil, fmt.Errorf("storelog: queues: %w", err)
	}
	return l, nil
}

// replay does what a line says.
func (l *Log) replay(line string, now time.Time) error {
	f := split(line)
	switch word := f.word(); word {
	case "CREATE":
		q := f.queue(now)
		if err := f.done(); err != nil {
			return err
		}
		l.create(q)
		return nil
	case "NEW_SERVICE":
		s := f.service()
		l.Services = append(l.Services, s)
		return f.done()
	case "DELETE":
		id := f.id(f.word())
		delete(l.Queues, id)
		return f.done()
	default:
		id := f.id(f.word())
		change := f.change(word, l.Queues[id], now)
		if err := f.done(); err != nil {
			return err
		}
		l.apply(id, change)
		return nil
	}
}

func (l *Log) create(q *relay.Queue) {
	if l.Queues[q.Recipient] != nil {
		l.Ignored++
		return
	}
	l.Queues[q.Recipient] = q
}

func (l *Log) apply(id relay.ID, change relay.Change) {
	q := l.Queues[id]
	if q == nil {
		l.Ignored++
		return
	}
	next, err := relay.Apply(q, change)
	if err != nil {
		l.Ignored++
		return
	}
	if next != nil {
		l.Queues[id] = next
	}
}

// change reads what follows the id in a line that changes q, which is nil if
// there is no such queue.
func (f *fields) change(word string, q *relay.Queue, now time.Time) relay.Change {
	switch word {
	case "LINK":
		return relay.SetLink{Link: relay.Link{ID: f.id(f.word()), Data: f.linkData(f.word(), f.word())}}
	case "LDELETE":
		return relay.DeleteLink{}
	case "SECURE":
		return relay.Secure{Key: f.key(f.word())}
	case "KEYS":
		return relay.SetRecipientKeys{Keys: f.keys(f.word())}
	case "NOTIFIER":
		return relay.SetNotifier{Notifier: *f.notifier(f.word())}
	case "NDELETE":
		return relay.DeleteNotifier{}
	case "SUSPEND":
		return relay.Suspend{Time: now}
	case "BLOCK":
		return relay.Block{Blocking: *f.blocking(f.word())}
	case "UNBLOCK":
		return relay.Unblock{}
	case "TIME":
		return relay.Use{Time: f.time(f.word())}
	case "QUEUE_SERVICE":
		return f.membership(q)
	}
	f.fail()
	return relay.DeleteLink{}
}

// service reads what follows NEW_SERVICE. The certificate itself is not needed:
// a service shows it when it comes.
func (f *fields) service() relay.Service {
	s := relay.Service{ID: f.id(f.value("service_id"))}
	role := f.value("role")
	switch role {
	case "M", "N", "P":
		s.Role = transport.Role(role[0])
	default:
		f.fail()
	}
	f.value("cert")
	s.CertHash = f.secret(f.value("cert_hash"))
	f.time(f.value("created_at"))
	return s
}

// membership reads what follows the id in QUEUE_SERVICE: of which party, and the
// service, nothing for none.
func (f *fields) membership(q *relay.Queue) relay.Change {
	party, id := f.word(), f.word()
	var service relay.ID
	if id != "" {
		service = f.id(id)
	}
	switch party {
	case "R":
		return relay.SetService{Service: service}
	case "N":
		change := relay.SetNotifierService{Service: service}
		if q != nil && q.Notifier != nil {
			change.Notifier = q.Notifier.ID
		}
		return change
	}
	f.fail()
	return relay.SetService{}
}
