package rpc

import (
	"context"
	"errors"

	"sotto/wasm/store"
)

// An Error is an answer for the page: a code for the program and a sentence
// for people.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return "rpc: " + e.Code + ": " + e.Message }

// Codes of errors that this package makes. Methods add their own.
const (
	CodeRequest  = "request"  // the page's mistake: unknown method, bad parameters
	CodeBusy     = "busy"     // too many requests wait for the network
	CodeFull     = "full"     // no room to store anything
	CodeStopped  = "stopped"  // the agent is stopping
	CodeStorage  = "storage"  // not while the storage is as it is
	CodeInternal = "internal" // everything else
)

// errorFor turns the error of a method into what the page is told. Errors
// without words for people must not show their text: it may hold contents.
func errorFor(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, store.ErrFull):
		return &Error{CodeFull, "This browser has no room left for Sotto. Free some space, then try again. Nothing that was stored is lost."}
	case errors.Is(err, store.ErrClosed), errors.Is(err, context.Canceled):
		return &Error{CodeStopped, "Sotto is stopping. Reload the page to continue."}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{CodeBusy, "The relay does not answer. Try again in a moment."}
	}
	return &Error{CodeInternal, "This did not work, because of an error inside Sotto. Reload the page and try again."}
}
