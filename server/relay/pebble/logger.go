package pebble

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
)

// A logger passes the database's errors on, and not its diary.
type logger struct {
	log  *slog.Logger
	exit func(code int)
}

func (logger) Infof(string, ...any) {}

func (l logger) Errorf(format string, args ...any) {
	l.log.Error("store", "error", fmt.Sprintf(format, args...))
}

// Fatalf is called when the log can no longer be written, because the disk is
// full or broken. Nothing can be made durable from then on, and what waits for
// it must not be answered: the program has to end.
func (l logger) Fatalf(format string, args ...any) {
	l.log.Error("store: the disk takes no more, so the program ends; what was answered is safe", "error", fmt.Sprintf(format, args...))
	l.exit(1)
}

// damaged is called when a file is not as it was written. What cannot be read
// fails; the rest stays in use. The keys that info has are not told.
func (l logger) damaged(info pebble.DataCorruptionInfo) {
	l.log.Error("store: a file is damaged; restore a backup", "file", filepath.Base(info.Path))
}
