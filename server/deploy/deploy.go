// Package deploy has the files that a server is put to work with: the systemd
// unit, which the program can write, the container's file, and how nginx and
// Caddy pass requests on. Its tests run them.
package deploy

import _ "embed"

// Unit is the systemd service.
//
//go:embed sotto.service
var Unit string

// Program is where the unit expects the server.
const Program = "/usr/local/bin/sotto-server"
