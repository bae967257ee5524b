package control

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAsk(t *testing.T) {
	dir := t.TempDir()
	if _, err := Ask(t.Context(), dir, "echo", "x"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("without a server: %v", err)
	}
	for range 2 { // the second time there is an old socket
		l, err := Listen(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, socket)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("socket: %v, %v", info.Mode(), err)
		}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() {
			served <- Serve(ctx, l, map[string]Command{
				"echo": func(_ context.Context, q string) (string, error) { return "said " + q, nil },
				"fail": func(context.Context, string) (string, error) { return "", errors.New("no disk") },
			})
		}()
		if answer, err := Ask(t.Context(), dir, "echo", "hello"); err != nil || answer != "said hello" {
			t.Errorf("answer is %q, %v", answer, err)
		}
		if _, err := Ask(t.Context(), dir, "fail", ""); err == nil || !strings.Contains(err.Error(), "no disk") {
			t.Errorf("failure: %v", err)
		}
		if _, err := Ask(t.Context(), dir, "unknown", ""); err == nil {
			t.Error("an unknown command is answered")
		}
		if _, err := Ask(t.Context(), dir, "echo", strings.Repeat("x", maxQuestion+1)); err == nil {
			t.Error("a question of any length is answered")
		}
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
	os.WriteFile(filepath.Join(dir, socket), nil, 0o600)
	if _, err := Ask(t.Context(), dir, "echo", "x"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("with a dead socket: %v", err)
	}
}
