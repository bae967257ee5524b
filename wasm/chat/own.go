package chat

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// own is the record of an OwnProfile.
type own struct {
	OwnProfile
	// AddressConn is the agent's name of the address.
	AddressConn agent.ConnID `json:",omitempty"`
}

// firstProfile is the id of the first profile. Its record has had it since there
// was only one.
const firstProfile = "own"

// A Change says what is to be different in a profile. What is nil stays.
type Change struct {
	DisplayName                  string
	FullName, Image, Description *string
}

var (
	// ErrUnknownProfile is returned for an id that is no own profile (any more).
	ErrUnknownProfile = errors.New("chat: no such profile")
	// ErrBadRouting is returned for a routing policy that is none.
	ErrBadRouting = errors.New("chat: unknown routing policy")
	// ErrLastProfile is returned for deleting the only profile.
	ErrLastProfile = errors.New("chat: last profile")
)

// loadProfiles reads the own profiles and which of them is the current one.
func (c *Chat) loadProfiles(ctx context.Context, s store.Store) error {
	rec, err := s.Scan(ctx, bucketProfile, store.Query{})
	if err != nil {
		return fmt.Errorf("chat: load profiles: %w", err)
	}
	for _, r := range rec {
		o, err := decodeOwn(r.Key, r.Value)
		if err != nil {
			return err
		}
		c.own[o.ID] = o
	}
	b, err := s.Get(ctx, bucketSetting, settingCurrent)
	if ignoreMissing(err) != nil {
		return fmt.Errorf("chat: load profiles: %w", err)
	}
	c.current = string(b)
	if c.own[c.current] == nil && len(rec) > 0 {
		c.current = c.Profiles()[0].ID
	}
	return nil
}

// decodeOwn reads the record of a profile. While there was only one, the record
// was the Profile alone.
func decodeOwn(key string, b []byte) (*own, error) {
	var r struct {
		own
		Profile
		Inner *Profile `json:"profile"`
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("chat: profile record: %w", err)
	}
	r.own.ID, r.own.Profile = key, r.Profile
	if r.Inner != nil {
		r.own.Profile = *r.Inner
	}
	if r.Routing.Policy == "" {
		r.Routing.Policy = RouteUnreachable
	}
	return &r.own, nil
}

// Profile returns the current profile, or nil before one was chosen.
func (c *Chat) Profile() *Profile {
	o := c.own[c.current]
	if o == nil {
		return nil
	}
	p := o.Profile
	return &p
}

// Current returns the id of the current profile, "" before one was chosen.
func (c *Chat) Current() string { return c.current }

// Profiles returns all own profiles, the oldest first.
func (c *Chat) Profiles() []OwnProfile {
	list := make([]OwnProfile, 0, len(c.own))
	for _, o := range c.own {
		list = append(list, o.public())
	}
	slices.SortFunc(list, func(a, b OwnProfile) int {
		if a.CreatedAt != b.CreatedAt {
			return int(a.CreatedAt - b.CreatedAt)
		}
		return slices.Compare([]byte(a.ID), []byte(b.ID))
	})
	return list
}

// public returns a copy that stays as it is.
func (o *own) public() OwnProfile {
	p := o.OwnProfile
	if p.Address != nil {
		a := *p.Address
		p.Address = &a
	}
	return p
}

// ownProfile returns the profile with an id, the current one for "".
func (c *Chat) ownProfile(id string) (*own, error) {
	if id == "" {
		if c.current == "" {
			return nil, ErrNoProfile
		}
		id = c.current
	}
	o := c.own[id]
	if o == nil {
		return nil, ErrUnknownProfile
	}
	return o, nil
}

// saveOwn writes o in this turn and shows it after the commit.
func (c *Chat) saveOwn(t *agent.Turn, o *own) {
	c.putJSON(t, bucketProfile, o.ID, o)
	pub := o.public()
	c.emit(t, Event{OwnProfile: &pub})
	if o.ID == c.current {
		c.emit(t, Event{Profile: &pub.Profile})
	}
}

// SetProfile changes the current profile and tells its contacts; the first time,
// it makes the profile.
func (c *Chat) SetProfile(t *agent.Turn, change Change) (Profile, error) {
	o := c.own[c.current]
	if o == nil {
		made, err := c.makeProfile(t, firstProfile, 0, change)
		return made.Profile, err
	}
	p, err := change.apply(o.Profile)
	if err != nil || p == o.Profile {
		return p, err
	}
	touch(&c.journal, o)
	o.Profile = p
	c.saveOwn(t, o)
	return p, c.announce(t, o)
}

