package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// The tests of this file play the clients of the older tools byte for byte:
// none ends a request with a newline or shuts its direction down, and one recv
// is one answer to them.

// classic starts what serve --classic starts, on other ports.
func classic(tb testing.TB, cfg server.Config) (s *servertest.Server, addr map[string]string) {
	tb.Helper()
	ports := map[string]int{}
	for _, c := range server.Classic() {
		ports[c.Name] = 0
	}
	var err error
	if cfg.Listen, err = server.ClassicListeners("127.0.0.1", ports); err != nil {
		tb.Fatal(err)
	}
	s = servertest.Start(tb, cfg)
	addr = map[string]string{}
	for i, c := range server.Classic() {
		addr[c.Name] = s.Addrs()[i].String()
	}
	return s, addr
}

// recv is one recv of at most n bytes; "" is the end of the stream.
func recv(tb testing.TB, nc net.Conn, n int) string {
	tb.Helper()
	b := make([]byte, n)
	k, err := nc.Read(b)
	if err != nil && err != io.EOF {
		tb.Fatal(err)
	}
	return string(b[:k])
}

func connected(tb testing.TB, addr string) (nc *net.TCPConn, before time.Time) {
	tb.Helper()
	before = time.Now().Truncate(time.Second)
	return dial(tb, addr), before
}

// isClock tells whether text is a time that ctime wrote since before.
func isClock(text string, before time.Time) bool {
	at, err := time.ParseInLocation(time.ANSIC, text, time.Local)
	return err == nil && !at.Before(before) && !at.After(time.Now())
}

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

// The time stamp client: a typed line, one recv(1024), again, until an empty
// line closes.
func TestStampClient(t *testing.T) {
	_, addr := classic(t, server.Config{})
	silent := dial(t, addr["stamp"]) // the original serves nobody else meanwhile
	c, before := connected(t, addr["stamp"])
	isStamped := func(answer, message string) bool {
		return len(answer) == 27+len(message) && answer[0] == '[' && isClock(answer[1:25], before) && answer[25:] == "] "+message
	}
	for _, message := range []string{"hello", "Hello, world", "SYN", "\x00\xff"} {
		send(t, c, message)
		if answer := recv(t, c, 1024); !isStamped(answer, message) {
			t.Errorf("%q was answered with %q", message, answer)
		}
	}
	// A message over 1024 bytes has one stamp, two lines that come together
	// have two.
	long := strings.Repeat("x", 1030)
	for _, messages := range [][]string{{long}, {"one\n", "two\n"}} {
		send(t, c, strings.Join(messages, ""))
		for _, message := range messages {
			answer := make([]byte, 27+len(message))
			if _, err := io.ReadFull(c, answer); err != nil || !isStamped(string(answer), message) {
				t.Errorf("%.20q was answered with %.60q, %v", message, answer, err)
			}
		}
	}
	// In pieces it has one stamp as long as they come within 20 ms: however
	// they come, no byte is lost.
	for _, piece := range strings.Split("in pieces", "") {
		send(t, c, piece)
	}
	c.CloseWrite()
	rest, err := io.ReadAll(c)
	bare := regexp.MustCompile(`\[[^]]{24}\] `).ReplaceAll(rest, nil)
	if string(bare) != "in pieces" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	silent.Close()
}

// The SYN client: three bytes, recv(4096), exit.
func TestSynClient(t *testing.T) {
	_, addr := classic(t, server.Config{})
	silent := dial(t, addr["ack"]) // costs the original a thread for good
	for _, request := range []string{"SYN", "S", "\n", strings.Repeat("more than one recv takes ", 40_000)} {
		c := dial(t, addr["ack"])
		go io.WriteString(c, request) // the server may stop reading
		if answer := recv(t, c, 4096); answer != "ACK!" {
			t.Errorf("%.20q was answered with %q", request, answer)
		}
		expectEOF(t, c) // no reset, whatever was left unread
	}
	c := dial(t, addr["ack"])
	c.CloseWrite()
	expect(t, c, "ACK!")
	expectEOF(t, c)
	silent.Close()
}

// The one-way client: 48 bytes, and it closes at once.
func TestSinkClient(t *testing.T) {
	s, addr := classic(t, server.Config{})
	const message = "Hi. I am a TCP client sending data to the server"
	for range 3 {
		c := dial(t, addr["sink"])
		send(t, c, message)
		c.Close()
	}
	eventually(t, "all of it read", func() bool { return s.Stats().BytesIn == 3*48 && s.Stats().Conns == 0 })
	c := dial(t, addr["sink"])
	for range 100 {
		send(t, c, strings.Repeat(message, 1000))
	}
	c.CloseWrite()
	expectEOF(t, c) // never a byte
	if n := s.Stats().BytesIn; n != 3*48+48*100_000 {
		t.Errorf("%d bytes read", n)
	}
}

