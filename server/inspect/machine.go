//go:build linux || darwin

package inspect

import (
	"os"
	"path/filepath"
	"syscall"
)

const (
	roomWanted = 2 << 30   // bytes on the disk
	roomNeeded = 200 << 20 // without them the store may have to stop
	// filesWanted is how many connections a program may have at once.
	filesWanted = 65_535
)

// Disk reports how much room there is where dir is, or will be.
func Disk(dir string) Finding {
	for {
		if _, err := os.Stat(dir); err == nil || dir == "/" || dir == "." {
			break
		}
		dir = filepath.Dir(dir)
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return doubtful("how much room there is on the disk is not known: %v", err)
	}
	room := uint64(s.Bavail) * uint64(s.Bsize)
	switch {
	case room < roomNeeded:
		return bad("the disk has %d MB left: the relay stops when it is full", room>>20)
	case room < roomWanted:
		return doubtful("the disk has %d MB left", room>>20)
	}
	return good("the disk has %d GB left", room>>30)
}

// Files reports how many connections the program may have.
func Files() Finding {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return doubtful("the limit of open files is not known: %v", err)
	}
	if limit.Max < filesWanted {
		return doubtful("%d files may be open, and every client takes one: LimitNOFILE=65535 in the systemd unit, or ulimit -n", limit.Max)
	}
	return good("%d files may be open", limit.Max)
}
