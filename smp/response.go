package smp

import (
	"encoding/json"
	"time"

	"sotto/smp/wire"
)

// A Response is what a relay says: the answer to a command, or, in a
// transmission without a correlation id, something that happened.
type Response interface {
	// Tag is the word that the response begins with.
	Tag() string

	appendArgs(b []byte, v Version) []byte
}

// OK says that a command was done.
type OK struct{}

// MSG delivers a message. SMP: "Deliver queue message".
type MSG struct {
	MsgID []byte
	Body  []byte // a box, see OpenDelivery
}

// END says that another connection subscribed to the queue. SMP: "Subscription
// END notification".
type END struct{}

// DELD says that the queue was deleted. SMP: "Queue deleted notification";
// before version 10 it is END.
type DELD struct{}

// INFO answers QUE. SMP: "Get queue state".
type INFO struct{ JSON []byte }

// PONG answers PING.
type PONG struct{}

// ERR says why a command was not done.
type ERR struct{ Err *Error }

// responses is every response by tag.
var responses = map[string]func(*wire.Parser, Version) Response{
	"IDS":  readIDS,
	"LNK":  readLNK,
	"SOK":  readSOK,
	"SOKS": readSOKS,
	"ALLS": noArgs[Response](ALLS{}),
	"MSG":  readMSG,
	"NID":  readNID,
	"NMSG": readNMSG,

	"PKEY": readPKEY,
	"RRES": readRRES,
	"PRES": readPRES,

	"END":   noArgs[Response](END{}),
	"ENDS":  readENDS,
	"DELD":  noArgs[Response](DELD{}),
	"INFO":  readINFO,
	"OK":    noArgs[Response](OK{}),
	"ERR":   readERR,
	"PONG":  noArgs[Response](PONG{}),
	"RNAME": readRNAME,
}

// AppendResponse appends the encoding of r in version v. What v does not know
// is said as v would: SOK as OK, DELD as END, BLOCKED as AUTH.
func AppendResponse(b []byte, v Version, r Response) []byte {
	r = downgrade(r, v)
	return r.appendArgs(append(b, r.Tag()...), v)
}

// ParseResponse decodes b, which must hold exactly one response in version v.
// The response aliases b.
func ParseResponse(v Version, b []byte) (Response, error) { return parse(responses, v, b) }

func downgrade(r Response, v Version) Response {
	switch r := r.(type) {
	case ERR:
		return ERR{r.Err.at(v)}
	case SOK:
		if v < VersionServices {
			return OK{}
		}
	case DELD:
		if v < VersionDeleted {
			return END{}
		}
	}
	return r
}

func (OK) Tag() string   { return "OK" }
func (MSG) Tag() string  { return "MSG" }
func (END) Tag() string  { return "END" }
func (DELD) Tag() string { return "DELD" }
func (INFO) Tag() string { return "INFO" }
func (PONG) Tag() string { return "PONG" }
func (ERR) Tag() string  { return "ERR" }

func (OK) appendArgs(b []byte, _ Version) []byte   { return b }
func (END) appendArgs(b []byte, _ Version) []byte  { return b }
func (DELD) appendArgs(b []byte, _ Version) []byte { return b }
func (PONG) appendArgs(b []byte, _ Version) []byte { return b }

func (r MSG) appendArgs(b []byte, _ Version) []byte {
	return append(wire.AppendShort(append(b, ' '), r.MsgID), r.Body...)
}

func readMSG(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return MSG{MsgID: p.Short(), Body: p.Rest()}
}

func (r ERR) appendArgs(b []byte, _ Version) []byte { return appendError(append(b, ' '), r.Err) }

func readERR(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return ERR{readError(p)}
}

func (r INFO) appendArgs(b []byte, _ Version) []byte { return append(append(b, ' '), r.JSON...) }

func readINFO(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	r := INFO{p.Rest()}
	if _, err := r.Queue(); err != nil {
		p.Fail(wire.ErrSyntax)
	}
	return r
}

// QueueState is the state of a queue.
type QueueState struct {
	Secured  bool       `json:"qiSnd"`
	Notifier bool       `json:"qiNtf"`
	Sub      *QueueSub  `json:"qiSub,omitempty"`
	Size     int        `json:"qiSize"`
	Msg      *QueuedMsg `json:"qiMsg,omitempty"`
}

// QueueSub is the subscription to a queue, for those who look for faults.
type QueueSub struct {
	Thread    string `json:"qSubThread"` // noSub, subPending, subThread, prohibitSub
	Delivered string `json:"qDelivered,omitempty"`
}

// QueuedMsg is the first message of a queue.
type QueuedMsg struct {
	MsgID string    `json:"msgId"` // base64
	Time  time.Time `json:"msgTs"`
	Type  string    `json:"msgType"` // message, quota
}

// NewINFO makes the response of a queue's state.
func NewINFO(q QueueState) (INFO, error) {
	b, err := json.Marshal(q)
	return INFO{b}, err
}

// Queue returns the state of the queue.
func (r INFO) Queue() (QueueState, error) {
	var q QueueState
	err := json.Unmarshal(r.JSON, &q)
	return q, err
}
