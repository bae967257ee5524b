//go:build !js

package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sotto/smp"
	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// A peer is an agent that says what an official app would: the test writes it.
type peer struct {
	w     *world
	agent *agent.Agent

	mu     sync.Mutex
	conn   agent.ConnID
	infos  []string // of requests, confirmations and answers
	heard  []string // bodies
	answer string   // info with which requests and confirmations are answered
}

func (w *world) peer(answer string) *peer {
	p := &peer{w: w, answer: answer}
	var err error
	p.agent, err = agent.Open(w.ctx, agent.Config{Store: new(store.Mem), App: p, Relays: []smp.PasswordAddress{w.address}, Dial: w.dial})
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (p *peer) Event(t *agent.Turn, e agent.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	switch e := e.(type) {
	case agent.Requested:
		p.infos = append(p.infos, string(e.Info))
		p.conn, err = t.Accept(e.Request, []byte(p.answer))
	case agent.Confirmed:
		p.infos = append(p.infos, string(e.Info))
		p.conn, err = e.Conn, t.Allow(e.Conn, []byte(p.answer))
	case agent.InfoReceived:
		p.infos = append(p.infos, string(e.Info))
	case agent.Received:
		p.heard = append(p.heard, string(e.Body))
		err = t.Receipt(e.Conn, e.MsgID)
	}
	return err
}

// say sends a body as it is.
func (p *peer) say(body string) {
	p.w.Helper()
	err := p.agent.Do(p.w.ctx, func(t *agent.Turn) error {
		_, err := t.Send(p.conn, []byte(body), agent.SendOptions{})
		return err
	})
	if err != nil {
		p.w.Fatalf("%s: %v", body, err)
	}
	p.w.pass(time.Second)
}

// has reports how many bodies have all of the words.
func (p *peer) has(words ...string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
next:
	for _, b := range p.heard {
		for _, w := range words {
			if !strings.Contains(b, w) {
				continue next
			}
		}
		n++
	}
	return n
}

func event(name, params string) string {
	return fmt.Sprintf(`{"v":"1-18","event":%q,"params":%s}`, name, params)
}

func said(id, text string) string {
	return fmt.Sprintf(`{"v":"1-18","msgId":%q,"event":"x.msg.new","params":{"content":{"type":"text","text":%q}}}`, id, text)
}

// Member ids: of the host, of us, and of two who answer, too.
const (
	hostID = "aG9zdGhvc3Rob3N0"
	ourID  = "dXNlcnVzZXJ1c2Vy"
	annID  = "YW5uIGFubiBhbm4g"
	bobID  = "Ym9iIGJvYiBib2Ig"
)

var linkInvited = event("x.grp.link.inv", `{"groupLinkInvitation":{"fromMember":{"memberId":"`+hostID+`","memberRole":"owner"},"fromMemberName":"shop","invitedMember":{"memberId":"`+ourID+
	`","memberRole":"member"},"groupProfile":{"displayName":"Lamps & Co","fullName":"","groupPreferences":{}},"accepted":"accepted","business":{"chatType":"business","businessId":"`+hostID+`","customerId":"`+ourID+`"},"groupSize":1}}`)

func about(id, name, role string) string {
	return fmt.Sprintf(`{"memberInfo":{"memberId":%q,"memberRole":%q,"v":"1-18","profile":{"displayName":%q,"fullName":""}}}`, id, role, name)
}

// business has a visitor write to the address of a business.
func business(w *world, visitor *person) (host *peer, id string) {
	w.Helper()
	host = w.peer(linkInvited)
	var links agent.Links
	shown := []byte(`{"profile":{"displayName":"Lamps","fullName":""},"message":{"type":"text","text":"Hi!"},"business":true}`)
	err := host.agent.NewAddress(w.ctx, shown, func(_ *agent.Turn, _ agent.ConnID, l agent.Links) error { links = l; return nil })
	if err != nil {
		w.Fatal(err)
	}
	w.pass(time.Second)
	id = visitor.visit(Visit{Text: links.Short, Message: "Hello"})
	w.pass(10 * time.Second)
	return host, id
}

// TestBusiness talks to several people behind one address.
func TestBusiness(t *testing.T) {
	inWorld(t, func(w *world) {
		visitor := w.person("Visitor")
		host, id := business(w, visitor)
		if len(host.infos) != 2 || !strings.Contains(host.infos[0], `"x.contact"`) || !strings.Contains(host.infos[0], "Hello") ||
			!strings.Contains(host.infos[1], `"x.info"`) || strings.Contains(host.infos[1], "preferences") {
			t.Fatalf("the host got %s", host.infos)
		}
		host.say(event("x.grp.link.mem", `{"profile":{"displayName":"Lamps","fullName":""}}`))
		k := visitor.contact(id)
		if k.State != Connected || k.Kind != Business || k.Profile.DisplayName != "Lamps & Co" || len(k.Members) != 1 || k.Members[0].Profile.DisplayName != "Lamps" {
			t.Fatalf("%+v", k)
		}
		visitor.send(id, "Anybody there?", "")
		host.say(said("AQID", "Yes"))
		w.pass(time.Second)
		if host.has("Anybody there?") != 1 {
			t.Errorf("the host heard %s", host.heard)
		}
		host.say(event("x.grp.mem.new", about(annID, "Ann", "admin")))
		host.say(event("x.grp.mem.new", about(annID, "Ann", "admin")))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+annID+`","memberName":"Ann","msgTs":"2000-01-01T00:00:01.5Z","msg":`+said("BAUG", "I am Ann")+`}`))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+annID+`","memberName":"Ann","msgTs":"2000-01-01T00:00:01.5Z","msg":`+said("BAUG", "I am Ann")+`}`))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+bobID+`","memberName":"Bob","msgTs":"2100-01-01T00:00:00Z","msg":`+said("BwgJ", "And Bob")+`}`))
		want := "received:Hi! sent:Hello sent:Anybody there? received:Yes note:Ann joined. received:I am Ann received:And Bob"
		items := visitor.items(id)
		if got := texts(items); got != want {
			t.Fatalf("the visitor has %s", got)
		}
		if items[3].Author != "Lamps" || items[5].Author != "Ann" || items[5].MemberID != annID || items[6].Author != "Bob" || items[6].At > w.now() {
			t.Errorf("%+v", items[3:])
		}
		if items[2].Status != Delivered || items[1].Status != Delivered {
			t.Errorf("%+v", items[1:3])
		}
		// What belongs to others cannot be changed, except by moderators.
		host.say(event("x.grp.msg.forward", `{"memberId":"`+bobID+`","msgTs":"2000-01-01T00:00:00Z","msg":`+event("x.msg.update", `{"msgId":"BAUG","content":{"type":"text","text":"forged"}}`)+`}`))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+bobID+`","msgTs":"2000-01-01T00:00:00Z","msg":`+event("x.msg.del", `{"msgId":"BAUG","memberId":"`+annID+`"}`)+`}`))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+bobID+`","msgTs":"2000-01-01T00:00:00Z","msg":`+event("x.grp.del", `{}`)+`}`))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+annID+`","msgTs":"2000-01-01T00:00:00Z","msg":`+event("x.msg.update", `{"msgId":"BAUG","content":{"type":"text","text":"I am Anna"}}`)+`}`))
		host.say(event("x.msg.del", `{"msgId":"BwgJ","memberId":"`+bobID+`"}`))
		host.say(event("x.msg.react", `{"msgId":"`+shared(visitor, id, 3)+`","memberId":"`+ourID+`","reaction":{"type":"emoji","emoji":"👍"},"add":true}`))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+annID+`","msgTs":"2000-01-01T00:00:00Z","msg":`+event("x.msg.react", `{"msgId":"`+shared(visitor, id, 3)+`","memberId":"`+ourID+`","reaction":{"type":"emoji","emoji":"👍"},"add":true}`)+`}`))
		items = visitor.items(id)
		if items[5].Text != "I am Anna" || !items[5].Edited || !items[6].Deleted || len(items[2].Reactions) != 1 || items[2].Reactions[0] != (Reaction{"👍", 2, false}) {
			t.Errorf("%+v", items)
		}
		visitor.reply(id, 6, "Nice to meet you")
		visitor.react(id, 6, "❤", true)
		if host.has(`"quote"`, `"memberId":"`+annID+`"`, `"sent":false`) != 1 || host.has("x.msg.react", `"memberId":"`+annID+`"`) != 1 {
			t.Errorf("the host heard %s", host.heard)
		}
		host.say(event("x.grp.mem.role", `{"memberId":"`+bobID+`","role":"admin"}`))
		host.say(event("x.grp.info", `{"groupProfile":{"displayName":"Lamps Ltd","fullName":""}}`))
		host.say(event("x.grp.mem.del", `{"memberId":"`+bobID+`"}`))
		if name := visitor.contact(id).Profile.DisplayName; name != "Lamps Ltd" {
			t.Errorf("called %s", name)
		}
		// The main member's name is that of the business; others' are not.
		host.say(event("x.info", `{"profile":{"displayName":"Lamps & Sons","fullName":""}}`))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+annID+`","msgTs":"2000-01-01T00:00:00Z","msg":`+event("x.info", `{"profile":{"displayName":"Anna","fullName":""}}`)+`}`))
		visitor.stop()
		visitor.start()
		k = visitor.contact(id)
		if k.Profile.DisplayName != "Lamps & Sons" || k.Members[1].Profile.DisplayName != "Anna" || len(k.Members) != 3 || !k.Members[2].Gone || k.Members[2].Role != "admin" || k.Last.Text != "Bob was removed." {
			t.Errorf("%+v", k)
		}
		visitor.do(func(t *agent.Turn) error { return visitor.chat.Delete(t, id) })
		w.pass(time.Minute)
		if host.has("x.grp.leave") != 1 {
			t.Errorf("the host heard %s", host.heard)
		}
	})
}

