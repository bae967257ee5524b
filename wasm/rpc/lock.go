package rpc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"sotto/wasm/agent"
	"sotto/wasm/store"
	"sotto/wasm/store/vault"
)

// CodePassphrase and CodeWait are of passphrases: a wrong one, and one that
// came too early after others that were wrong.
const (
	CodePassphrase = "passphrase"
	CodeWait       = "wait"
)

const (
	// bucketLock holds under lockAfterKey the minutes without use, 4 bytes.
	bucketLock   = "rpc/lock"
	lockAfterKey = "after"
	// longestIdle is a week, in minutes.
	longestIdle = 7 * 24 * 60
	// idleLook is how often it is looked whether anybody was there. After the
	// machine slept, it is at once.
	idleLook = 10 * time.Second
)

// An idle knows when a page was used last. Times are of the wall clock, which
// goes on while the machine sleeps.
type idle struct {
	mu      sync.Mutex
	minutes int
	last    time.Time
}

func (i *idle) used() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last = time.Now().Round(0)
}

func (i *idle) set(minutes int) {
	i.used()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.minutes = minutes
}

// over reports whether nobody was there for too long.
func (i *idle) over() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.minutes > 0 && time.Now().Round(0).Sub(i.last) >= time.Duration(i.minutes)*time.Minute
}

// loadLockAfter reads the minutes that were chosen.
func (s *Session) loadLockAfter(ctx context.Context) error {
	if !s.storage.Protected {
		return nil // a copy may come from where there was a passphrase
	}
	b, err := s.config.Store.Get(ctx, bucketLock, lockAfterKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(b) == 4 {
		s.storage.LockAfter = int(min(binary.BigEndian.Uint32(b), longestIdle))
	}
	s.idle.set(s.storage.LockAfter)
	return nil
}

// lockWhenIdle locks once nobody was there for as long as was chosen.
func (s *Session) lockWhenIdle(ctx context.Context) {
	look := time.NewTicker(idleLook)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if s.idle.over() {
				s.lockNow()
				return
			}
		}
	}
}

// lockNow ends the agent and the worker, and with it all memory in which there
// are keys.
func (s *Session) lockNow() {
	s.end()
	<-s.agent.Done()
	s.config.Restart()
}

// lockMethods adds the methods of passphrases, which there are where there is a
// vault.
func (s *Session) lockMethods(a API) API {
	if s.config.Vault == nil {
		return a
	}
	a.SetPassphrase, a.RemovePassphrase = s.setPassphrase, s.removePassphrase
	a.Lock, a.LockAfter, a.Active = s.lock, s.lockAfter, s.active
	return a
}

func (s *Session) setPassphrase(ctx context.Context, p NewPassphrase) (Empty, error) {
	if err := s.config.Vault.SetPassphrase(ctx, p.Current, p.Next); err != nil {
		return Empty{}, explainPassphrase(err)
	}
	s.changeStorage(func(st *Storage) { st.Protected = true })
	return Empty{}, nil
}

func (s *Session) removePassphrase(ctx context.Context, p CurrentPassphrase) (Empty, error) {
	if err := s.config.Vault.RemovePassphrase(ctx, p.Current); err != nil {
		return Empty{}, explainPassphrase(err)
	}
	s.idle.set(0)
	s.changeStorage(func(st *Storage) { st.Protected, st.LockAfter = false, 0 })
	return do(ctx, s, func(t *agent.Turn) (Empty, error) {
		t.Delete(bucketLock, lockAfterKey)
		return Empty{}, nil
	})
}

var errUnprotected = &Error{codeRefused, "There is no passphrase. Set one first."}

func (s *Session) lock(context.Context, Empty) (Empty, error) {
	if !s.config.Vault.Protected() {
		return Empty{}, errUnprotected
	}
	s.lockNow()
	return Empty{}, nil
}

func (s *Session) lockAfter(ctx context.Context, p Idle) (Empty, error) {
	switch {
	case p.Minutes < 0 || p.Minutes > longestIdle:
		return Empty{}, &Error{CodeRequest, "Choose at most a week."}
	case !s.config.Vault.Protected():
		return Empty{}, errUnprotected
	}
	_, err := do(ctx, s, func(t *agent.Turn) (Empty, error) {
		t.Put(bucketLock, lockAfterKey, binary.BigEndian.AppendUint32(nil, uint32(p.Minutes)))
		return Empty{}, nil
	})
	if err != nil {
		return Empty{}, err
	}
	s.idle.set(p.Minutes)
	s.changeStorage(func(st *Storage) { st.LockAfter = p.Minutes })
	return Empty{}, nil
}

func (s *Session) active(context.Context, Empty) (Empty, error) {
	s.idle.used()
	return Empty{}, nil
}

// changeStorage tells the pages what is different.
func (s *Session) changeStorage(change func(*Storage)) {
	s.mu.Lock()
	change(&s.storage)
	now := s.storage
	s.mu.Unlock()
	s.config.Events.Storage(now)
}

// explainPassphrase says to people why a passphrase was not taken.
func explainPassphrase(err error) error {
	var early *vault.WaitError
	switch {
	case errors.Is(err, vault.ErrPassphrase):
		return &Error{CodePassphrase, "The passphrase is wrong."}
	case errors.As(err, &early):
		return &Error{CodeWait, "Too many passphrases were wrong. Try again in " + inWords(early.Wait) + "."}
	case errors.Is(err, vault.ErrEmpty):
		return &Error{codeRefused, "Choose a passphrase first."}
	}
	return err // errorFor knows what is left
}

// inWords rounds up to whole seconds, or minutes.
func inWords(d time.Duration) string {
	number, unit := int(math.Ceil(d.Seconds())), "second"
	if number > 90 {
		number, unit = int(math.Ceil(d.Minutes())), "minute"
	}
	if number != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", number, unit)
}
