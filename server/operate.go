package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"sotto/server/control"
	"sotto/server/identity"
	"sotto/server/relay"
	"sotto/smp"
)

// usageOfOperate is what can be said to a server that is running, and what is
// done without one.
const usageOfOperate = `server quickstart [chat.example.org]   write the settings of a new server
server check                        look for what is wrong with them, and with the machine
server -data DIR backup TO          also while the server runs
server -data DIR restore FROM       DIR must not be there yet
server -data DIR import [-config DIR] [-state DIR]
                                    from an official relay that is stopped
server -data DIR rotate CA_KEY      a new certificate for the relay, signed with the key
                                    that you keep elsewhere; then start it again
server -data DIR block [-reason spam|content] [-notice JSON] QUEUE
server -data DIR unblock QUEUE
server -data DIR suspend            clients leave and none come in, until resume or a restart
server -data DIR resume
server -data DIR status             what it counts, and what it lacks
server version
QUEUE is the id of a queue's sender or of a short link, or a queue's smp: URI.`

// operate does a command of the operator.
func operate(ctx context.Context, o *options) error {
	what := o.command[0]
	switch {
	case what == "quickstart":
		return begin(ctx, o.command[1:], os.Stdout)
	case what == "backup" && len(o.command) == 2:
		return o.backupTo(ctx, o.command[1])
	case what == "restore" && len(o.command) == 2:
		return o.restoreFrom(ctx, o.command[1])
	case what == "import":
		return o.importOfficial(ctx, o.command[1:])
	case (what == "suspend" || what == "resume" || what == "status") && len(o.command) == 1:
		answer, err := control.Ask(ctx, o.data, what, "")
		fmt.Print(answer)
		return err
	case what == "check" && len(o.command) == 1:
		return o.checkAll(ctx, os.Stdout)
	case what == "rotate" && len(o.command) == 2:
		return o.rotate(o.command[1])
	case what == "version":
		fmt.Println(version)
		return nil
	}
	return o.askBlock(ctx, what)
}

// operations are the words that operate knows.
var operations = []string{
	"quickstart", "check", "backup", "restore", "import", "rotate", "block", "unblock", "suspend", "resume", "status", "version",
}

// rotate gives the relay a new leaf.
func (o *options) rotate(authority string) error {
	id, err := identity.Rotate(o.data, authority, o.host, time.Now())
	if err != nil {
		return err
	}
	fmt.Printf("the relay has a new certificate, until %s; start the server again to use it\n", id.Until.Format(time.DateOnly))
	return nil
}

// askBlock has a queue blocked, or no longer.
func (o *options) askBlock(ctx context.Context, what string) error {
	f := flag.NewFlagSet(what, flag.ContinueOnError)
	f.SetOutput(os.Stderr)
	f.Usage = func() { fmt.Fprintln(os.Stderr, usageOfOperate) }
	reason := f.String("reason", smp.BlockedSpam, "")
	notice := f.String("notice", "", "")
	if err := f.Parse(o.command[1:]); err != nil {
		return err
	}
	question := f.Arg(0)
	if what == "block" {
		question = strings.Join([]string{f.Arg(0), *reason, *notice}, " ")
	}
	if f.NArg() != 1 || what != "block" && what != "unblock" {
		f.Usage()
		return errors.New("usage")
	}
	_, err := control.Ask(ctx, o.data, what, question)
	return err
}

// commands are what the operator may ask of a server that is running.
func (s *server) commands() map[string]control.Command {
	return map[string]control.Command{
		"backup":  s.backup,
		"block":   s.block,
		"unblock": s.unblock,
		"suspend": s.suspend,
		"resume":  s.resume,
		"status":  s.status,
	}
}

func (s *server) block(ctx context.Context, question string) (string, error) {
	queue, why, err := parseBlock(question)
	if err != nil {
		return "", err
	}
	return "", found(s.relay.Block(ctx, queue, why))
}

func (s *server) unblock(ctx context.Context, question string) (string, error) {
	queue, err := parseQueue(question)
	if err != nil {
		return "", err
	}
	return "", found(s.relay.Unblock(ctx, queue))
}

var (
	errQueue  = errors.New("want the base64 id of a queue's sender or of a short link, or a queue's URI")
	errReason = errors.New("want the reason spam or content")
	errNotice = errors.New("want a notice in JSON, as {\"ttl\":86400}, or none")
)

// parseBlock reads QUEUE REASON [NOTICE].
func parseBlock(question string) (relay.ID, smp.Blocking, error) {
	text, rest, _ := strings.Cut(question, " ")
	var why smp.Blocking
	why.Reason, why.Notice, _ = strings.Cut(rest, " ")
	queue, err := parseQueue(text)
	var notice struct{ TTL *int64 }
	switch {
	case err != nil:
	case why.Reason != smp.BlockedSpam && why.Reason != smp.BlockedContent:
		err = errReason
	case why.Notice != "" && json.Unmarshal([]byte(why.Notice), &notice) != nil:
		err = errNotice
	}
	return queue, why, err
}

// parseQueue reads an id, or the id in a queue's URI.
func parseQueue(text string) (relay.ID, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if uri, notURI := smp.ParseQueueURI(text); notURI == nil {
		raw, err = uri.SenderID, nil
	}
	id, ok := relay.ParseID(raw)
	if err != nil || !ok {
		return relay.ID{}, errQueue
	}
	return id, nil
}

func found(err error) error {
	if errors.Is(err, relay.ErrNotFound) {
		return errors.New("there is no such queue or link")
	}
	return err
}