func (w *world) now() int64 { return time.Now().UnixMilli() }

// TestMembersMeet has a member who answers connect to the visitor.
func TestMembersMeet(t *testing.T) {
	inWorld(t, func(w *world) {
		visitor := w.person("Visitor")
		host, id := business(w, visitor)
		ann := w.peer(event("x.grp.mem.info", `{"memberId":"`+annID+`","profile":{"displayName":"Ann","fullName":"of Lamps"}}`))
		var link string
		err := ann.agent.Invite(w.ctx, func(_ *agent.Turn, _ agent.ConnID, l string) error { link = l; return nil })
		if err != nil {
			t.Fatal(err)
		}
		host.say(event("x.grp.mem.new", about(annID, "Ann", "member")))
		text, _ := json.Marshal(link)
		fwd := event("x.grp.mem.fwd", strings.TrimSuffix(about(annID, "Ann", "member"), "}")+`,"memberIntro":{"groupConnReq":`+string(text)+`}}`)
		host.say(fwd)
		host.say(fwd)
		w.pass(10 * time.Second)
		if len(ann.infos) != 1 || !strings.Contains(ann.infos[0], "x.grp.mem.info") || !strings.Contains(ann.infos[0], ourID) {
			t.Fatalf("Ann got %s", ann.infos)
		}
		if host.has("x.grp.mem.con", annID) != 1 {
			t.Errorf("the host heard %s", host.heard)
		}
		visitor.stop()
		visitor.start()
		visitor.send(id, "Hello all", "")
		w.pass(time.Second)
		if host.has("Hello all") != 1 || ann.has("Hello all") != 1 {
			t.Errorf("the host heard %s, Ann %s", host.heard, ann.heard)
		}
		ann.say(said("AQID", "Hello from Ann"))
		host.say(event("x.grp.msg.forward", `{"memberId":"`+annID+`","memberName":"Ann","msgTs":"2000-01-01T00:00:00Z","msg":`+said("AQID", "Hello from Ann")+`}`))
		ann.say(event("x.grp.mem.del", `{"memberId":"`+ourID+`"}`)) // may not
		items := visitor.items(id)
		if got := items[len(items)-1]; got.Text != "Hello from Ann" || got.Author != "Ann" || items[len(items)-2].Status != Delivered {
			t.Errorf("%s", texts(items))
		}
		ann.say("[" + said("BAUG", "Bye") + "," + event("x.grp.leave", `{}`) + "," + said("BwgJ", "Boo") + "]")
		if items := visitor.items(id); items[len(items)-1].Text != "Ann left." || items[len(items)-2].Text != "Bye" {
			t.Errorf("%s", texts(items))
		}
		if k := visitor.contact(id); !k.Members[1].Gone || k.Members[1].Profile.FullName != "of Lamps" || k.State != Connected {
			t.Errorf("%+v", k)
		}
		host.say(event("x.grp.del", `{}`))
		if k := visitor.contact(id); k.State != Ended || k.Problem == "" {
			t.Errorf("%+v", k)
		}
		visitor.do(func(t *agent.Turn) error { return visitor.chat.Delete(t, id) })
	})
}

