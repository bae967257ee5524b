package pebble

import (
	"fmt"
	"log/slog"
)

// A logger passes the database's errors on, and not its diary.
type logger struct{ log *slog.Logger }

func (logger) Infof(string, ...any) {}

func (l logger) Errorf(format string, args ...any) {
	l.log.Error("store", "error", fmt.Sprintf(format, args...))
}

// Fatalf is called when the log can no longer be written. Nothing can be made
// durable from then on, so that the program has to end.
func (l logger) Fatalf(format string, args ...any) {
	l.Errorf(format, args...)
	panic("pebble: the store failed: " + fmt.Sprintf(format, args...))
}
