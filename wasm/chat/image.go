package chat

import (
	"encoding/base64"
	"strings"
)

// pictures are the types of pictures that are shown. Others, such as SVG, could
// do more than show something.
var pictures = []string{"data:image/jpg;base64,", "data:image/jpeg;base64,", "data:image/png;base64,", "data:image/gif;base64,", "data:image/webp;base64,"}

// cleanImage returns a data URI with a picture of at most most bytes, or nothing.
func cleanImage(uri string, most int) string {
	if len(uri) > most {
		return ""
	}
	for _, p := range pictures {
		data, ok := strings.CutPrefix(uri, p)
		if !ok || data == "" {
			continue
		}
		if _, err := base64.StdEncoding.DecodeString(data); err == nil && !strings.ContainsAny(data, "\r\n") {
			return uri
		}
	}
	return ""
}