// TestInvitedToGroup joins a group to which a contact invited.
func TestInvitedToGroup(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, _, bobContact, aliceContact := w.couple()
		bob := w.people[1]
		host := w.peer(event("x.ok", `{}`))
		var link string
		err := host.agent.Invite(w.ctx, func(_ *agent.Turn, _ agent.ConnID, l string) error { link = l; return nil })
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(link)
		alice.tell(bobContact, "x.grp.inv", `{"groupInvitation":{"fromMember":{"memberId":"`+hostID+`","memberRole":"owner"},"invitedMember":{"memberId":"`+ourID+
			`","memberRole":"member"},"connRequest":`+string(text)+`,"groupProfile":{"displayName":"Readers","fullName":""}}}`)
		alice.tell(bobContact, "x.grp.inv", `{"groupInvitation":{"fromMember":{"memberId":"`+hostID+`"}}}`)
		g := bob.one(Requested)
		if g.Kind != Group || g.Profile.DisplayName != "Readers" || len(g.Members) != 1 || g.Members[0].Profile.DisplayName != "Alice" {
			t.Errorf("%+v", g)
		}
		if got := texts(bob.items(aliceContact)); got != "note:Invited you to the group “Readers”. Find it among the requests. received:" {
			t.Errorf("Bob has %s", got)
		}
		bob.accept(g.ID)
		if len(host.infos) != 1 || !strings.Contains(host.infos[0], "x.grp.acpt") || !strings.Contains(host.infos[0], ourID) {
			t.Fatalf("the host got %s", host.infos)
		}
		bob.send(g.ID, "Hello", "")
		host.say("[" + event("x.grp.mem.intro", about(annID, "Ann", "member")) + "," + said("AQID", "Welcome") + "]")
		if k := bob.contact(g.ID); k.State != Connected || len(k.Members) != 2 || k.Last.Author != "Alice" || host.has("Hello") != 1 {
			t.Errorf("%+v, the host heard %s", k, host.heard)
		}
		host.say(event("x.grp.mem.del", `{"memberId":"`+ourID+`"}`))
		if k := bob.contact(g.ID); k.State != Ended {
			t.Errorf("%+v", k)
		}
	})
}

func TestNotLetIn(t *testing.T) {
	inWorld(t, func(w *world) {
		visitor := w.person("Visitor")
		host := w.peer(event("x.grp.link.reject", `{"groupLinkRejection":{}}`))
		var links agent.Links
		err := host.agent.NewAddress(context.Background(), nil, func(_ *agent.Turn, _ agent.ConnID, l agent.Links) error { links = l; return nil })
		if err != nil {
			t.Fatal(err)
		}
		id := visitor.visit(Visit{Text: links.Full, Message: "Hello"})
		w.pass(time.Minute)
		if k := visitor.contact(id); k.State != Failed || k.Problem != "You were not let in." || k.Last.Status != Undeliverable {
			t.Errorf("%+v", k)
		}
	})
}
