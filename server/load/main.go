package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sotto/smp"
)

// A load is what to do, and to which relay.
type load struct {
	target
	out io.Writer

	process  process
	conns    int // connections, or pairs of them
	queues   int
	size     int // of a message, in bytes
	duration time.Duration
	to       smp.Address // behind the relay
}

// scenarios by name.
var scenarios = map[string]func(*load, context.Context) error{
	"cycles": (*load).cycles,
	"idle":   (*load).idle,
	"queues": (*load).fill,
	"storm":  (*load).storm,
	"proxy":  (*load).proxy,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	l := &load{out: out}
	scenario, err := l.parse(args)
	if err != nil {
		return err
	}
	before, err := l.process.usage()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := scenario(l, ctx); err != nil {
		return err
	}
	return l.printProcess(before, time.Since(began))
}

func (l *load) parse(args []string) (func(*load, context.Context) error, error) {
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.SetOutput(l.out)
	f.StringVar(&l.url, "url", "", "ws: or wss: URL of the relay's WebSocket; without it, TLS to the address")
	f.IntVar((*int)(&l.process), "pid", 0, "process of the relay, to measure its memory and processor time")
	f.IntVar(&l.conns, "conns", 64, "connections; in cycles and proxy pairs of them")
	f.IntVar(&l.queues, "queues", 10_000, "queues, in queues and storm")
	f.IntVar(&l.size, "size", smp.MaxMessageSize(smp.MaxVersion), "bytes of a message")
	f.DurationVar(&l.duration, "for", 10*time.Second, "how long cycles and proxy last, and idle connections stay")
	f.IntVar(&l.sources, "sources", 1, "to a relay on this machine: how many addresses 127.0.0.x connections come from")
	f.Func("to", "address of the relay behind, in proxy", func(s string) (err error) {
		l.to, err = smp.ParseAddress(s)
		return err
	})
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	scenario, ok := scenarios[f.Arg(0)]
	if !ok || f.NArg() != 2 {
		return nil, errors.New("usage: load [flags] cycles|idle|queues|storm|proxy ADDRESS")
	}
	var err error
	l.relay, err = smp.ParsePasswordAddress(f.Arg(1))
	return scenario, err
}

// row prints a line of the result.
func (l *load) row(name, format string, args ...any) {
	fmt.Fprintf(l.out, "%-22s %s\n", name, fmt.Sprintf(format, args...))
}

// rate prints how many of something there were in a second.
func (l *load) rate(name string, n int, took time.Duration) {
	l.row(name, "%d in %.1f s, %.0f/s", n, took.Seconds(), float64(n)/took.Seconds())
}
