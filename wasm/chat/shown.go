package chat

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"sotto/wasm/agent"
)

// linkData is what the owner of a short link shows to those who resolve it.
// Chat: "Short links".
type linkData struct {
	Profile  profileJSON     `json:"profile"`
	Message  json.RawMessage `json:"message,omitempty"`
	Business bool            `json:"business"`
	// Group is there instead of a profile if the link leads to a group.
	Group *groupProfileJSON `json:"groupProfile,omitempty"`
}

type groupProfileJSON struct {
	DisplayName string `json:"displayName"`
	FullName    string `json:"fullName"`
	Description string `json:"shortDescr,omitempty"`
	Welcome     string `json:"description,omitempty"`
	Image       string `json:"image,omitempty"`
}

// maxPlain is the length of link data, in bytes, up to which they are not
// compressed, as official apps do.
const maxPlain = 10240

// Shown is what a link shows before it is opened.
type Shown struct {
	Profile Profile
	// Message is the owner's welcome message, or empty.
	Message string
	// Business is an address at which several people may answer.
	Business bool
	// Group is true if the link leads to a group, of which Profile is.
	Group bool
}

// Show returns the data of a short link to p.
func Show(p Profile, message string) ([]byte, error) {
	d := linkData{Profile: p.wire()}
	if message != "" {
		var err error
		if d.Message, err = encodeJSON(textContent{"text", message}); err != nil {
			return nil, err
		}
	}
	b, err := encodeJSON(struct {
		Profile  profileJSON     `json:"profile"`
		Message  json.RawMessage `json:"message,omitempty"`
		Business bool            `json:"business"`
	}{d.Profile, d.Message, false})
	if err != nil || len(b) <= maxPlain {
		return b, err
	}
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return nil, fmt.Errorf("chat: start compression: %w", err)
	}
	defer e.Close()
	return e.EncodeAll(b, []byte{'X'}), nil
}

// ParseShown reads the data of a short link.
func ParseShown(b []byte) (Shown, error) {
	if len(b) > 0 && b[0] == 'X' {
		var err error
		if b, err = decompress(b[1:], maxDecompressed); err != nil {
			return Shown{}, err
		}
	}
	var d linkData
	if json.Unmarshal(b, &d) != nil {
		return Shown{}, ErrMalformed
	}
	if g := d.Group; g != nil && g.DisplayName != "" {
		return Shown{Profile: g.shown(), Message: cleanText(g.Welcome), Group: true}, nil
	}
	if d.Profile.DisplayName == "" {
		return Shown{}, ErrMalformed
	}
	s := Shown{Profile: d.Profile.shown(), Business: d.Business}
	if content, err := parseContent(d.Message); err == nil {
		s.Message = cleanText(content.Text)
	}
	return s, nil
}

// shown returns what is shown of a group's profile.
func (g groupProfileJSON) shown() Profile {
	return profileJSON{DisplayName: g.DisplayName, FullName: g.FullName, Description: g.Description, Image: g.Image}.shown()
}

// show changes what the short link of an address or invitation shows. Those
// without a short link show nothing.
func (c *Chat) show(t *agent.Turn, conn agent.ConnID, o *own, message string) error {
	b, err := Show(o.Profile, message)
	if err != nil {
		return err
	}
	err = t.SetLinkData(conn, b)
	if errors.Is(err, agent.ErrNoShortLink) || errors.Is(err, agent.ErrUnknownConn) {
		return nil
	}
	return err
}
