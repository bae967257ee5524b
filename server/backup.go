package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	_, err = control.Ask(ctx, o.data, "backup", to)
	if errors.Is(err, control.ErrNotRunning) {
		err = backup.WriteOffline(o.data, to, slog.Default())
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

// backup is what a running server does of backupTo.
func (s *server) backup(_ context.Context, to string) (string, error) {
	return "", backup.Write(s.data, s.store, to)
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
