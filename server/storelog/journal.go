package storelog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"sotto/server/relay"
)

// A journal directory has one directory for each queue, whose path is made of
// its id, cut into pieces:
//
//	queue_state.ID.log   a line for each change, the last one counts
//	messages.NAME.log    messages, of which the state says where they begin and end
//
// A queue is read from one file and written to the same or to another one.

// Journals calls f with the messages of a journal directory, in their order in
// each queue.
func Journals(dir fs.FS, f func(recipient relay.ID, m *relay.Message) error) error {
	return fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("storelog: journals: %w", err)
		}
		id, ok := stateOf(entry)
		if !ok {
			return nil
		}
		if err := readJournal(dir, name, func(m *relay.Message) error { return f(id, m) }); err != nil {
			return fmt.Errorf("storelog: journals: %w", err)
		}
		return nil
	})
}

// stateOf returns the id of the queue whose state a file is. While a state is
// made shorter it has the ending .bak besides, and then it counts.
func stateOf(entry fs.DirEntry) (relay.ID, bool) {
	name, ok := strings.CutPrefix(entry.Name(), "queue_state.")
	if !ok || entry.IsDir() {
		return relay.ID{}, false
	}
	name, ok = strings.CutSuffix(name, ".log")
	f := &fields{}
	id := f.id(name)
	return id, ok && !f.bad
}

// A state is where the messages of a queue are.
type state struct {
	read, write position
	size        int64 // messages
}

// A position is a place in a journal.
type position struct {
	journal string
	byte    int64 // where reading or writing goes on
	end     int64 // behind the last message
}

// readJournal reads the messages of the queue with a state file.
func readJournal(dir fs.FS, name string, f func(*relay.Message) error) error {
	s, err := readState(dir, name)
	if err != nil || s.size == 0 {
		return err
	}
	parent := path.Dir(name)
	n, err := readRange(dir, parent, s.read.journal, s.read.byte, s.read.end, f)
	if err == nil && s.read.journal != s.write.journal {
		var more int64
		more, err = readRange(dir, parent, s.write.journal, 0, s.write.byte, f)
		n += more
	}
	if err == nil && n != s.size {
		err = fmt.Errorf("a queue has %d messages, and its state says %d", n, s.size)
	}
	return err
}

// readState returns the last state that was written as a whole.
func readState(dir fs.FS, name string) (state, error) {
	content, err := readFile(dir, name+".bak")
	if errors.Is(err, fs.ErrNotExist) {
		content, err = readFile(dir, name)
	}
	if err != nil {
		return state{}, err
	}
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	s, err := parseState(lines[len(lines)-1])
	if err != nil && len(lines) > 1 { // the last one may be cut off
		s, err = parseState(lines[len(lines)-2])
	}
	if err != nil && len(content) == 0 {
		return state{}, nil
	}
	return s, err
}

// readFile returns errors without the name of the file, since it has ids in it.
func readFile(dir fs.FS, name string) ([]byte, error) {
	content, err := fs.ReadFile(dir, name)
	if of := new(fs.PathError); errors.As(err, &of) {
		err = fmt.Errorf("%s: %w", of.Op, of.Err)
	}
	return content, err
}

func parseState(line string) (state, error) {
	f := split(line)
	s := state{write: f.position(f.value("write")), read: f.position(f.value("read"))}
	f.value("canWrite")
	s.size = f.number(f.value("size"))
	return s, f.done()
}

// position reads a journal's name, a number and a count of messages, and the
// same in bytes.
func (f *fields) position(word string) position {
	parts := strings.Split(word, ",")
	if len(parts) != 5 || !fs.ValidPath(parts[0]) || strings.Contains(parts[0], "/") {
		f.fail()
		return position{}
	}
	return position{journal: parts[0], byte: f.number(parts[3]), end: f.number(parts[4])}
}

func (f *fields) number(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n < 0 {
		f.fail()
	}
	return n
}

// readRange reads the messages of a journal between two places, and returns how
// many there are.
func readRange(dir fs.FS, parent, journal string, from, to int64, f func(*relay.Message) error) (n int64, err error) {
	if from == to {
		return 0, nil
	}
	content, err := readFile(dir, path.Join(parent, "messages."+journal+".log"))
	if err != nil {
		return 0, err
	}
	if from > to || to > int64(len(content)) {
		return 0, fmt.Errorf("a journal ends before the place in its queue's state: %w", io.ErrUnexpectedEOF)
	}
	err = eachLine(bytes.NewReader(content[from:to]), func(line string) error {
		words := split(line)
		m := words.message()
		if err := words.done(); err != nil {
			return err
		}
		n++
		return f(m)
	})
	return n, err
}
