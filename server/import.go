package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sotto/server/backup"
	"sotto/server/identity"
	"sotto/server/relay"
	"sotto/server/relay/pebble"
	"sotto/server/storelog"
)

// messageLife is how old messages are that are not imported: they would expire
// at once.
const messageLife = 21 * 24 * time.Hour

// Names of the official relay's files.
const (
	queueLog   = "smp-server-store.log"
	messageLog = "smp-server-messages.log"
	journalDir = "messages"
)

// officialConfig is where the official relay has its certificates.
const officialConfig = "/etc/opt/simplex"

// An official relay is one whose state is imported.
type official struct {
	config string // directory of its certificates
	state  string // directory of its logs
	host   string
	now    time.Time
}

// importOfficial makes the data directory of an official relay's files, which
// stay as they are. That relay must be stopped.
func (o *options) importOfficial(ctx context.Context, args []string) error {
	from := &official{host: o.host, now: time.Now()}
	f := flag.NewFlagSet("import", flag.ContinueOnError)
	f.StringVar(&from.config, "config", officialConfig, "directory with ca.crt, server.crt, server.key, and perhaps ca.key")
	f.StringVar(&from.state, "state", "/var/opt/simplex", "directory with smp-server-store.log, and smp-server-messages.log or messages/")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return errors.New("usage: server -data DIR import [-config DIR] [-state DIR]")
	}
	return backup.Whole(o.data, func(part string) error {
		if err := from.identity(part); err != nil {
			return err
		}
		return from.queues(ctx, part)
	})
}

func (from *official) identity(to string) error {
	reissued, err := identity.Adopt(from.config, to, from.host, from.now)
	if reissued {
		fmt.Println("the leaf had an Ed448 key; there is a new one, the address stays")
	}
	return err
}

func (from *official) queues(ctx context.Context, to string) error {
	dir := filepath.Join(to, backup.Queues)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	store, err := pebble.Open(dir, slog.Default())
	if err != nil {
		return err
	}
	return errors.Join(from.copy(ctx, store), store.Close())
}

// copy puts what the logs say into the store, and says what there was.
func (from *official) copy(ctx context.Context, store relay.Store) error {
	l, err := from.readQueues()
	if err != nil {
		return err
	}
	report, err := l.Store(ctx, store)
	if err != nil {
		return err
	}
	err = report.StoreMessages(ctx, store, from.now.Add(-messageLife), from.readMessages)
	if err != nil {
		return err
	}
	fmt.Printf("%d queues, %d services and %d messages are imported\n", report.Queues, report.Services, report.Messages)
	fmt.Printf("%d messages were too old, %d belonged to no queue, %d lines of the store log changed nothing\n", report.Expired, report.Orphans, l.Ignored)
	return nil
}

// readQueues reads the store log. While the official relay starts it has another
// name, which stays if that relay was killed then.
func (from *official) readQueues() (*storelog.Log, error) {
	path := filepath.Join(from.state, queueLog)
	f, err := os.Open(path + ".start")
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return storelog.Read(f, from.now)
}

// readMessages reads the message log and the journals, of which most relays have
// only one.
func (from *official) readMessages(each func(relay.ID, *relay.Message) error) error {
	f, err := os.Open(filepath.Join(from.state, messageLog))
	if err == nil {
		err = storelog.Messages(f, each)
		f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Join(from.state, journalDir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return storelog.Journals(os.DirFS(dir), each)
}
