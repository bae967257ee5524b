package pebble

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"sotto/server/relay/storetest"
)

// Faulty makes the test program a store on a disk that fails: the directory, how
// many operations on files go well, and with which share of the others fail, in
// percent.
const Faulty = "SOTTO_TEST_FAULTY"

// isOpen is what Suffer says when the store is open.
const isOpen = "the store is open"

var errFault = errors.New("the disk failed")

// faults are the operations that fail.
var faults = []errorfs.OpKind{
	errorfs.OpCreate, errorfs.OpOpen, errorfs.OpOpenDir, errorfs.OpRemove, errorfs.OpRename, errorfs.OpReuseForWrite,
	errorfs.OpFilePreallocate, errorfs.OpFileRead, errorfs.OpFileReadAt, errorfs.OpFileWrite, errorfs.OpFileSync,
	errorfs.OpFileSyncData, errorfs.OpFileSyncTo, errorfs.OpFileFlush, errorfs.OpFileClose,
}

// faultyDisk is the machine's disk until it fails.
func faultyDisk(good int64, percent int) vfs.FS {
	var done atomic.Int64
	return errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if done.Add(1) <= good || !slices.Contains(faults, op.Kind) || rand.IntN(100) >= percent {
			return nil
		}
		return errFault
	}))
}

// Suffer works on a store until its disk has failed often enough, and says on
// standard output what it does.
func Suffer(spec string) {
	var dir string
	var good int64
	var percent int
	if _, err := fmt.Sscan(spec, &dir, &good, &percent); err != nil {
		panic(err)
	}
	o := options(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	o.FS = faultyDisk(good, percent)
	o.MemTableSize = 256 << 10 // tables are written, too
	s, err := open(dir, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Fprintln(os.Stderr, isOpen)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	storetest.Endure(ctx, s, os.Stdout, 4, 150)
	s.Close()
}

// TestFaults lets a store's disk fail at any point, in a program of its own that
// may end as it has to, and then looks at what is left. SOTTO_FAULTS says how
// often.
func TestFaults(t *testing.T) {
	lives := 8
	if n, err := strconv.Atoi(os.Getenv("SOTTO_FAULTS")); err == nil {
		lives = n
	}
	if testing.Short() {
		lives = 3
	}
	dir, answered := t.TempDir(), 0
	for range lives {
		spec := fmt.Sprint(dir, " ", rand.IntN(1200), " ", []int{3, 20, 100}[rand.IntN(3)])
		journal, said := suffer(t, spec)
		s, err := Open(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("%s: the store does not open again: %v\n%s", spec, err, said)
		}
		answered += storetest.Examine(t, s, bytes.NewReader(journal))
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Fatalf("%s:\n%s", spec, said)
		}
	}
	if answered == 0 {
		t.Error("nothing was answered")
	}
	t.Logf("%d operations were answered in %d lives", answered, lives)
}

// suffer returns the journal of a life, and what it said of its end. A store that
// could not be opened may end in any way: the database then closes files under a
// goroutine that it has left behind.
func suffer(t *testing.T, spec string) (journal, said []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), Faulty+"="+spec)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	opened := bytes.Contains(errs.Bytes(), []byte(isOpen))
	if ctx.Err() != nil || opened && err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%s: the program ended with %v:\n%s", spec, err, errs.Bytes())
	}
	return out.Bytes(), errs.Bytes()
}
