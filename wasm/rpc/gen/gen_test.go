package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFresh(t *testing.T) {
	got, err := Generate("..", "../../chat")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../../web/api.ts")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("web/api.ts is stale: run go generate ./wasm/rpc")
	}
}

const api = `package rpc
// API is asked.
type API struct {
	// Ask asks.
	Ask Method[Question, Answer]
}
// Events are told.
type Events struct { Told func(Answer) }
type Question struct{}
`

func TestGenerate(t *testing.T) {
	for _, c := range []struct{ name, answer, want string }{
		{"struct", "// An Answer\n// is long.\ntype Answer struct { A string `json:\"a\"`; B int `json:\"b,omitempty\"` }",
			"/**\n * An Answer\n * is long.\n */\nexport interface Answer {\n  a: string;\n  b?: number;\n}\n"},
		{"pointer", "type Answer struct { A *bool `json:\"a\"`; B *bool `json:\"b,omitempty\"` }",
			"  a: boolean | null;\n  b?: boolean;\n"},
		{"slice of named", "type Answer struct { A []Question `json:\"a\"` }", "  a: Question[];\n"},
		{"enum", "type Answer string\nconst ( Yes Answer = \"yes\"; No Answer = \"no\" )",
			"export type Answer = \"yes\" | \"no\";\n"},
		{"method", "type Answer int64", "  /** Ask asks. */\n  ask(params: Question): Promise<Answer>;\n"},
		{"event", "type Answer int64", "export interface Events {\n  told: Answer;\n}\n"},
		{"empty", "type Answer int64", "export type Question = Record<string, never>;\n"},
	} {
		got, err := generate(t, api+c.answer)
		if err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v\n%s\nwant in it\n%s", c.name, err, got, c.want)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	for _, c := range []struct{ name, source string }{
		{"no Answer", api},
		{"no tag", api + "type Answer struct { A string }"},
		{"map", api + "type Answer struct { A map[string]int `json:\"a\"` }"},
		{"embedded", api + "type Answer struct { Question }"},
		{"channel", api + "type Answer chan int"},
		{"two of a name", api + "type Answer int64\ntype Answer string"},
		{"no API", "package rpc\ntype Events struct{}"},
		{"not a Method", "package rpc\ntype API struct { Ask func() }\ntype Events struct{}"},
		{"not an event", "package rpc\ntype API struct{}\ntype Events struct{ Told int }"},
		{"not Go", "package"},
	} {
		if got, err := generate(t, c.source); err == nil {
			t.Errorf("%s: accepted:\n%s", c.name, got)
		}
	}
}

func generate(t *testing.T, source string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "api.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := Generate(dir, t.TempDir())
	return string(out), err
}
