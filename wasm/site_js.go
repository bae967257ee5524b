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
	entry
	// Others are more relays, after the one to begin with.
	Others []entry `json:"others"`
	// Echo is true if the site has a contact that answers.
	Echo bool `json:"echo"`
}

// An entry is a relay on which queues can be made.
type entry struct {
	// Relay is its address.
	Relay string `json:"relay"`
	// URL is where it is reached: a path on this origin, or a whole ws: or wss: URL.
	URL string `json:"url"`

	address smp.PasswordAddress
}

func parseSite(text []byte) (*site, error) {
	s := new(site)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%w: %w", errSite, err)
	}
	if err := s.entry.parse(); err != nil {
		return nil, err
	}
	for i := range s.Others {
		if err := s.Others[i].parse(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (e *entry) parse() (err error) {
	if e.address, err = smp.ParsePasswordAddress(e.Relay); err != nil {
		return fmt.Errorf("%w: relay address: %w", errSite, err)
	}
	if n := len(e.address.Fingerprint); n != len(transport.Fingerprint{}) {
		return fmt.Errorf("%w: relay address: fingerprint of %d bytes", errSite, n)
	}
	if e.URL, err = socketURL(e.URL); err != nil {
		return fmt.Errorf("%w: relay url: %w", errSite, err)
	}
	return nil
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

// relays returns the site's relays, the one to begin with first.
func (s *site) relays() []smp.PasswordAddress {
	list := []smp.PasswordAddress{s.address}
	for _, e := range s.Others {
		list = append(list, e.address)
	}
	return list
}

// urlOf returns where a relay of the site is reached, or "".
func (s *site) urlOf(relay smp.Address) string {
	for _, e := range append([]entry{s.entry}, s.Others...) {
		if bytes.Equal(relay.Fingerprint, e.address.Fingerprint) {
			return e.URL
		}
	}
	return ""
}

// dial connects to a relay of the site. To others a browser cannot open
// connections: the agent reaches them through one of the site's.
func (s *site) dial(ctx context.Context, relay smp.Address) (*transport.Conn, error) {
	url := s.urlOf(relay)
	if url == "" {
		return nil, fmt.Errorf("site: %w", agent.ErrNoRoute)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := dial(ctx, url)
	if err != nil {
		return nil, err
	}
	return transport.Client(ctx, conn, &transport.ClientConfig{Relay: transport.Fingerprint(relay.Fingerprint)})
}
