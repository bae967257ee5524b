//go:build unix

package file

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other processes out for as long as f is open.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}