// AddProfile makes one more profile, which becomes the current one.
func (c *Chat) AddProfile(t *agent.Turn, change Change) (OwnProfile, error) {
	if len(c.own) == 0 {
		return c.makeProfile(t, firstProfile, 0, change)
	}
	id, err := c.newID()
	if err != nil {
		return OwnProfile{}, err
	}
	return c.makeProfile(t, base64.RawURLEncoding.EncodeToString(id), t.Now().UnixMilli(), change)
}

func (c *Chat) makeProfile(t *agent.Turn, id string, at int64, change Change) (OwnProfile, error) {
	p, err := change.apply(Profile{})
	if err != nil {
		return OwnProfile{}, err
	}
	o := &own{OwnProfile: OwnProfile{ID: id, Profile: p, Routing: Routing{Policy: RouteUnreachable}, CreatedAt: at}}
	set(&c.journal, c.own, id, o)
	c.saveOwn(t, o)
	c.setCurrent(t, id)
	return o.public(), nil
}

// SwitchProfile makes a profile the current one.
func (c *Chat) SwitchProfile(t *agent.Turn, id string) (OwnProfile, error) {
	o, err := c.ownProfile(id)
	if err != nil {
		return OwnProfile{}, err
	}
	if o.ID != c.current {
		c.setCurrent(t, o.ID)
	}
	return o.public(), nil
}

func (c *Chat) setCurrent(t *agent.Turn, id string) {
	touch(&c.journal, &c.current)
	c.current = id
	c.put(t, bucketSetting, settingCurrent, []byte(id))
	p := c.own[id].Profile
	c.emit(t, Event{Switched: id})
	c.emit(t, Event{Profile: &p})
}

// DeleteProfile leaves all conversations of a profile, withdraws its address and
// forgets it. The last profile stays.
func (c *Chat) DeleteProfile(t *agent.Turn, id string) error {
	o, err := c.ownProfile(id)
	if errors.Is(err, ErrUnknownProfile) {
		return nil // it was deleted in another tab
	}
	if err != nil {
		return err
	}
	if len(c.own) == 1 {
		return ErrLastProfile
	}
	for _, k := range c.Contacts() {
		if k.ProfileID != o.ID {
			continue
		}
		if err := c.Delete(t, k.ID); err != nil {
			return err
		}
	}
	if err := c.withdraw(t, o); err != nil {
		return err
	}
	t.Delete(bucketProfile, o.ID)
	set(&c.journal, c.own, o.ID, nil)
	if o.ID == c.current {
		c.setCurrent(t, c.Profiles()[0].ID)
	}
	c.emit(t, Event{ProfileDeleted: o.ID})
	return nil
}

// apply returns p with the change.
func (change Change) apply(p Profile) (Profile, error) {
	name, err := checkName(change.DisplayName)
	if err != nil {
		return Profile{}, err
	}
	p.DisplayName = name
	if change.FullName != nil {
		p.FullName = cleanLine(*change.FullName, maxName)
	}
	if change.Description != nil {
		if utf8.RuneCountInString(*change.Description) > maxDescription {
			return Profile{}, &ErrBadName{fmt.Sprintf("The description is too long. Use at most %d characters.", maxDescription)}
		}
		p.Description = cleanLine(*change.Description, maxDescription)
	}
	if change.Image != nil {
		p.Image = cleanImage(*change.Image, maxImage)
		if p.Image != *change.Image {
			return Profile{}, &ErrBadName{"The picture cannot be used: it must be a small PNG or JPEG."}
		}
	}
	_, err = p.encodeInfo()
	return p, err
}

// encodeInfo returns the body of x.info, as it travels with connection info.
func (p Profile) encodeInfo() ([]byte, error) {
	m, err := p.info()
	if err != nil {
		return nil, err
	}
	b, err := Encode(m, maxInfo)
	if errors.Is(err, ErrTooLarge) {
		return nil, agent.ErrInfoTooLong
	}
	return b, err
}

// announce sends a changed profile to all who know us by it, and shows it with
// the links that wait for people. Chat: "x.info".
func (c *Chat) announce(t *agent.Turn, o *own) error {
	m, err := o.Profile.info()
	if err != nil {
		return err
	}
	for _, k := range c.contacts {
		if k.ProfileID != o.ID || k.Incognito != "" {
			continue
		}
		if k.State == Invited {
			err = c.show(t, k.Conn, o, "")
		} else {
			err = c.tell(t, k, m)
		}
		if err != nil && !errors.Is(err, agent.ErrNotConnected) {
			return err
		}
	}
	return c.showAddress(t, o)
}
