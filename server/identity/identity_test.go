package identity_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sotto/server/identity"
)

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	made, err := identity.Load(dir, "localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	again, err := identity.Load(dir, "another.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if again.Fingerprint != made.Fingerprint || again.Key.Public() != made.Key.Public() {
		t.Error("the identity changed")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 4 {
		t.Fatalf("files are %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", f, info.Mode(), err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "ca.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := identity.Load(dir, "localhost", time.Now()); err != nil {
		t.Errorf("without the offline key: %v", err)
	}
}

// TestIncomplete: a new identity is never made in the place of a broken one.
func TestIncomplete(t *testing.T) {
	for _, missing := range [][]string{{"relay.key"}, {"relay.crt"}, {"relay.key", "relay.crt"}} {
		dir := t.TempDir()
		if _, err := identity.Load(dir, "localhost", time.Now()); err != nil {
			t.Fatal(err)
		}
		for _, name := range missing {
			os.Remove(filepath.Join(dir, name))
		}
		if _, err := identity.Load(dir, "localhost", time.Now()); !errors.Is(err, identity.ErrIncomplete) {
			t.Errorf("without %v: %v", missing, err)
		}
	}
}

func TestBroken(t *testing.T) {
	other := t.TempDir()
	if _, err := identity.Load(other, "localhost", time.Now()); err != nil {
		t.Fatal(err)
	}
	otherKey, err := os.ReadFile(filepath.Join(other, "relay.key"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(other, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"relay.crt": ca, "relay.key": otherKey} {
		for _, c := range [][]byte{content, nil, []byte("nonsense")} {
			dir := t.TempDir()
			if _, err := identity.Load(dir, "localhost", time.Now()); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), c, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := identity.Load(dir, "localhost", time.Now()); err == nil {
				t.Errorf("%s with %.10q is loaded", name, c)
			}
		}
	}
}
