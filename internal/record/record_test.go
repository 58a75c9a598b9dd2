package record

import (
	"strings"
	"testing"
	"time"
)

// Clients in the field read 82 bytes, in this order, with these blanks.
func TestCanonical(t *testing.T) {
	at := time.Date(2017, 3, 2, 10, 33, 21, 123456789, time.Local)
	r := Record{Time: Stamp(at), Data: strings.Repeat("k3j9", 8)}
	const want = `{"data": "k3j9k3j9k3j9k3j9k3j9k3j9k3j9k3j9", "time": "2017-03-02 10:33:21.123456"}`
	if got := string(r.Append(nil)); got != want || len(got) != 82 {
		t.Errorf("%s (%d bytes)", got, len(got))
	}
	r.Run, r.Seq, r.Sent = "9f3c51d2", 17, at.UnixNano()
	got, err := Parse(r.Append(nil))
	if err != nil || got != r {
		t.Errorf("%+v, %v; want %+v", got, err, r)
	}
	if sent, err := got.SentAt(); err != nil || !sent.Equal(at) {
		t.Errorf("sent at %v, %v", sent, err)
	}
	got.Sent = 0
	if sent, err := got.SentAt(); err != nil || !sent.Equal(at.Truncate(time.Microsecond)) {
		t.Errorf("sent at %v, %v", sent, err)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, err string
		run       string
		seq       int64
	}{
		{`{"data":"","time":""}`, "", "", 0},
		{`{"time":"x","data":"y","more":[1]}` + "\n", "", "", 0},
		{`{"time":"x","data":"y","run":"r","seq":5,"ns":1}`, "", "r", 5},
		{`{"time":"x","data":"y","run":"r","seq":"five","ns":1}`, "", "", 0}, // not our numbers
		{`{"time":"x","data":"y","run":"r","seq":-1,"ns":1}`, "", "", 0},
		{`{"time":"x","data":"y","run":"r","seq":1e30,"ns":1}`, "", "", 0},
		{`{"time":"x","data":"y","run":"r","seq":9007199254740992,"ns":1}`, "", "", 0},
		{`{"time":"x","data":"y","run":"` + strings.Repeat("r", 65) + `","seq":1,"ns":1}`, "", "", 0},
		{`{"time":"x","data":"y","seq":1}`, "", "", 0},
		{`{"time":"x"}`, "lacks time or data", "", 0},
		{`{"time":1,"data":"y"}`, "not a record", "", 0},
		{`garbage`, "not a record", "", 0},
		{``, "not a record", "", 0},
		{strings.Repeat(" ", Limit+1), "record too long: 65537 bytes, limit 65536", "", 0},
	} {
		r, err := Parse([]byte(c.text))
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%.60s: %v, want %q", c.text, err, c.err)
		}
		if r.Run != c.run || r.Seq != c.seq {
			t.Errorf("%.60s: run %q seq %d", c.text, r.Run, r.Seq)
		}
	}
	if _, err := (Record{Time: "yesterday"}).SentAt(); err == nil {
		t.Error("yesterday is a time")
	}
}
