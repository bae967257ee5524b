// Package store keeps the client's records.
//
// A Store knows nothing of what it keeps: records are bytes under a key in a
// bucket. A caller reads with Get and Scan, collects what it wants to change in
// a Batch, and commits the batch: all of it or nothing, durable when Commit
// returns nil. That is what IndexedDB can promise without holding a
// transaction open while the program computes.
//
// Mem keeps records in memory, package file in a log file, package idb in the
// browser. Seal puts encryption in front of any of them.
package store

import (
	"context"
	"errors"
)

var (
	// ErrNotFound means that there is no record under the key.
	ErrNotFound = errors.New("store: not found")
	// ErrFull means that the disk or the browser's quota is exhausted. The
	// batch was not written.
	ErrFull = errors.New("store: full")
	// ErrClosed means that the store was closed, by Close or from outside.
	ErrClosed = errors.New("store: closed")
	// ErrCorrupt means that a record is there but cannot be opened.
	ErrCorrupt = errors.New("store: corrupt")
)

// A Store holds records in buckets. It is safe for concurrent use. A context
// that is done ends the waiting, and never leaves half of a batch.
//
// Bucket names are constants of the program and contain no zero byte. Keys may
// be any bytes. They are stored in the clear, so they must reveal nothing:
// random ids and numbers only.
type Store interface {
	// Get returns the value under key, or ErrNotFound. The caller owns it.
	Get(ctx context.Context, bucket, key string) ([]byte, error)
	// Scan returns the records that q selects, in the byte order of their keys.
	Scan(ctx context.Context, bucket string, q Query) ([]Record, error)
	// Commit writes all of b, or nothing. It is durable once nil is returned.
	Commit(ctx context.Context, b *Batch) error
	// Close ends the store. Every later call returns ErrClosed.
	Close() error
}

// A Whole is a Store that can also be read and replaced as one.
type Whole interface {
	Store
	// All returns a batch that puts every record, as they were in one moment.
	All(ctx context.Context) (*Batch, error)
	// Replace deletes every record and then writes b, in one go or not at all.
	Replace(ctx context.Context, b *Batch) error
}

// A Record is one key and its value.
type Record struct {
	Key   string
	Value []byte
}
