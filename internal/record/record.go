// Package record is the time-stamped record that a sender gives to a receiver
// each interval: one JSON object.
//
//	{"data": "k3j9x0aqk3j9x0aqk3j9x0aqk3j9x0aq", "time": "2026-11-20 22:21:34.123456"}
//
// Data and time are all that clients in the field know, and take exactly 82
// bytes with 32 characters of data. A sender that numbers its records adds
// three keys, which older receivers ignore:
//
//	..., "run": "9f3c51d2", "seq": 17, "ns": 1795213294123456789}
package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Limit is the greatest record in bytes.
const Limit = 64 << 10

// timeLayout is local time without its zone, as Python prints it.
const timeLayout = "2006-01-02 15:04:05.000000"

// maxRun bounds the name of a run: a receiver keeps it. maxSeq bounds its
// numbers, so that a receiver may add a thousand of them.
const (
	maxRun = 64
	maxSeq = 1 << 53
)

// Record is one record. The zero value has neither time nor number.
type Record struct {
	Time string // when the sender says that it was sent, in its own zone
	Data string
	Run  string // of a sender that numbers its records; "": it does not
	Seq  int64  // number within the run, from 0
	Sent int64  // ns since 1970; 0: only Time tells
}

// Arrival is a record that a peer has sent.
type Arrival struct {
	Peer    net.Addr
	Arrived time.Time
	Record
}

// Stamp returns a time as it stands in a record.
func Stamp(t time.Time) string { return t.Format(timeLayout) }

// Append appends the record in its one canonical form.
func (r Record) Append(dst []byte) []byte {
	dst = append(appendString(append(dst, `{"data": `...), r.Data), `, "time": `...)
	dst = appendString(dst, r.Time)
	if r.Run != "" {
		dst = appendString(append(dst, `, "run": `...), r.Run)
		dst = strconv.AppendInt(append(dst, `, "seq": `...), r.Seq, 10)
		dst = strconv.AppendInt(append(dst, `, "ns": `...), r.Sent, 10)
	}
	return append(dst, '}')
}

func appendString(dst []byte, s string) []byte {
	b, _ := json.Marshal(s) // a string has no error
	return append(dst, b...)
}

// Parse reads a record. The strings time and data must be there; other keys are
// ignored, and so are run, seq and ns where they are not what Append writes: a
// sender of its own kind may mean something else by them.
func Parse(b []byte) (Record, error) {
	if len(b) > Limit {
		return Record{}, fmt.Errorf("record too long: %d bytes, limit %d", len(b), Limit)
	}
	var v struct {
		Time, Data   *string
		Run, Seq, NS json.RawMessage
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return Record{}, fmt.Errorf("not a record: %.200q: %v", b, err)
	}
	if v.Time == nil || v.Data == nil {
		return Record{}, fmt.Errorf("not a record: %.200q lacks time or data", b)
	}
	r := Record{Time: *v.Time, Data: *v.Data}
	var n Record
	if json.Unmarshal(v.Run, &n.Run) == nil && json.Unmarshal(v.Seq, &n.Seq) == nil && json.Unmarshal(v.NS, &n.Sent) == nil &&
		n.Run != "" && len(n.Run) <= maxRun && n.Seq >= 0 && n.Seq < maxSeq && n.Sent >= 0 {
		r.Run, r.Seq, r.Sent = n.Run, n.Seq, n.Sent
	}
	return r, nil
}

var errNoTime = errors.New("the record tells no time")

// SentAt returns when the sender says that it was sent. A Time without a zone
// is taken for one of the receiver's.
func (r Record) SentAt() (time.Time, error) {
	if r.Sent > 0 {
		return time.Unix(0, r.Sent), nil
	}
	t, err := time.ParseInLocation("2006-01-02 15:04:05", r.Time, time.Local) // takes a fraction of any length
	if err != nil {
		return t, errNoTime
	}
	return t, nil
}
