package wire

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// A vector is a case of an official file; see testdata.
type vector struct {
	Description     string
	Inputs, Outputs map[string]any
}

func vectors(t *testing.T, file string) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Cases []vector }
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Cases) == 0 {
		t.Fatal("no cases in " + file)
	}
	return f.Cases
}

// unhex decodes v, a hexadecimal string or null.
func unhex(t *testing.T, v any) []byte {
	t.Helper()
	if v == nil {
		return nil
	}
	b, err := hex.DecodeString(v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
