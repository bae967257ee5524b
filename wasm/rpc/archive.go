package rpc

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"sync"

	"sotto/wasm/store"
	"sotto/wasm/store/archive"
	"sotto/wasm/store/passphrase"
)

// partSize is how much of a file one answer carries, in bytes, or a little
// more. The page sends as much, which is well below maxRequest.
const partSize = 256 << 10

// archives are the files on their way: one to the page and one from it. A new
// one takes the place of the one before it.
type archives struct {
	// cost is that of the passphrases of new files.
	cost passphrase.Cost

	mu      sync.Mutex
	last    int64 // number of the newest of either kind
	out     *archive.Source
	outID   int64
	in      *archive.Sink
	checked *store.Batch // what was in it, once all of it was verified
	inID    int64
}

// export begins a file of everything that all returns.
func (a *archives) export(all *store.Batch, passphrase string) (Export, error) {
	source, err := archive.Pack(all, passphrase, a.cost, rand.Reader)
	if err != nil {
		return Export{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	a.out, a.outID = source, a.last
	return Export{ID: a.last, Size: source.Size()}, nil
}

func (a *archives) exportPart(_ context.Context, p TransferRef) (Part, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.out == nil || p.ID != a.outID {
		return Part{}, errInterrupted
	}
	var data []byte
	for len(data) < partSize {
		piece, err := a.out.Next()
		if err == io.EOF {
			a.out = nil
			break
		}
		if err != nil {
			return Part{}, err
		}
		data = append(data, piece...)
	}
	return Part{ID: p.ID, Data: base64.StdEncoding.EncodeToString(data), Last: a.out == nil}, nil
}

func (a *archives) begin(_ context.Context, p Passphrase) (TransferRef, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	a.in, a.inID, a.checked = archive.Unpack(p.Passphrase), a.last, nil
	return TransferRef{ID: a.last}, nil
}

// importPart takes a part of the file, and with the last one says whether all
// of it is right.
func (a *archives) importPart(_ context.Context, p Part) (Empty, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.in == nil || p.ID != a.inID {
		return Empty{}, errInterrupted
	}
	data, err := base64.StdEncoding.DecodeString(p.Data)
	if err == nil {
		_, err = a.in.Write(data)
	}
	if err == nil && p.Last {
		a.checked, err = a.in.End()
	}
	if err != nil || p.Last {
		a.in = nil
	}
	return Empty{}, explainArchive(err)
}

// take returns what was in a file, once.
func (a *archives) take(p TransferRef) (*store.Batch, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.checked == nil || p.ID != a.inID {
		return nil, errInterrupted
	}
	b := a.checked
	a.checked = nil
	return b, nil
}

var errInterrupted = &Error{CodeStorage, "It was interrupted, and nothing was changed. Try again."}

// explainArchive says to people what is wrong with a file.
func explainArchive(err error) error {
	said := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, archive.ErrFormat):
		said = "This is not a copy that Sotto made."
	case errors.Is(err, archive.ErrVersion):
		said = "A newer version of Sotto made this copy. Reload the page to get that version."
	case errors.Is(err, archive.ErrPassphrase):
		said = "The passphrase is wrong, or the file is damaged."
	default:
		said = "The file is damaged, or a part of it is missing."
	}
	return &Error{CodeStorage, said + " Nothing was changed."}
}
