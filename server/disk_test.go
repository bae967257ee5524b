//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sotto/smp"
)

// mount makes a small disk in memory.
func mount(t *testing.T, options string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting takes root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func remount(t *testing.T, dir string, flags uintptr, options string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, options); err != nil {
		t.Fatal(err)
	}
}

// TestDiskFull: a server whose disk is full says so and ends. All that it
// answered is there when there is room again.
func TestDiskFull(t *testing.T) {
	dir := mount(t, "size=24m")
	server := startProcess(t, dir)
	c := dialProcess(t, server)
	q, err := c.Create()
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("m", smp.MaxMessageSize(smp.MaxVersion))
	answered := 0
	for ; err == nil; answered++ {
		if answered > 0 && answered%100 == 0 { // a queue holds 128
			if q, err = c.Create(); err != nil {
				break
			}
		}
		if err = c.Send(q, body); err != nil {
			break
		}
	}
	if failed := server.cmd.Wait(); failed == nil || server.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the server ended with %v", failed)
	}
	if answered < 500 {
		t.Errorf("only %d messages were answered: %v", answered, err)
	}
	remount(t, dir, 0, "size=200m")
	again := startProcess(t, dir)
	defer again.kill(t)
	// The last queue has the messages after the last hundred, and perhaps the one
	// that was not answered.
	want := answered % 100
	if n := count(t, dialProcess(t, again), q); n < want || n > want+1 {
		t.Errorf("%d messages of %d in the last queue are there", n, want)
	}
}

// TestReadOnly: a server on a disk that takes nothing says so and ends.
func TestReadOnly(t *testing.T) {
	dir := mount(t, "size=200m")
	startProcess(t, dir).kill(t)
	remount(t, dir, syscall.MS_RDONLY, "")
	if said := failStart(t, dir); !strings.Contains(said, "read-only file system") {
		t.Errorf("it says %q", said)
	}
}

// TestDamaged: a server whose store is damaged says so and ends, and changes
// nothing.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	server := startProcess(t, dir)
	c := dialProcess(t, server)
	q, err := c.Create()
	if err != nil {
		t.Fatal(err)
	}
	for range 60 {
		if err := c.Send(q, strings.Repeat("m", 16_000)); err != nil {
			t.Fatal(err)
		}
	}
	server.kill(t)
	logs, err := filepath.Glob(filepath.Join(dir, "queues", "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	largest := largestFile(t, logs)
	before, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	before[len(bytes.TrimRight(before, "\x00"))/5] ^= 1
	if err := os.WriteFile(largest, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := failStart(t, dir); !strings.Contains(said, "the log is damaged") {
		t.Errorf("it says %q", said)
	}
	if after, err := os.ReadFile(largest); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the damaged log was changed: %v", err)
	}
}

func largestFile(t *testing.T, names []string) (largest string) {
	t.Helper()
	size := int64(-1)
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > size {
			largest, size = name, info.Size()
		}
	}
	return largest
}

// failStart starts a server that cannot, and returns what it says.
func failStart(t *testing.T, dir string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-data", dir, "-http", "127.0.0.1:0", "-smp", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), asServer+"=1")
	said, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the server ended with %v", err)
	}
	return string(said)
}
