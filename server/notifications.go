package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// notificationsFile keeps the notifications that wait while the server does not
// run. One that is killed does not write it: then they are lost, and no message is.
const notificationsFile = "notifications"

// notifying serves with the notifications of the last run, and keeps those that
// wait at the end for the next.
func (s *server) notifying(serve func(context.Context) error) func(context.Context) error {
	path := filepath.Join(s.data, notificationsFile)
	return func(ctx context.Context) error {
		if err := s.takeNotifications(path); err != nil {
			s.log.Error("notifications of the last run are lost", "error", err)
		}
		err := serve(ctx)
		var kept bytes.Buffer
		return errors.Join(err, s.relay.WriteWaiting(&kept), keepFile(path, kept.Bytes()))
	}
}

// takeNotifications removes the file, so that nothing is delivered again after
// the server is killed.
func (s *server) takeNotifications(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, os.Remove(path), s.relay.ReadWaiting(bytes.NewReader(b)))
}

// keepFile writes a file as a whole.
func keepFile(path string, b []byte) error {
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return fmt.Errorf("notifications: %w", err)
	}
	return os.Rename(path+".new", path)
}
