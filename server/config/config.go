// Package config reads a program's settings. Every flag is a setting, which may
// be given in four places; the first of these that has it wins:
//
//	the command line     -max-conns 5000
//	the environment      SOTTO_MAX_CONNS=5000
//	the file             max-conns = 5000
//	the flag's default
package config

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Flag is the name of the setting that names the file. It cannot be in it.
const Flag = "config"

// Sources are where settings come from besides the command line.
type Sources struct {
	Prefix  string                      // of variables, as "SOTTO_"
	Lookup  func(string) (string, bool) // of variables: os.LookupEnv
	Default string                      // file that is read if there is one and none is named
}

// Load parses args with f, fills in what they leave out, and returns the name of
// the file that was read, if any. What is wrong is said with its place.
func Load(f *flag.FlagSet, args []string, s Sources) (file string, err error) {
	f.String(Flag, "", "file of settings, a line NAME = VALUE for each (default "+s.Default+", if it is there)")
	if err := f.Parse(args); err != nil {
		return "", err
	}
	given := make(map[string]bool)
	f.Visit(func(one *flag.Flag) { given[one.Name] = true })
	if err := s.environment(f, given); err != nil {
		return "", err
	}
	file = f.Lookup(Flag).Value.String()
	return s.file(f, file, given)
}

// environment sets what was not given from variables.
func (s Sources) environment(f *flag.FlagSet, given map[string]bool) (err error) {
	f.VisitAll(func(one *flag.Flag) {
		name := s.Variable(one.Name)
		value, ok := s.Lookup(name)
		if !ok || given[one.Name] || err != nil {
			return
		}
		given[one.Name] = true
		if e := f.Set(one.Name, value); e != nil {
			err = fmt.Errorf("config: %s: %w", name, e)
		}
	})
	return err
}

// Variable returns the name of the variable that has a setting.
func (s Sources) Variable(setting string) string {
	return s.Prefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// file sets what was not given from a file. Only one that was named must exist.
func (s Sources) file(f *flag.FlagSet, name string, given map[string]bool) (string, error) {
	named := given[Flag]
	if !named {
		name = s.Default
	}
	if name == "" {
		return "", nil
	}
	r, err := os.Open(name)
	if !named && errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("config: %w", err)
	}
	defer r.Close()
	return name, read(f, r, name, given)
}

// read sets what was not given from the lines of a file.
func read(f *flag.FlagSet, r io.Reader, file string, given map[string]bool) error {
	there := make(map[string]bool)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		name, value, err := parseLine(lines.Text())
		if name == "" && err == nil {
			continue
		}
		switch {
		case err != nil:
		case f.Lookup(name) == nil || name == Flag:
			err = fmt.Errorf("there is no setting %q", name)
		case there[name]:
			err = fmt.Errorf("%s is there twice", name)
		case !given[name]:
			err = f.Set(name, value)
		}
		if err != nil {
			return fmt.Errorf("config: %s, line %d: %w", file, n, err)
		}
		there[name] = true
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("config: %s: %w", file, err)
	}
	return nil
}

// parseLine reads NAME = VALUE; the name is empty if the line says nothing.
func parseLine(line string) (name, value string, err error) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return "", "", nil
	}
	name, value, ok := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" {
		return "", "", errors.New("want NAME = VALUE, or # and a comment")
	}
	return name, value, nil
}
