package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// source is what was declared in the packages that were read.
type source struct {
	types map[string]*declaration
}

type declaration struct {
	expr ast.Expr
	doc  string
	// twice is set if both packages have a type of this name.
	twice bool
	// values are the constants of a string type, in source order.
	values []string
}

func read(dirs ...string) (*source, error) {
	s := &source{types: map[string]*declaration{}}
	var files []*ast.File
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	s.collect(files, token.TYPE, s.addType)
	s.collect(files, token.CONST, s.addConst)
	return s, nil
}

func (s *source) collect(files []*ast.File, tok token.Token, add func(*ast.GenDecl, ast.Spec)) {
	for _, f := range files {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == tok {
				for _, spec := range g.Specs {
					add(g, spec)
				}
			}
		}
	}
}

func (s *source) addType(g *ast.GenDecl, spec ast.Spec) {
	t := spec.(*ast.TypeSpec)
	doc := t.Doc
	if doc == nil {
		doc = g.Doc
	}
	name := t.Name.Name
	s.types[name] = &declaration{expr: t.Type, doc: doc.Text(), twice: s.types[name] != nil}
}

func (s *source) addConst(_ *ast.GenDecl, spec ast.Spec) {
	c := spec.(*ast.ValueSpec)
	name, ok := c.Type.(*ast.Ident)
	if !ok || len(c.Values) != 1 {
		return
	}
	lit, ok := c.Values[0].(*ast.BasicLit)
	if t := s.types[name.Name]; ok && t != nil {
		t.values = append(t.values, lit.Value)
	}
}

// structOf returns the fields of the named struct.
func (s *source) structOf(name string) (*ast.StructType, error) {
	d := s.types[name]
	if d == nil {
		return nil, fmt.Errorf("no type %s", name)
	}
	t, ok := d.expr.(*ast.StructType)
	if !ok {
		return nil, fmt.Errorf("type %s is not a struct", name)
	}
	return t, nil
}
