//go:build !js

package smp_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A rule says what the packages of a tree must never import, and why. Deps are
// forbidden with everything that leads to them; imports are forbidden only as
// such, because the standard library itself leads to them.
type rule struct {
	tree, except  []string // packages; one that ends in "/" is a tree
	js            bool     // the rule is about the js build
	deps, imports []string
	why           string
}

var rules = []rule{
	{
		tree: []string{"smp/"}, deps: []string{"sotto/wasm/", "sotto/server/", "sotto/bridge/", "sotto/web/", "net/http/"},
		why: "the protocol does not know its users",
	},
	{
		tree: []string{"smp/"}, js: true, imports: []string{"syscall/js", "github.com/hack-pad/safejs/"},
		why: "the protocol runs anywhere",
	},
	{
		tree: []string{"bridge/", "server/"}, deps: []string{"sotto/wasm/"},
		why: "who passes messages on must be unable to read them",
	},
	{
		tree: []string{"wasm/"}, except: []string{"wasm", "wasm/store/idb/"}, js: true,
		imports: []string{"syscall/js", "github.com/hack-pad/"},
		why:     "the client must run natively in tests",
	},
	{
		tree: []string{"wasm"}, js: true,
		deps: []string{"net/http/", "crypto/tls", "crypto/x509/", "sotto/server/", "sotto/bridge/"},
		why:  "each costs 0.1 to 0.5 MB of download",
	},
	{
		tree: []string{"wasm"}, js: true, deps: []string{"golang.org/x/crypto/curve25519", "crypto/ecdh", "crypto/ecdsa"},
		why: "the tables of the NIST curves cost 0.1 MB of download",
	},
	{
		tree: []string{"wasm/ratchet/", "wasm/sntrup761/"},
		deps: []string{"sotto/wasm/store/", "sotto/wasm/agent/"}, imports: []string{"net/", "time"},
		why: "state in, state out",
	},
	{
		tree: []string{"wasm/agent/"}, deps: []string{"sotto/wasm/chat/", "sotto/wasm/xftp/", "sotto/wasm/rpc/"},
		why: "events go up; lower does not know upper",
	},
	{
		tree: []string{"server/relay"}, deps: []string{"sotto/server/", "github.com/cockroachdb/"}, except: []string{"sotto/server/relay"},
		why: "stores implement the relay's interface",
	},
}

// A pkg is a package of the module with what it imports.
type pkg struct {
	path          string // without the name of the module
	imports, deps []string
}

func TestImports(t *testing.T) {
	packages := map[bool][]pkg{false: list(t), true: list(t, "GOOS=js", "GOARCH=wasm")}
	for _, r := range rules {
		for _, p := range packages[r.js] {
			if !within(p.path, r.tree) || within(p.path, r.except) {
				continue
			}
			for _, path := range slices.Concat(r.forbidden(p.deps, r.deps), r.forbidden(p.imports, r.imports)) {
				t.Errorf("%s imports %s: %s", p.path, path, r.why)
			}
		}
	}
}

// forbidden returns the paths that are in trees.
func (r rule) forbidden(paths, trees []string) []string {
	var bad []string
	for _, path := range paths {
		if within(path, trees) && !within(path, r.except) {
			bad = append(bad, path)
		}
	}
	return bad
}

// within reports whether path is one of trees, or in one that ends in "/".
func within(path string, trees []string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool {
		if root, ok := strings.CutSuffix(tree, "/"); ok {
			return path == root || strings.HasPrefix(path, tree)
		}
		return path == tree
	})
}

// list returns every package of the module in the build that env asks for, also
// those that do not build.
func list(t *testing.T, env ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}}|{{join .Imports " "}}|{{join .Deps " "}}`, "sotto/...")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []pkg
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		packages = append(packages, pkg{strings.TrimPrefix(f[0], "sotto/"), strings.Fields(f[1]), strings.Fields(f[2])})
	}
	if len(packages) == 0 {
		t.Fatal("no packages")
	}
	return packages
}

// TestWithin checks the rules' patterns.
func TestWithin(t *testing.T) {
	for _, test := range []struct {
		path, tree string
		want       bool
	}{
		{"wasm", "wasm", true}, {"wasm/agent", "wasm", false}, {"wasm", "wasm/", true}, {"wasm/agent", "wasm/", true},
		{"wasmer", "wasm/", false}, {"net/http", "net/http/", true}, {"net/http/httptrace", "net/http/", true},
	} {
		if got := within(test.path, []string{test.tree}); got != test.want {
			t.Errorf("%s within %s: %v", test.path, test.tree, got)
		}
	}
}

// notInViews is what only the page's rpc file, and the worker, may touch.
var notInViews = regexp.MustCompile(`\b(MessagePort|SharedWorker|indexedDB|IDB[A-Z]\w+|crypto)\b`)

// TestViews checks that the page's views and the widget reach the client only
// through the generated API.
func TestViews(t *testing.T) {
	err := filepath.WalkDir("../web", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "node_modules" {
			return skip(err)
		}
		isView := strings.Contains(filepath.ToSlash(path), "/views/") || strings.Contains(filepath.ToSlash(path), "/widget")
		if ext := filepath.Ext(path); d.IsDir() || !isView || ext != ".ts" && ext != ".tsx" {
			return nil
		}
		source, err := os.ReadFile(path)
		if word := notInViews.Find(withoutComments(source)); word != nil {
			t.Errorf("%s speaks of %s: only the rpc file speaks to the worker", path, word)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// skip leaves a directory alone; a tree that does not exist yet is no error.
func skip(err error) error {
	if err == nil || os.IsNotExist(err) {
		return fs.SkipDir
	}
	return err
}

var comments = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s*//.*$`)

func withoutComments(source []byte) []byte { return comments.ReplaceAll(source, nil) }
