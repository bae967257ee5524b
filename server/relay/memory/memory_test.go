package memory_test

import (
	"testing"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/server/relay/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) relay.Store { return new(memory.Store) })
}
