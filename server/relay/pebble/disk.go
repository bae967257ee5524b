package pebble

import (
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// maxFailures is how often in a row the database may fail to write tables. It
// tries again at once, while everything that wants to write waits.
const maxFailures = 100

// A disk ends the program where the database would go on for ever, or end it in a
// panic that nobody can read: when there can be no new log, and when tables cannot
// be written, again and again.
type disk struct {
	vfs.FS
	log      logger
	inUse    atomic.Bool // the database is open: before, it returns its errors
	failures atomic.Int32
}

// watch makes the options use the disk that they have through a disk.
func watch(o *pebble.Options, l logger) *disk {
	d := &disk{FS: o.FS, log: l}
	if d.FS == nil {
		d.FS = vfs.Default
	}
	o.FS = d
	o.EventListener = &pebble.EventListener{
		DataCorruption:  l.damaged,
		BackgroundError: d.failed,
		FlushEnd:        func(info pebble.FlushInfo) { d.worked(info.Err) },
		WALCreated:      func(info pebble.WALCreateInfo) { d.check(info.Err) },
		CompactionEnd:   func(info pebble.CompactionInfo) { d.worked(info.Err) },
	}
	return d
}

// failed counts an error that nobody waits for.
func (d *disk) failed(err error) {
	switch d.failures.Add(1) {
	case 1:
		d.log.Errorf("tables: %v", err)
	case maxFailures:
		d.log.Fatalf("tables: %v", err)
	}
}

func (d *disk) worked(err error) {
	if err == nil {
		d.failures.Store(0)
	}
}

// Create makes a file.
func (d *disk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, category)
	return d.guard(f, name, err)
}

// ReuseForWrite makes a file of another one.
func (d *disk) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.ReuseForWrite(old, name, category)
	return d.guard(f, name, err)
}

func (d *disk) guard(f vfs.File, name string, err error) (vfs.File, error) {
	if err != nil || !strings.HasSuffix(name, ".log") {
		return f, err
	}
	return logFile{f, d}, nil
}

// check ends the program because of an error of the log.
func (d *disk) check(err error) error {
	if err != nil && d.inUse.Load() {
		d.log.Fatalf("log: %v", err)
	}
	return err
}

// Unwrap returns what is below.
func (d *disk) Unwrap() vfs.FS { return d.FS }

// A logFile is a file of the log. What was once not written or not synced must
// not be tried again: the system may have dropped it, and say nothing then.
type logFile struct {
	vfs.File
	disk *disk
}

func (f logFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, f.disk.check(err)
}

func (f logFile) Sync() error     { return f.disk.check(f.File.Sync()) }
func (f logFile) SyncData() error { return f.disk.check(f.File.SyncData()) }
func (f logFile) Close() error    { return f.disk.check(f.File.Close()) }

func (f logFile) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	return full, f.disk.check(err)
}
