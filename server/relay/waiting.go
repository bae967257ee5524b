package relay

import (
	"errors"
	"fmt"
	"io"

	"sotto/smp"
	"sotto/smp/wire"
)

// waitingFormat begins what WriteWaiting writes.
const waitingFormat = 1

// ErrWaiting is returned for bytes that WriteWaiting did not write.
var ErrWaiting = errors.New("relay: invalid list of notifications")

// WriteWaiting writes the notifications that nobody has taken, for ReadWaiting of
// the relay's next run. The relay is closed before.
func (r *Relay) WriteWaiting(w io.Writer) error {
	n := &r.notifications
	n.mu.Lock()
	defer n.mu.Unlock()
	b := []byte{waitingFormat}
	for id, list := range n.waiting {
		for _, one := range list {
			b = append(wire.AppendTime(append(b, id[:]...), one.time), one.nmsg.Nonce[:]...)
			b = wire.AppendLarge(b, one.nmsg.Meta)
		}
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("relay: write notifications: %w", err)
	}
	return nil
}

// ReadWaiting adds the notifications that WriteWaiting wrote; all or, with
// ErrWaiting, none. The relay serves nobody before.
func (r *Relay) ReadWaiting(from io.Reader) error {
	b, err := io.ReadAll(from)
	if err != nil {
		return fmt.Errorf("relay: read notifications: %w", err)
	}
	list, err := parseWaiting(b)
	if err != nil {
		return err
	}
	for _, w := range list {
		r.notifications.put(w.notifier, w.notification)
	}
	return nil
}

// waiting is a notification and who it is for.
type waiting struct {
	notifier ID
	notification
}

func parseWaiting(b []byte) ([]waiting, error) {
	p := wire.NewParser(b)
	if p.Byte() != waitingFormat {
		return nil, ErrWaiting
	}
	var list []waiting
	for p.Err() == nil && p.Len() > 0 {
		w := waiting{notifier: readID(p)}
		w.time = p.Time()
		w.nmsg.Nonce = smp.NonceOf(p.Take(smp.NonceSize))
		w.nmsg.Meta = p.Large()
		list = append(list, w)
	}
	if err := p.Done(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWaiting, err)
	}
	return list, nil
}
