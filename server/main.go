// Server is a relay and the web site on one domain. It keeps everything in one
// directory, prints the relay's address, and stops without loss on SIGINT and
// SIGTERM. With a command behind its flags it speaks to one that is running, or
// does what is done without one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// version is set when a release is built.
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	log := o.logger(os.Stderr)
	slog.SetDefault(log)
	if o.command == nil {
		err = run(ctx, o, os.Stdout, log)
	} else {
		err = operate(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}
