package chat

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// profileJSON is a profile on the wire. Chat: "Profile".
type profileJSON struct {
	DisplayName string          `json:"displayName"`
	FullName    string          `json:"fullName"`
	Description string          `json:"shortDescr,omitempty"`
	Image       string          `json:"image,omitempty"`
	Preferences json.RawMessage `json:"preferences,omitempty"`
}

// preferences of somebody, as far as they matter here. Chat: "Preferences".
type preferences struct {
	TimedMessages *struct {
		Allow string `json:"allow"`
		TTL   *int   `json:"ttl"` // seconds
	} `json:"timedMessages"`
}

// ours are the preferences in our own profiles: voice messages could not be
// heard here, nor calls be taken.
const ours = `{"timedMessages":{"allow":"yes"},"fullDelete":{"allow":"no"},"reactions":{"allow":"yes"},"voice":{"allow":"no"},"calls":{"allow":"no"}}`

type infoParams struct {
	Profile profileJSON `json:"profile"`
}

// maxTTL is the longest time to disappear, in seconds: a year.
const maxTTL = 365 * 24 * 3600

// parseTTL reads from somebody's profile after how many seconds messages are to
// disappear, 0 if they are to stay. Chat: "Preferences".
func parseTTL(params json.RawMessage) int {
	var p infoParams
	var theirs preferences
	if json.Unmarshal(params, &p) != nil || json.Unmarshal(p.Profile.Preferences, &theirs) != nil {
		return 0
	}
	timed := theirs.TimedMessages
	if timed == nil || timed.TTL == nil || timed.Allow == "no" {
		return 0
	}
	return max(0, min(*timed.TTL, maxTTL))
}

// maxName is the length of a display name in characters.
const maxName = 50

// maxDescription is the length of a description in characters.
const maxDescription = 160

// maxImage bounds a picture in bytes of its data URI, as official apps do.
const maxImage = 12500

// parseInfo reads the profile of x.info, or of another event that has one.
// A name that is too long or has control characters is made fit for showing.
func parseInfo(params json.RawMessage) (Profile, error) {
	var p infoParams
	if json.Unmarshal(params, &p) != nil || p.Profile.DisplayName == "" {
		return Profile{}, ErrMalformed
	}
	return p.Profile.shown(), nil
}

// shown returns what is shown of a profile.
func (j profileJSON) shown() Profile {
	return Profile{
		DisplayName: cleanName(j.DisplayName),
		FullName:    cleanName(j.FullName),
		Image:       cleanImage(j.Image, maxImage),
		Description: cleanLine(j.Description, maxDescription),
	}
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
	name = cut(name, maxName)
	if !strings.ContainsFunc(name, isVisible) {
		return ""
	}
	return name
}

// cleanLine is cleanName for a text of another length.
func cleanLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	return cut(strings.TrimSpace(s), most)
}

// cut returns at most the first characters of s.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) > most {
		return string([]rune(s)[:most])
	}
	return s
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
	return newMessage(nil, eventInfo, infoParams{p.wire()})
}

// wire returns p as it is sent.
func (p Profile) wire() profileJSON {
	return profileJSON{p.DisplayName, p.FullName, p.Description, p.Image, json.RawMessage(ours)}
}
