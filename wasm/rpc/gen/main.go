// Command gen writes the TypeScript twin of the rpc API from its Go source.
//
// It reads the declarations of packages rpc and chat, begins at the types API
// and Events, and writes every type that they reach, with its documentation.
package main

import (
	"bytes"
	"flag"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("rpc/gen: ")
	rpc := flag.String("rpc", ".", "folder of package rpc")
	chat := flag.String("chat", "../chat", "folder of package chat")
	out := flag.String("o", "", "file to write")
	flag.Parse()
	src, err := Generate(*rpc, *chat)
	if err != nil {
		log.Fatal(err)
	}
	if old, err := os.ReadFile(*out); err == nil && bytes.Equal(old, src) {
		return
	}
	if err := os.WriteFile(*out, src, 0o644); err != nil {
		log.Fatal(err)
	}
}
