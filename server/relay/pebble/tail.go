package pebble

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A log that ends in the middle of a record looks the same whether the power
// failed while it was written, or a disk forgot what it had. Nobody was told of
// the record in the first case; in the second it must not be lost in silence. The
// database refuses a log if a later block of it says that the place was on the disk.
// checkTail also refuses it if the rest of the block says so, and if the log was
// closed in order behind the place, because everything is synced before that.

// errDamaged is returned for a log that has lost what was on the disk.
var errDamaged = errors.New("pebble: the log is damaged; restore a backup")

// The log's format, of Pebble's package record: chunks in blocks, each with a
// header of checksum, length, kind, log number, and in newer logs up to which byte
// the log was on the disk by then.
const (
	logBlock     = 32 << 10
	oldHeader    = 4 + 2 + 1 + 4
	newHeader    = oldHeader + 8
	firstOldKind = 5
	firstNewKind = 9
	lastKind     = 12
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checkTail looks at the newest log in dir, if there is one.
func checkTail(fs vfs.FS, dir string) error {
	names, err := fs.List(dir)
	if err != nil {
		return nil // the database says what is wrong
	}
	names = slices.DeleteFunc(names, func(name string) bool { return filepath.Ext(name) != ".log" })
	if len(names) == 0 {
		return nil
	}
	slices.SortFunc(names, func(a, b string) int { return int(numberOf(a)) - int(numberOf(b)) })
	newest := names[len(names)-1]
	f, err := fs.Open(fs.PathJoin(dir, newest))
	if err != nil {
		return fmt.Errorf("pebble: open log: %w", err)
	}
	err = checkLog(f, numberOf(newest))
	return errors.Join(err, f.Close())
}

// numberOf is the number in the name of a log.
func numberOf(name string) uint32 {
	n, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(name), ".log"), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// checkLog reads a log to its end, and looks for proof if that is no good end.
func checkLog(r io.Reader, number uint32) error {
	block := make([]byte, logBlock)
	trailer := trailerOf(number)
	invalid := false // at a place before this block
	for offset := uint64(0); ; offset += logBlock {
		n, err := io.ReadFull(r, block)
		if n == 0 || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil // the database reads it again, and says what is wrong
		}
		b := block[:n]
		if invalid && bytes.Contains(b, trailer) {
			return errDamaged
		}
		end, whole := 0, true
		if !invalid {
			end, whole = skipChunks(b, number)
		}
		if whole {
			continue
		}
		invalid = true
		if rest := b[end:]; bytes.HasPrefix(rest, trailer) {
			return nil
		} else if bytes.Contains(rest, trailer) || saysSynced(rest, number, offset+uint64(end)) {
			return errDamaged
		}
	}
}

// skipChunks returns where the chunks of a block end, and whether that is the end
// of the block, where there is no room for a header.
func skipChunks(b []byte, number uint32) (end int, whole bool) {
	for {
		size := chunkAt(b[end:], number)
		if size == 0 {
			break
		}
		end += size
	}
	return end, len(b) == logBlock && len(b)-end < newHeader
}

// chunkAt returns the length of the chunk that b begins with, 0 if it is none.
func chunkAt(b []byte, number uint32) int {
	if len(b) < oldHeader || b[6] < firstOldKind || b[6] > lastKind || binary.LittleEndian.Uint32(b[7:]) != number {
		return 0
	}
	size := oldHeader + int(binary.LittleEndian.Uint16(b[4:]))
	if b[6] >= firstNewKind {
		size += newHeader - oldHeader
	}
	if size > len(b) || binary.LittleEndian.Uint32(b) != checksum(b[6:size]) {
		return 0
	}
	return size
}

// checksum is the CRC-32C of b as logs have it: rotated, and with a constant added.
func checksum(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// saysSynced reports whether a chunk anywhere in b says that the log was on the
// disk beyond an offset.
func saysSynced(b []byte, number uint32, offset uint64) bool {
	for i := range b {
		if chunkAt(b[i:], number) > 0 && b[i+6] >= firstNewKind && binary.LittleEndian.Uint64(b[i+oldHeader:]) > offset {
			return true
		}
	}
	return false
}

// trailerOf is what a log ends with that was closed in order: a header of the next
// log's number, with no checksum.
func trailerOf(number uint32) []byte {
	const kind = 5
	return binary.LittleEndian.AppendUint32([]byte{0, 0, 0, 0, 0, 0, kind}, number+1)
}
