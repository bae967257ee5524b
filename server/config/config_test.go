package config

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type settings struct {
	name  string
	max   int
	life  time.Duration
	quiet bool
	list  []string
}

// load reads settings from a file's text, variables, and arguments.
func load(t *testing.T, text string, variables map[string]string, args ...string) (*settings, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var s settings
	f := flag.NewFlagSet("test", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&s.name, "name", "default", "")
	f.IntVar(&s.max, "max-conns", 1, "")
	f.DurationVar(&s.life, "life", time.Hour, "")
	f.BoolVar(&s.quiet, "quiet", false, "")
	f.Func("list", "", func(v string) error { s.list = strings.Split(v, ","); return nil })
	lookup := func(name string) (string, bool) { v, ok := variables[name]; return v, ok }
	used, err := Load(f, args, Sources{Prefix: "TEST_", Lookup: lookup, Default: file})
	if err == nil && used != file && used != "" {
		t.Errorf("file %q", used)
	}
	return &s, err
}

func TestPrecedence(t *testing.T) {
	text := "# a comment\n\n name = file = 1 \nmax-conns=2\n\tlife = 2h\nquiet = true\nlist = a,b\n"
	for name, test := range map[string]struct {
		variables map[string]string
		args      []string
		want      string
		max       int
	}{
		"file":        {nil, nil, "file = 1", 2},
		"environment": {map[string]string{"TEST_NAME": "environment", "TEST_MAX_CONNS": "3"}, nil, "environment", 3},
		"arguments":   {map[string]string{"TEST_NAME": "environment", "TEST_MAX_CONNS": "3"}, []string{"-name", "argument"}, "argument", 3},
		"emptied":     {map[string]string{"TEST_NAME": ""}, nil, "", 2},
		"no file":     {nil, []string{"-config", ""}, "default", 1},
		"by variable": {map[string]string{"TEST_CONFIG": ""}, nil, "default", 1},
	} {
		s, err := load(t, text, test.variables, test.args...)
		if err != nil || s.name != test.want || s.max != test.max {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if s.quiet != (s.life == 2*time.Hour) || s.quiet != (len(s.list) == 2) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestWrong(t *testing.T) {
	for text, want := range map[string]string{
		"nonsense":                 "line 1: want NAME = VALUE",
		"= x":                      "line 1: want NAME = VALUE",
		"name = a\n\nname = b":     "line 3: name is there twice",
		"unknown = 1":              `line 1: there is no setting "unknown"`,
		"config = other":           `line 1: there is no setting "config"`,
		"max-conns = many":         "line 1: ",
		strings.Repeat("x", 1<<17): "token too long",
	} {
		if _, err := load(t, text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := load(t, "", map[string]string{"TEST_LIFE": "long"}); err == nil || !strings.Contains(err.Error(), "TEST_LIFE") {
		t.Errorf("variable: %v", err)
	}
	if _, err := load(t, "", nil, "-config", "/does/not/exist"); err == nil {
		t.Error("a named file that is not there")
	}
	if _, err := load(t, "", nil, "-unknown"); err == nil {
		t.Error("an unknown flag")
	}
}

func FuzzLine(f *testing.F) {
	for _, line := range []string{"", "#", "a = b", "a=", "=b", "a"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		name, value, err := parseLine(line)
		if err != nil || name == "" {
			return
		}
		again, same, err := parseLine(name + " = " + value)
		if err != nil || again != name || same != value {
			t.Errorf("%q: %q = %q becomes %q = %q, %v", line, name, value, again, same, err)
		}
	})
}
