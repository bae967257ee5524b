package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnit lets systemd read the unit. The program that it names need not be
// installed: another stands in.
func TestUnit(t *testing.T) {
	if !strings.Contains(Unit, "\nExecStart="+Program+" ") {
		t.Fatal("the unit starts another program")
	}
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	file := filepath.Join(t.TempDir(), "sotto.service")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(Unit, Program, "/bin/true")), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(verify, "verify", "--man=no", file).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "sotto.service") {
			t.Errorf("%s", line)
		}
	}
	if err != nil {
		t.Error(err)
	}
}
