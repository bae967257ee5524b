package idb

import (
	"errors"
	"fmt"
	"syscall/js"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
)

var (
	// ErrRefused means that the browser gives no storage, as in some private
	// windows. Nothing was kept, and nothing can be.
	ErrRefused = errors.New("idb: the browser refuses storage")
	// ErrNewer means that a newer version of this program wrote the database.
	ErrNewer = errors.New("idb: written by a newer version")
	// ErrBlocked means that somebody holds an older version of the database open,
	// and does not let go of it.
	ErrBlocked = errors.New("idb: an older version is in use")
	// ErrLost means that there was a database, which is empty now: the browser
	// removed it.
	ErrLost = errors.New("idb: the browser removed the database")
	// ErrKeyLost means that there are records and no key that opens them.
	ErrKeyLost = errors.New("idb: the key of the records is gone")
)

// An exception is what JavaScript threw or a request failed with.
type exception struct {
	name, message string
}

func (e *exception) Error() string { return e.name + ": " + e.message }

// Is lets errors.Is find the meaning of an exception.
func (e *exception) Is(target error) bool {
	switch e.name {
	case "QuotaExceededError":
		return target == store.ErrFull
	case "InvalidStateError": // the database was closed under us
		return target == store.ErrClosed
	case "VersionError":
		return target == ErrNewer
	case "DataError", "NotReadableError":
		return target == store.ErrCorrupt
	}
	return false
}

// thrown turns an error of safejs into an *exception, if JavaScript threw it.
func thrown(err error) error {
	var e js.Error
	if errors.As(err, &e) {
		return exceptionOf(safejs.Safe(e.Value))
	}
	return err
}

// exceptionOf reads a DOMException or an Error. Null is nil.
func exceptionOf(v safejs.Value) error {
	if v.IsNull() || v.IsUndefined() {
		return nil
	}
	return &exception{property(v, "name"), property(v, "message")}
}

func property(v safejs.Value, name string) string {
	p, err := v.Get(name)
	if err != nil || p.Type() != safejs.TypeString {
		return ""
	}
	s, _ := p.String()
	return s
}

// wrap says what was being done.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("idb: %s: %w", doing, thrown(err))
}
