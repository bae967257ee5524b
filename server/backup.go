package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"sotto/server/backup"
	"sotto/server/control"
	"sotto/server/relay/pebble"
)

// backupTo copies the data directory, through the server if one is running.
func (o *options) backupTo(ctx context.Context, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	name, err := control.Ask(ctx, o.data, "backup", "")
	switch {
	case errors.Is(err, control.ErrNotRunning):
		err = backup.WriteOffline(o.data, to, slog.Default())
	case err == nil:
		made := filepath.Join(o.data, filepath.Base(name))
		err = errors.Join(backup.Copy(made, to), os.RemoveAll(made))
	}
	if err != nil {
		return err
	}
	sum, err := pebble.Check(ctx, filepath.Join(to, backup.Queues), slog.Default())
	if err != nil {
		return fmt.Errorf("the backup cannot be read: %w", err)
	}
	fmt.Printf("%d queues and %d messages are in %s\n", sum.Queues, sum.Messages, to)
	return nil
}

// backupPrefix begins the names of backups that a server makes for backupTo.
const backupPrefix = "backup-"

// backup is what a running server does of backupTo: it makes the backup in its
// own directory, since it may not be allowed to write elsewhere, and names it.
func (s *server) backup(context.Context, string) (string, error) {
	name := backupPrefix + rand.Text()
	return name, backup.Write(s.data, s.store, filepath.Join(s.data, name))
}

// forgetBackups removes backups that nobody took away.
func (o *options) forgetBackups() error {
	left, err := filepath.Glob(filepath.Join(o.data, backupPrefix+"*"))
	for _, name := range left {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

// restoreFrom makes the data directory of a backup.
func (o *options) restoreFrom(ctx context.Context, from string) error {
	sum, err := backup.Restore(ctx, from, o.data, slog.Default())
	if err != nil {
		return err
	}
	fmt.Printf("%d queues and %d messages are restored\n", sum.Queues, sum.Messages)
	return nil
}