// The time client: it connects, and one recv(1024) holds the time.
func TestTimeClient(t *testing.T) {
	_, addr := classic(t, server.Config{})
	for range 3 {
		c, before := connected(t, addr["time"])
		answer := recv(t, c, 1024)
		if len(answer) != 26 || !isClock(answer[:24], before) || answer[24:] != "\r\n" {
			t.Errorf("got %q", answer)
		}
		expectEOF(t, c)
		c.Close()
	}
	// Junk does not turn the end into a reset.
	c, before := connected(t, addr["time"])
	for range 50 {
		send(t, c, strings.Repeat("junk", 1000))
	}
	b, err := io.ReadAll(c)
	if err != nil || len(b) != 26 || !isClock(string(b[:24]), before) {
		t.Errorf("got %q, %v", b, err)
	}
}

// The echo client: Hello, world, one recv(1024), close.
func TestEchoClient(t *testing.T) {
	_, addr := classic(t, server.Config{})
	silent := dial(t, addr["echo"])
	for range 3 { // the original ends after one
		c := dial(t, addr["echo"])
		send(t, c, "Hello, world")
		if answer := recv(t, c, 1024); answer != "Hello, world" {
			t.Errorf("got %q", answer)
		}
		c.Close()
	}
	c := dial(t, addr["echo"])
	var all []byte
	for b := range 256 {
		all = append(all, byte(b), '\n', byte(b))
	}
	all = bytes.Repeat(all, 1000)
	go func() {
		for piece := range slices.Chunk(all, 4001) {
			c.Write(piece)
		}
		c.CloseWrite()
	}()
	if got, err := io.ReadAll(c); !bytes.Equal(got, all) || err != nil {
		t.Errorf("%d bytes of %d came back, or others; %v", len(got), len(all), err)
	}
	silent.Close()
}

// The basic ardei client: one request a connection, and everything through
// the end is the answer.
func TestArdeiClient(t *testing.T) {
	s, addr := classic(t, server.Config{})
	silent := dial(t, addr["command"]) // blocks the original for everybody
	const refusal = "Request for file of %s chars. Server limit is: 123456789 chars."
	for _, tc := range []struct{ request, want string }{
		{"hello", "hello"},
		{"ls", "ls"},
		{"0", "0"},
		{strings.Repeat("x", 1500), strings.Repeat("x", 1500)},
		{"+7", "file_preparedAAAAAAA"},
		{" 12 ", "file_preparedAAAAAAAAAAAA"},
		{"1_0", "file_preparedAAAAAAAAAA"},
		{"-5", "file_prepared"},
		{"123456790", fmt.Sprintf(refusal, "123456790")},
		{"99999999999999999999", fmt.Sprintf(refusal, "99999999999999999999")},
		{"stream-0-5", "Request for transfer of 5 pakets at: 0 has errors."},
		{"stream-abc-5", "Request for transfer of 5 pakets at: abc has errors."},
		{"stream-100", "Request for transfer of none pakets at: 100 has errors."},
		{"stream-100-0", "Request for transfer of 0 pakets at: 100 has errors."},
		{"stream-100--3", "Request for transfer of none pakets at: 100 has errors."},
		{"stream-999999999-10000", "Request for transfer of 10000 pakets at: 999999999 has errors."},
		{"stream-1-1", "stream-1-1"},
		{"stream-1-7", strings.Repeat("stream-1-7", 7)},
		{"stream 1 7", strings.Repeat("stream 1 7", 7)},
		{"SYN", "ACK!"},
		{"quit", ""},
		{" \n ", ""},
	} {
		c := dial(t, addr["command"])
		send(t, c, tc.request)
		got, err := io.ReadAll(c)
		if string(got) != tc.want || err != nil {
			t.Errorf("%.40q was answered with %.80q, %v", tc.request, got, err)
		}
		c.Close()
	}
	c, before := connected(t, addr["command"])
	send(t, c, "time")
	if b, err := io.ReadAll(c); len(b) != 26 || err != nil || !isClock(string(b[:24]), before) {
		t.Errorf("time: got %q, %v", b, err)
	}
	for _, nothing := range []string{"", "\n"} { // an empty prompt: nothing is sent, nothing comes
		c := dial(t, addr["command"])
		send(t, c, nothing)
		c.CloseWrite()
		expectEOF(t, c)
	}
	silent.Close()
	eventually(t, "no connection left but those that the test holds", func() bool { return s.Stats().Lanes == 0 })
}

// The client throws away what arrives in one recv with file_prepared.
func TestArdeiClientKeepsEveryByte(t *testing.T) {
	_, addr := classic(t, server.Config{})
	for _, n := range []int{1, 1000, 1011, 300_000, server.CommandLimit} {
		kept := 0
		// A machine that lets this test sleep for 20 ms joins the two again, so
		// it may try a few times. Sent together they are lost every time.
		for try := 0; try < 20 && kept != n; try++ {
			c := dial(t, addr["command"])
			send(t, c, fmt.Sprint(n))
			kept = 0
			if notice := recv(t, c, 1024); !strings.HasPrefix(notice, "file_prepared") {
				t.Fatalf("got %q", notice)
			}
			b := make([]byte, 1<<16)
			for {
				k, err := c.Read(b)
				if kept += k; err == io.EOF {
					break
				}
				if err != nil || bytes.Count(b[:k], []byte("A")) != k {
					t.Fatalf("after %d bytes: %v, or something else than A", kept, err)
				}
			}
			c.Close()
		}
		if kept != n {
			t.Errorf("kept %d bytes of %d", kept, n)
		}
	}
}
