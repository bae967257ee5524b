package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// A process is measured by its id; 0 is none.
type process int

// A usage is what a process has taken until now.
type usage struct {
	memory int64 // bytes that are resident
	cpu    time.Duration
}

// clockTick is the unit of processor times in /proc, which Linux fixes for
// programs at a hundredth of a second.
const clockTick = 10 * time.Millisecond

// usage reads /proc: it is zero for no process.
func (p process) usage() (usage, error) {
	if p == 0 {
		return usage{}, nil
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", int(p)))
	if err != nil {
		return usage{}, fmt.Errorf("process: %w", err)
	}
	return parseStat(stat, int64(os.Getpagesize()))
}

// parseStat reads the fields behind the name, which may hold anything: utime and
// stime are fields 14 and 15 of proc(5), rss is 24.
func parseStat(stat []byte, page int64) (usage, error) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const first = 3
	if len(fields) <= 24-first {
		return usage{}, fmt.Errorf("process: %d fields", len(fields))
	}
	var n [3]int64
	for i, field := range []int{14, 15, 24} {
		var err error
		if n[i], err = strconv.ParseInt(string(fields[field-first]), 10, 64); err != nil {
			return usage{}, fmt.Errorf("process: %w", err)
		}
	}
	return usage{memory: n[2] * page, cpu: time.Duration(n[0]+n[1]) * clockTick}, nil
}

// printProcess prints what the relay's process has taken since before.
func (l *load) printProcess(before usage, took time.Duration) error {
	if l.process == 0 {
		return nil
	}
	after, err := l.process.usage()
	if err != nil {
		return err
	}
	cpu := after.cpu - before.cpu
	l.row("relay memory", "%.1f MB, before %.1f MB", mb(after.memory), mb(before.memory))
	l.row("relay processor", "%.2f s in %.1f s", cpu.Seconds(), took.Seconds())
	return nil
}

func mb(n int64) float64 { return float64(n) / (1 << 20) }
