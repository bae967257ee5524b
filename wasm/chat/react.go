package chat

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sotto/wasm/agent"
)

// emojis are the reactions that can be given, as official apps have them.
var emojis = []string{"👍", "👎", "😀", "😂", "😢", "❤", "🚀", "✅"}

// maxReactions is how many different reactions one person gives to an item.
const maxReactions = 3

var (
	// ErrBadReaction is returned for an emoji that is none of those that can be given.
	ErrBadReaction = errors.New("chat: no such reaction")
	// ErrReactions is returned for one reaction too many.
	ErrReactions = errors.New("chat: too many reactions")
)

// reactParams are those of x.msg.react.
type reactParams struct {
	MsgID    string       `json:"msgId"`
	MemberID string       `json:"memberId,omitempty"`
	Reaction reactionJSON `json:"reaction"`
	Add      bool         `json:"add"`
}

type reactionJSON struct {
	Type  string `json:"type"`
	Emoji string `json:"emoji"`
}

// React gives an emoji to an item, or takes it back. Chat: "x.msg.react".
func (c *Chat) React(t *agent.Turn, id string, seq int64, emoji string, add bool) (Item, error) {
	k, err := c.contact(id)
	if err != nil {
		return Item{}, err
	}
	it, err := c.item(t, k, seq)
	if err != nil {
		return Item{}, err
	}
	emoji = plainEmoji(emoji)
	switch had := it.reacted("", emoji); {
	case !slices.Contains(emojis, emoji):
		return Item{}, ErrBadReaction
	case it.Direction == Note || it.Deleted || len(it.Shared) == 0:
		return Item{}, ErrNoItem
	case had == add:
		return it.Item, nil
	case add && it.given("") >= maxReactions:
		return Item{}, ErrReactions
	}
	m, err := newMessage(nil, eventReact, reactParams{
		MsgID: base64.URLEncoding.EncodeToString(it.Shared), MemberID: c.writer(k, it),
		Reaction: reactionJSON{"emoji", emoji}, Add: add,
	})
	if err != nil {
		return Item{}, err
	}
	if err := c.tell(t, k, m); err != nil {
		return Item{}, err
	}
	it.react("", emoji, add)
	c.putItem(t, k, it)
	return it.Item, nil
}

// receiveReact shows a reaction of somebody.
func (c *Chat) receiveReact(t *agent.Turn, k *contact, m Message, who string) error {
	var p reactParams
	if json.Unmarshal(m.Params, &p) != nil || p.Reaction.Type != "emoji" {
		return nil
	}
	emoji := plainEmoji(p.Reaction.Emoji)
	if !isEmoji(emoji) {
		return nil
	}
	return c.changeShared(t, k, p.MsgID, func(it *item) {
		if !it.Deleted && (!p.Add || it.given(who) < maxReactions) {
			it.react(who, emoji, p.Add)
		}
	})
}

// plainEmoji leaves out the mark that asks for a coloured picture, as the
// official apps do.
func plainEmoji(s string) string { return strings.ReplaceAll(s, "\ufe0f", "") }

// isEmoji reports whether s can stand under an item: also one of later versions.
func isEmoji(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n == len(s) && n > 1 && unicode.Is(unicode.So, r)
}

func (it *item) reacted(who, emoji string) bool {
	return slices.Contains(it.Reactors, reactor{who, emoji})
}

// given is how many reactions somebody gave.
func (it *item) given(who string) (n int) {
	for _, r := range it.Reactors {
		if r.Who == who {
			n++
		}
	}
	return n
}

// react adds a reaction or takes it away, and counts them anew.
func (it *item) react(who, emoji string, add bool) {
	if it.reacted(who, emoji) != add {
		if add {
			it.Reactors = append(it.Reactors, reactor{who, emoji})
		} else {
			it.Reactors = slices.DeleteFunc(it.Reactors, func(r reactor) bool { return r == reactor{who, emoji} })
		}
	}
	it.Reactions = nil
	for _, r := range it.Reactors {
		i := slices.IndexFunc(it.Reactions, func(x Reaction) bool { return x.Emoji == r.Emoji })
		if i < 0 {
			it.Reactions = append(it.Reactions, Reaction{Emoji: r.Emoji})
			i = len(it.Reactions) - 1
		}
		it.Reactions[i].Count++
		it.Reactions[i].Own = it.Reactions[i].Own || r.Who == ""
	}
}
