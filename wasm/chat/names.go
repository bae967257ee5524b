package chat

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The words of random names: enough of them that names rarely meet.
var (
	first = strings.Fields(`amber ample azure bold brave breezy bright brisk calm candid cheerful clear clever copper
		coral cosy crisp curious daring dawn deft eager early earnest easy ember even fair faithful fine firm fleet
		fond frank free fresh gentle glad golden grand green hardy hazel honest humble hushed indigo ivory jolly keen
		kind lively lone loyal lucky mellow merry mild mint misty modest neat nimble noble olive open patient placid
		plain polite prime prompt proud quick quiet rapid ready restful rosy ruby russet serene sharp shy silent
		silver simple sleek smooth snug soft solar steady still sunny swift tidy tranquil trusty upbeat velvet vivid
		warm wise witty young zesty`)
	second = strings.Fields(`acorn alder anchor arrow aspen badger beacon beech birch bison breeze brook canyon cedar
		cherry cliff clover comet coral cove crane creek cricket cypress daisy delta dolphin dove dune eagle elm ember
		falcon fern finch fjord flint forest fox garden glacier grove harbour hare hawk heath heron hill ibis iris
		island ivy jackdaw juniper kestrel kite lagoon lake lantern lark leaf lemur lily linden lotus lynx magpie maple
		marten meadow moon moss oak ocean orchid osprey otter owl pebble pelican pine planet plover pond poplar puffin
		quail rain raven reef ridge river robin rowan sable sage seal shore sparrow spring spruce star stone stream
		swallow swan thistle thrush tide valley walnut wave willow wren`)
)

// RandomName returns a name for somebody who wants to be nobody in particular.
func RandomName(r io.Reader) (string, error) {
	if r == nil {
		r = rand.Reader
	}
	b := make([]byte, 4)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", fmt.Errorf("chat: random name: %w", err)
	}
	a := first[(int(b[0])<<8|int(b[1]))%len(first)]
	z := second[(int(b[2])<<8|int(b[3]))%len(second)]
	return capital(a) + " " + capital(z), nil
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
