package pebble_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"sotto/server/relay"
	"sotto/server/relay/pebble"
	"sotto/server/relay/storetest"
)

var (
	queues   = flag.Int("queues", 20_000, "queues in BenchmarkRestart")
	bodySize = flag.Int("body", 1000, "bytes of a message in BenchmarkRestart")
	keep     = flag.String("keep", "", "directory that BenchmarkRestart leaves its store in")
)

// BenchmarkRestart opens a store of many queues with a message each, and reports
// how long that took until one could be read, and the memory and disk it takes.
func BenchmarkRestart(b *testing.B) {
	dir := *keep
	if dir == "" {
		dir = b.TempDir()
	}
	before := inUse()
	one := fillStore(b, dir)
	began := time.Now()
	s, err := pebble.Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if n, err := s.Count(b.Context(), one.Recipient); n != 1 || err != nil {
		b.Fatalf("%d messages, %v", n, err)
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "open-ms")
	b.ReportMetric(float64(max(0, int64(inUse())-int64(before)))/float64(*queues), "mem-B/queue")
	b.ReportMetric(float64(size(b, dir))/float64(*queues), "disk-B/queue")
	b.ReportMetric(0, "ns/op")
}

// fillStore makes the queues and returns one of them.
func fillStore(b *testing.B, dir string) *relay.Queue {
	s, err := pebble.Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	body := bytes.Repeat([]byte("m"), *bodySize)
	template := storetest.NewQueue()
	began := time.Now()
	var group errgroup.Group
	group.SetLimit(256)
	one := template
	for range *queues {
		q := *template
		q.Recipient, q.Sender = storetest.NewMessage("").ID, storetest.NewMessage("").ID
		one = &q
		group.Go(func() error {
			if err := s.Create(b.Context(), &q); err != nil {
				return err
			}
			m := storetest.NewMessage("")
			m.Body = body
			return s.Append(b.Context(), q.Recipient, m, relay.Limits{Messages: 1})
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(*queues)/time.Since(began).Seconds(), "queues/s")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return one
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC() // what has a finalizer goes in the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased - (m.HeapIdle - m.HeapReleased)
}

func size(b *testing.B, dir string) (n int64) {
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && entry.IsDir() {
			return nil // the store removes files meanwhile
		}
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}
