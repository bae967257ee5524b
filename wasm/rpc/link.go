package rpc

import (
	"context"
	"errors"
	"slices"
	"sync"

	"sotto/wasm/agent"
	"sotto/wasm/chat"
)

func (s *Session) invite(ctx context.Context, p NewInvitation) (chat.Contact, error) {
	var from chat.Identity
	err := s.agent.Do(ctx, func(*agent.Turn) (err error) {
		from, err = s.chat.Identify(p.ProfileID, p.Incognito)
		return err
	})
	if err != nil {
		return chat.Contact{}, explain(err)
	}
	shown, err := chat.Show(from.Profile, "")
	if err != nil {
		return chat.Contact{}, explain(err)
	}
	var k chat.Contact
	err = s.agent.As(chat.User(from.ProfileID)).InviteShort(ctx, shown, func(t *agent.Turn, conn agent.ConnID, links agent.Links) error {
		return s.try(func(t *agent.Turn) (err error) {
			k, err = s.chat.Invited(t, from, conn, links)
			return err
		})(t)
	})
	return k, explain(err)
}

func (s *Session) inspectLink(ctx context.Context, p LinkText) (Inspection, error) {
	link, err := agent.ParseLink(p.Text)
	if err != nil {
		return Inspection{Kind: kindOf(err), Problem: chat.Sentence(err)}, nil
	}
	return do(ctx, s, func(t *agent.Turn) (Inspection, error) {
		i := Inspection{Kind: shownKind(link.Kind)}
		if _, i.Ours = t.Ours(link); i.Ours {
			i.Problem = chat.Sentence(&agent.LinkError{Problem: agent.OwnLink})
		}
		return i, nil
	})
}

// resolveLink asks the relay only if there is somebody new behind the link.
func (s *Session) resolveLink(ctx context.Context, p LinkText) (LinkInfo, error) {
	link, err := agent.ParseLink(p.Text)
	var problem *agent.LinkError
	if errors.As(err, &problem) && problem.Problem != agent.UnsupportedLink {
		return LinkInfo{Kind: shownKind(problem.Kind), Problem: problem.Error()}, nil
	}
	info, done, err := s.knownLink(ctx, link, err == nil)
	if done || err != nil {
		return info, err
	}
	if problem != nil {
		info.Problem = problem.Error()
	}
	r, err := s.as(ctx, "").Resolve(ctx, p.Text)
	switch {
	case errors.As(err, &problem):
		info.Problem = problem.Error()
		return info, nil
	case errors.Is(err, agent.ErrLinkUsed), errors.Is(err, agent.ErrLinkData):
		info.Problem = chat.Refusal(err)
		return info, nil
	case err != nil:
		return LinkInfo{}, explain(err)
	}
	if problem == nil && r.Link.Short {
		// The same link may have been opened in its other form.
		info, done, err = s.knownLink(ctx, agent.Link{Kind: r.Link.Kind, Request: r.Link.Request}, true)
		if done || err != nil {
			return info, err
		}
	}
	if r.Shown == nil {
		return info, nil
	}
	shown, err := chat.ParseShown(r.Shown)
	if err != nil {
		return info, nil // it can be opened all the same
	}
	s.links.add(link.Text, shown)
	return info.with(shown), nil
}

// knownLink says what is known of a link without asking a relay, and whether
// that is all.
func (s *Session) knownLink(ctx context.Context, link agent.Link, joinable bool) (LinkInfo, bool, error) {
	info := LinkInfo{Kind: shownKind(link.Kind)}
	if !joinable {
		return info, !link.Short, nil
	}
	err := s.agent.Do(ctx, func(t *agent.Turn) error {
		if _, info.Ours = t.Ours(link); info.Ours {
			info.Problem = chat.Sentence(&agent.LinkError{Problem: agent.OwnLink})
		} else if conn, ok := t.Joined(link); ok {
			k := s.chat.Conversation(conn)
			if k.ProfileID != s.chat.Current() {
				return nil
			}
			info.ContactID, info.Name, info.FullName = k.ID, k.Profile.DisplayName, k.Profile.FullName
			info.Description, info.Image = k.Profile.Description, k.Profile.Image
		}
		return nil
	})
	return info, info.Ours || info.ContactID != "", explain(err)
}

// with returns i with what the owner of the link shows.
func (i LinkInfo) with(shown chat.Shown) LinkInfo {
	p := shown.Profile
	i.Name, i.FullName, i.Description, i.Image, i.Message = p.DisplayName, p.FullName, p.Description, p.Image, shown.Message
	if shown.Business && i.Kind == ContactLink {
		i.Kind = BusinessLink
	}
	return i
}

func (s *Session) connect(ctx context.Context, p Opening) (chat.Contact, error) {
	o := chat.Visit{Text: p.Text, Message: p.Message, ClientID: p.ClientID, Incognito: p.Incognito, ProfileID: p.ProfileID}
	if link, err := agent.ParseLink(p.Text); err == nil {
		o.Shown = s.links.find(link.Text)
	}
	return do(ctx, s, func(t *agent.Turn) (chat.Contact, error) { return s.chat.Connect(t, o) })
}

// resolved remembers what the last links showed, since they are opened next.
type resolved struct {
	mu    sync.Mutex
	texts []string
	shown []chat.Shown
}

// maxResolved is how many links are remembered.
const maxResolved = 16

func (r *resolved) add(text string, shown chat.Shown) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.texts) == maxResolved {
		r.texts, r.shown = r.texts[1:], r.shown[1:]
	}
	r.texts, r.shown = append(r.texts, text), append(r.shown, shown)
}

func (r *resolved) find(text string) *chat.Shown {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, t := range slices.Backward(r.texts) {
		if t == text {
			shown := r.shown[i]
			return &shown
		}
	}
	return nil
}

// kindOf says what a link that cannot be opened is.
func kindOf(err error) LinkKind {
	var link *agent.LinkError
	if !errors.As(err, &link) {
		return UnknownLink
	}
	return shownKind(link.Kind)
}

func shownKind(kind agent.LinkKind) LinkKind {
	switch kind {
	case agent.LinkInvitation:
		return InvitationLink
	case agent.LinkContact:
		return ContactLink
	case agent.LinkGroup:
		return GroupLink
	case agent.LinkChannel, agent.LinkRelay:
		return ChannelLink
	}
	return UnknownLink
}
