package storelog

import (
	"encoding/json"
	"strings"
	"time"

	"sotto/server/relay"
	"sotto/smp"
)

// queue reads what follows CREATE. Fields that came with later versions may be
// missing. A queue that takes no messages counts as suspended now: the log does
// not say since when.
func (f *fields) queue(now time.Time) *relay.Queue {
	q := &relay.Queue{
		Recipient:     f.id(f.value("rid")),
		RecipientKeys: f.keys(f.value("rk")),
		Secret:        f.secret(f.value("rdh")),
		Sender:        f.id(f.value("sid")),
	}
	if key := f.value("sk"); key != "" {
		q.SenderKey = f.key(key)
	}
	q.Mode = f.mode()
	if id, ok := f.optional("link_id"); ok {
		data := f.value("queue_data")
		q.Link = &relay.Link{ID: f.id(id), Data: f.linkData(data, f.word())}
	}
	if id, ok := f.optional("notifier"); ok {
		q.Notifier = f.notifier(id)
	}
	if t, ok := f.optional("updated_at"); ok {
		q.Used = f.time(t)
	}
	f.status(q, now)
	if service, ok := f.optional("rsrv"); ok {
		q.Service = f.id(service)
	}
	return q
}

// mode reads the queue's mode; before version 15 the log said only whether the
// sender may secure the queue, and before version 9 nothing.
func (f *fields) mode() smp.QueueMode {
	if secure, ok := f.optional("sndSecure"); ok {
		switch secure {
		case "T":
			return smp.Messaging
		case "F":
			return smp.Contact
		}
		f.fail()
	}
	mode, ok := f.optional("queue_mode")
	switch {
	case !ok:
		return 0
	case mode == "M", mode == "C":
		return smp.QueueMode(mode[0])
	}
	f.fail()
	return 0
}

func (f *fields) linkData(fixed, user string) smp.LinkData {
	return smp.LinkData{Fixed: f.bytes(fixed), User: f.bytes(user)}
}

// notifier reads what follows a notifier's id.
func (f *fields) notifier(id string) *relay.Notifier {
	n := &relay.Notifier{ID: f.id(id), Key: f.key(f.word()), Secret: f.secret(f.word())}
	if service, ok := f.optional("nsrv"); ok {
		n.Service = f.id(service)
	}
	return n
}

func (f *fields) status(q *relay.Queue, now time.Time) {
	status, ok := f.optional("status")
	blocking, blocked := strings.CutPrefix(status, "blocked,")
	switch {
	case !ok, status == "active":
	case status == "off":
		q.Suspended = now
	case blocked:
		q.Blocked = f.blocking(blocking)
	default:
		f.fail()
	}
}

// blocking reads why a queue is blocked, with a notice in JSON for its users.
func (f *fields) blocking(word string) *smp.Blocking {
	word, notice, _ := strings.Cut(word, ",notice=")
	reason, ok := strings.CutPrefix(word, "reason=")
	if !ok || reason != smp.BlockedSpam && reason != smp.BlockedContent {
		f.fail()
	}
	if notice != "" && !json.Valid([]byte(notice)) || len(notice) > maxBytes {
		f.fail()
	}
	return &smp.Blocking{Reason: reason, Notice: notice}
}
