package quickstart

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is how many light modules are around a code: ISO 18004 wants four.
const quiet = 4

// blocks are what two modules, one above the other, look like in a terminal
// with a dark background: light modules are drawn.
var blocks = map[[2]bool]string{{false, false}: "█", {false, true}: "▀", {true, false}: "▄", {true, true}: " "}

// QR draws a text as a code that a phone reads from the terminal.
func QR(text string) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("quickstart: qr: %w", err)
	}
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		for x := -quiet; x < code.Size+quiet; x++ {
			b.WriteString(blocks[[2]bool{code.Black(x, y), code.Black(x, y+1)}])
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}
