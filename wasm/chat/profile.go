package chat

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// profileJSON is a profile on the wire. Chat: "Profile". Preferences and other
// fields of the official apps are kept out of ours and ignored in theirs.
type profileJSON struct {
	DisplayName string `json:"displayName"`
	FullName    string `json:"fullName"`
	Image       string `json:"image,omitempty"`
}

type infoParams struct {
	Profile profileJSON `json:"profile"`
}

// maxName is the length of a display name in characters.
const maxName = 50

// maxImage bounds a picture in bytes of its data URI, as official apps do.
const maxImage = 12500

// parseInfo reads the profile of x.info, or of another event that has one.
// A name that is too long or has control characters is made fit for showing.
func parseInfo(params json.RawMessage) (Profile, error) {
	var p infoParams
	if json.Unmarshal(params, &p) != nil || p.Profile.DisplayName == "" {
		return Profile{}, ErrMalformed
	}
	image := p.Profile.Image
	if len(image) > maxImage || !strings.HasPrefix(image, "data:image/") {
		image = ""
	}
	return Profile{DisplayName: cleanName(p.Profile.DisplayName), FullName: cleanName(p.Profile.FullName), Image: image}, nil
}

// cleanName drops what could disguise one name as another: line breaks,
// control characters and changes of writing direction. A name of which nothing
// could be seen is dropped whole.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if utf8.RuneCountInString(name) > maxName {
		name = string([]rune(name)[:maxName])
	}
	if !strings.ContainsFunc(name, isVisible) {
		return ""
	}
	return name
}

// isVisible reports whether r alone can be seen. The fillers among the letters
// and symbols are blank: Hangul and Braille.
func isVisible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800':
		return false
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
}

// ErrBadName is returned for a display name that cannot be used.
type ErrBadName struct{ Reason string }

func (e *ErrBadName) Error() string { return "chat: " + e.Reason }

// checkName returns the name as it will be used.
func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return "", &ErrBadName{"Enter a name. It can be anything, and you can change it later."}
	case utf8.RuneCountInString(name) > maxName:
		return "", &ErrBadName{"The name is too long. Use at most 50 characters."}
	case cleanName(name) != name:
		return "", &ErrBadName{"The name contains characters that cannot be shown. Leave them out."}
	}
	return name, nil
}

func (p Profile) info() (Message, error) {
	return newMessage(nil, eventInfo, infoParams{profileJSON(p)})
}
