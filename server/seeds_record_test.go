package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
)

// send.py: one record of 82 bytes a connection, then a recv that has to see
// the end without a byte.
func TestRecordSender(t *testing.T) {
	got := make(chan server.Record, 100)
	s, addr := classic(t, server.Config{OnRecord: func(r server.Record) { got <- r }})
	sendRecord := func(pieces ...string) string {
		c := dial(t, addr["record"])
		for _, p := range pieces {
			send(t, c, p)
		}
		if answer := recv(t, c, 1024); answer != "" {
			t.Errorf("answered with %q", answer)
		}
		c.CloseWrite() // shutdown(SHUT_RDWR)
		c.Close()
		return c.LocalAddr().String()
	}
	const stamp, format = "2026-11-20 22:21:34.123456", `{"data": "%s", "time": "` + "2026-11-20 22:21:34.123456" + `"}`
	want := func(peer, data string) {
		t.Helper()
		select {
		case r := <-got:
			if r.Data != data || r.Time != stamp || r.Peer.String() != peer {
				t.Errorf("record %+v, want %s of %s from %s", r, data, stamp, peer)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("no record, want %s from %s", data, peer)
		}
	}
	data := strings.Repeat("k3j9x0aq", 4)
	whole := fmt.Sprintf(format, data)
	if len(whole) != 82 {
		t.Fatalf("a record of %d bytes", len(whole))
	}
	for range 3 {
		want(sendRecord(whole), data)
	}
	// What ended the original receiver.
	want(sendRecord(strings.Split(whole, "")...), data)
	long := strings.Repeat(`long \"}{ `, 1000)
	want(sendRecord(fmt.Sprintf(format, long)), strings.ReplaceAll(long, `\`, ""))
	want(sendRecord(strings.Replace(whole, "{", ` { "more": [{"x": "}"}], `, 1)+"\n"), data)
	peer := sendRecord(whole + "\n" + whole)
	want(peer, data)
	want(peer, data)
	bad := []string{"garbage", "[]", "}", "{}", `{"data": 5, "time": "x"}`, `{"data": "x"}`, "{" + strings.Repeat(" ", server.RecordLimit+1),
		`{"data": "` + strings.Repeat("x", server.RecordLimit) + `", "time": "x"}`}
	for _, b := range bad {
		sendRecord(b)
	}
	for _, b := range []string{"", "\n", whole[:40]} { // the peer leaves
		c := dial(t, addr["record"])
		send(t, c, b)
		c.CloseWrite()
		expectEOF(t, c)
		c.Close()
	}
	if n := s.Stats().BadRecords; n != int64(len(bad)+3) {
		t.Errorf("%d bad records counted, want %d", n, len(bad)+3)
	}
	want(sendRecord(whole), data)
	if n := s.Stats().RecordsLost; n != 0 {
		t.Errorf("%d records lost", n)
	}
}
