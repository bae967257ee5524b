// Package backup copies a server's data directory, also while the server runs,
// and back. A backup is a directory that looks like the one it was made of:
//
//	queues/                    the store, as it was at one moment
//	ca.* relay.* statistics.*  what else there is
//
// Backups and restored directories appear under their name when they are
// complete; before that their name ends in ".part".
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"sotto/server/relay/pebble"
)

// Queues is the name of the store in a data directory.
const Queues = "queues"

// ErrExists is returned if there is something where a directory is to be made.
var ErrExists = errors.New("backup: there is something already")

// files are what is kept besides the store. All but the chain and its key may be
// missing.
var files = []string{"ca.crt", "ca.key", "relay.crt", "relay.key", "statistics.json", "statistics.csv"}

// Write makes a backup of the data directory, whose store is open.
func Write(data string, store *pebble.Store, to string) error {
	return Whole(to, func(part string) error {
		if err := copyFiles(data, part); err != nil {
			return err
		}
		return store.Checkpoint(filepath.Join(part, Queues))
	})
}

// Copy makes a backup of a backup, elsewhere.
func Copy(from, to string) error {
	return Whole(to, func(part string) error {
		if err := copyFiles(from, part); err != nil {
			return err
		}
		return copyDir(filepath.Join(from, Queues), filepath.Join(part, Queues))
	})
}

// WriteOffline makes a backup of a data directory that no server uses.
func WriteOffline(data, to string, log *slog.Logger) error {
	dir := filepath.Join(data, Queues)
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	store, err := pebble.Open(dir, log)
	if err != nil {
		return err
	}
	return errors.Join(Write(data, store, to), store.Close())
}

// Restore makes a data directory of a backup, after it has read all of it. There
// must be none yet.
func Restore(ctx context.Context, from, data string, log *slog.Logger) (pebble.Summary, error) {
	sum, err := pebble.Check(ctx, filepath.Join(from, Queues), log)
	if err != nil {
		return sum, fmt.Errorf("backup: the backup is damaged: %w", err)
	}
	return sum, Copy(from, data)
}

// Whole makes a directory with write, which is given another name until it is
// complete and on the disk.
func Whole(dir string, write func(part string) error) (err error) {
	if err := free(dir); err != nil {
		return err
	}
	part := filepath.Clean(dir) + ".part"
	if err := os.Mkdir(part, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	if err := errors.Join(write(part), sync(part)); err != nil {
		return err
	}
	os.Remove(dir) // an empty one
	if err := os.Rename(part, dir); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return sync(filepath.Dir(filepath.Clean(dir)))
}

// free returns ErrExists if dir is there and not empty.
func free(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(entries) == 0:
		return nil
	case err == nil:
		return ErrExists
	}
	return fmt.Errorf("backup: %w", err)
}

func copyFiles(from, to string) error {
	for _, name := range files {
		err := copyFile(filepath.Join(from, name), filepath.Join(to, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("backup: %w", err)
		}
	}
	return nil
}

// copyDir copies a directory of files.
func copyDir(from, to string) error {
	entries, err := os.ReadDir(from)
	if err == nil {
		err = os.Mkdir(to, 0o700)
	}
	for _, e := range entries {
		if err == nil {
			err = copyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return sync(to)
}

// copyFile makes a new file that only its owner can read, and that is on the
// disk when it returns.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// sync brings the names in a directory to the disk.
func sync(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
