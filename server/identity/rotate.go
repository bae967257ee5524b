package identity

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sotto/smp/transport"
)

// keyFile is the name of the authority's key. AuthorityKey is where it is while
// it is in the directory.
const keyFile = "ca.key"

// AuthorityKey returns the path of the key that signs leaves in dir, "" if it is
// kept elsewhere.
func AuthorityKey(dir string) string {
	if !exists(dir, keyFile) {
		return ""
	}
	return filepath.Join(dir, keyFile)
}

// Rotate replaces the leaf in dir and its key with new ones for host, which the
// authority signs whose key is in the file authority: the relay keeps its
// address. A server that runs goes on with the old leaf until it is started
// again. The authority's key is read, and not copied.
func Rotate(dir, authority, host string, now time.Time) (*Identity, error) {
	if err := settle(dir); err != nil {
		return nil, err
	}
	old, err := read(dir, "relay.crt", transport.DecodeChain)
	if err != nil {
		return nil, err
	}
	if len(old) < 2 {
		return nil, errors.New("identity: relay.crt names no authority")
	}
	key, err := read(filepath.Dir(authority), filepath.Base(authority), transport.DecodeKey)
	if err != nil {
		return nil, err
	}
	certificate, err := transport.ParseCertificate(old[1])
	if err != nil {
		return nil, fmt.Errorf("identity: relay.crt: %w", err)
	}
	if certificate.PublicKey != key.Public() {
		return nil, fmt.Errorf("identity: %s is the key of another relay", authority)
	}
	chain, leaf, err := issue(&transport.Authority{Certificate: old[1], Key: key}, host, now)
	if err != nil {
		return nil, err
	}
	chain = append(chain[:1:1], old[1:]...)
	id, err := check(chain, leaf, now)
	if err != nil {
		return nil, err
	}
	return id, replace(dir, transport.EncodeChain(chain), transport.EncodeKey(leaf))
}

// replace puts a chain and its key in the place of others. Both new files are on
// the disk before the first of the old ones goes; settle does the rest if the
// program ends in between.
func replace(dir string, chain, key []byte) error {
	for _, f := range []file{{"relay.key.new", key}, {"relay.crt.part", chain}} {
		if err := write(filepath.Join(dir, f.name), f.content); err != nil {
			return fmt.Errorf("identity: %w", err)
		}
	}
	if err := rename(dir, "relay.crt.part", "relay.crt.new"); err != nil {
		return err
	}
	return settle(dir)
}

// settle ends a replacement that was begun: with all of the new files if they
// are whole, else with none of them.
func settle(dir string) error {
	if !exists(dir, "relay.crt.new") {
		return errors.Join(remove(dir, "relay.crt.part"), remove(dir, "relay.key.new"))
	}
	if exists(dir, "relay.key.new") {
		if err := rename(dir, "relay.key.new", "relay.key"); err != nil {
			return err
		}
	}
	return rename(dir, "relay.crt.new", "relay.crt")
}

func rename(dir, from, to string) error {
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	return sync(dir)
}

func remove(dir, name string) error {
	if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("identity: %w", err)
	}
	return nil
}

// sync brings the names in a directory to the disk.
func sync(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
