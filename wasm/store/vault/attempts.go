package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"sotto/wasm/store"
)

// Wrong passphrases are counted in the Place, so that a reload does not forgive
// them. It stops who types at somebody else's screen; who can run programs on
// the stored bytes is stopped by the cost alone.

const (
	free     = 3 // wrong ones that cost nothing
	longest  = 5 * time.Minute
	counting = "attempts"
)

// A WaitError means that too many passphrases were wrong: the next is looked at
// after this time only.
type WaitError struct {
	Wait time.Duration
}

func (e *WaitError) Error() string { return fmt.Sprintf("vault: next passphrase in %s", e.Wait) }

// attempts are the wrong passphrases since the last right one.
type attempts struct {
	count uint32
	last  time.Time
}

// pause is how long the next one has to wait: 2 s, 4 s, 8 s and so on.
func (a attempts) pause() time.Duration {
	if a.count < free {
		return 0
	}
	return min(longest, time.Second<<min(a.count-free+1, 16))
}

// check returns a *WaitError if it is too early. A clock that was set back does
// not make it later.
func (a attempts) check(now time.Time) error {
	since := now.Sub(a.last)
	if wait := a.pause() - since; wait > 0 && since >= 0 {
		return &WaitError{wait}
	}
	return nil
}

func (a attempts) bytes() []byte {
	b := binary.BigEndian.AppendUint32(nil, a.count)
	return binary.BigEndian.AppendUint64(b, uint64(a.last.UnixMilli()))
}

func loadAttempts(ctx context.Context, p Place) (attempts, error) {
	b, err := p.Load(ctx, counting)
	if errors.Is(err, store.ErrNotFound) {
		return attempts{}, nil
	}
	if err != nil {
		return attempts{}, err
	}
	if len(b) != 12 {
		return attempts{}, nil // it is only a count
	}
	return attempts{binary.BigEndian.Uint32(b), time.UnixMilli(int64(binary.BigEndian.Uint64(b[4:])))}, nil
}

// guess runs try, unless it is too early, and counts it if it was wrong.
func guess(ctx context.Context, p Place, try func() error) error {
	a, err := loadAttempts(ctx, p)
	if err == nil {
		err = a.check(time.Now())
	}
	if err != nil {
		return err
	}
	switch err := try(); {
	case errors.Is(err, ErrPassphrase):
		return errors.Join(err, p.Save(ctx, counting, attempts{a.count + 1, time.Now()}.bytes()))
	case err != nil || a.count == 0:
		return err
	}
	return p.Save(ctx, counting, attempts{}.bytes())
}
