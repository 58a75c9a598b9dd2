package server_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/server"
)

func request(kind datagram.Kind, run, sequence, total uint64, r datagram.Request) string {
	return string(r.Append(datagram.Header{Kind: kind, Run: run, Sequence: sequence, Total: total}.Append(nil)))
}

// receive reads one datagram with a header.
func receive(tb testing.TB, c *net.UDPConn) (datagram.Header, []byte) {
	tb.Helper()
	c.SetReadDeadline(time.Now().Add(30 * time.Second)) // whatever a loss before has left of the last one
	h, payload, err := tryReceive(c)
	if err != nil {
		tb.Fatal(err)
	}
	return h, payload
}

func tryReceive(c *net.UDPConn) (h datagram.Header, payload []byte, err error) {
	buf := make([]byte, 64<<10)
	n, err := c.Read(buf)
	if err != nil {
		return h, nil, err
	}
	if h, payload, err = datagram.Parse(buf[:n]); err != nil {
		err = fmt.Errorf("%w: %.100q", err, buf[:n])
	}
	return h, payload, err
}

func expectKind(tb testing.TB, c *net.UDPConn, kind datagram.Kind, run uint64) (datagram.Header, []byte) {
	tb.Helper()
	h, payload := receive(tb, c)
	if h.Kind != kind || h.Run != run {
		tb.Fatalf("got %+v with %.100q, want kind %d of run %d", h, payload, kind, run)
	}
	return h, payload
}

func TestUDPRefusals(t *testing.T) {
	s := startUDP(t, "", server.Config{Limits: server.Limits{MaxTransfer: 1000, DrainTimeout: time.Millisecond}, UDP: server.UDP{Transfers: 1}})
	c := dialUDP(t, s.Addr)
	wrong := []byte(request(datagram.File, 1, 0, 1, datagram.Request{}))
	wrong[3] = 9
	for _, tc := range []struct{ send, want string }{
		{request(datagram.File, 1, 0, 1001, datagram.Request{}), "file too long: 1001 bytes, limit 1000"},
		{request(datagram.File, 1, 0, 1<<63, datagram.Request{}), "file too long"},
		{request(datagram.File, 1, 0, 1, datagram.Request{Size: 65460}), "datagrams of 65460 bytes, limit 65459"},
		{request(datagram.Stream, 1, 1, 0, datagram.Request{}), "interval 0s: want more than 0, limit 1m0s"},
		{request(datagram.Stream, 1, 1, 0, datagram.Request{Interval: 61 * time.Second}), "interval 1m1s"},
		{request(datagram.Stream, 1, 1, 0, datagram.Request{Interval: -1}), "interval -1ns"},
		{request(datagram.File, 1, 0, 1, datagram.Request{}) + "x", "request of 53 bytes, want 52"},
		{request(77, 1, 0, 1, datagram.Request{}), "kind 77 is not served here"},
		{string(wrong), "version 9 is not spoken here, only 1"},
	} {
		send(t, c, tc.send)
		h, reason := receive(t, c)
		if h.Kind != datagram.Refused || !strings.Contains(string(reason), tc.want) {
			t.Errorf("%+v %q, want a refusal with %q", h, reason, tc.want)
		}
	}
	send(t, c, "LF\x00") // too short for an answer
	send(t, c, "stream-60000-1")
	eventually(t, "one transfer", func() bool { return s.Stats().Transfers == 1 })
	send(t, c, "5")
	expectDatagram(t, c, "ERR too many transfers: limit 1")
	send(t, c, request(datagram.Sink, 1, 0, 0, datagram.Request{}))
	if _, reason := expectKind(t, c, datagram.Refused, 1); string(reason) != "too many transfers: limit 1" {
		t.Errorf("%q", reason)
	}
}
