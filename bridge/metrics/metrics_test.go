package metrics

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"sotto/bridge/tunnel"
)

// TestAll: nothing that is counted is left out, or told twice.
func TestAll(t *testing.T) {
	m := new(tunnel.Metrics)
	told := make(map[any]string)
	for _, one := range all(m) {
		if before := told[one.value]; before != "" {
			t.Errorf("%s is also %s", one.name, before)
		}
		told[one.value] = one.name
		if strings.HasSuffix(one.name, "_total") == one.current {
			t.Errorf("%s: a total must not go down, and what is current is none", one.name)
		}
	}
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		if told[v.Field(i).Addr().Interface()] == "" {
			t.Errorf("%s is not told", v.Type().Field(i).Name)
		}
	}
}

func TestHandler(t *testing.T) {
	m := new(tunnel.Metrics)
	m.BlocksToPages.Add(7)
	m.Conns.Add(2)
	w := httptest.NewRecorder()
	Handler(m).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{"\nsotto_bridge_blocks_to_pages_total 7\n", "\nsotto_bridge_connections 2\n", "\ngo_goroutines "} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %q in what is told", want)
		}
	}
}
