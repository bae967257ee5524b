package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hack-pad/safejs"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/agent"
)

// dialTimeout bounds connecting to the relay, with the handshake.
const dialTimeout = 20 * time.Second

var errSite = errors.New("site: bad configuration")

// A site is what /config.json says of the place that serves the page.
type site struct {
	// Relay is the address of the relay on which queues are made.
	Relay string `json:"relay"`
	// URL is where that relay is reached: a path on this origin, or a whole
	// ws: or wss: URL.
	URL string `json:"url"`
	// Echo is true if the site has a contact that answers.
	Echo bool `json:"echo"`

	relay smp.PasswordAddress
}

func parseSite(text []byte) (*site, error) {
	s := new(site)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%w: %w", errSite, err)
	}
	var err error
	if s.relay, err = smp.ParsePasswordAddress(s.Relay); err != nil {
		return nil, fmt.Errorf("%w: relay address: %w", errSite, err)
	}
	if len(s.relay.Fingerprint) != len(transport.Fingerprint{}) {
		return nil, fmt.Errorf("%w: relay address: fingerprint of %d bytes", errSite, len(s.relay.Fingerprint))
	}
	if s.URL, err = socketURL(s.URL); err != nil {
		return nil, fmt.Errorf("%w: relay url: %w", errSite, err)
	}
	return s, nil
}

// socketURL makes a path a URL on the page's own origin.
func socketURL(url string) (string, error) {
	if strings.HasPrefix(url, "ws://") || strings.HasPrefix(url, "wss://") {
		return url, nil
	}
	if !strings.HasPrefix(url, "/") {
		return "", errors.New("neither a path nor a ws: or wss: URL")
	}
	location, err := safejs.Global().Get("location")
	if err != nil {
		return "", err
	}
	origin, err := location.Get("origin")
	if err != nil {
		return "", err
	}
	text, err := origin.String()
	if err != nil {
		return "", err
	}
	return "ws" + strings.TrimPrefix(text, "http") + url, nil // http → ws, https → wss
}

func (s *site) relays() []smp.PasswordAddress { return []smp.PasswordAddress{s.relay} }

// dial connects to the site's relay. To others a browser cannot open connections:
// the agent reaches them through the site's relay.
func (s *site) dial(ctx context.Context, relay smp.Address) (*transport.Conn, error) {
	if !bytes.Equal(relay.Fingerprint, s.relay.Fingerprint) {
		return nil, fmt.Errorf("site: %w", agent.ErrNoRoute)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := dial(ctx, s.URL)
	if err != nil {
		return nil, err
	}
	return transport.Client(ctx, conn, &transport.ClientConfig{Relay: transport.Fingerprint(relay.Fingerprint)})
}
