package server_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

func TestStampNanoseconds(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := open(t, s.Addr, "framing=u16 handler=stamp clock=ns")
	last := time.Now().UnixNano()
	for range 3 {
		send(t, c, "\x00\x02hi")
		b := recv(t, c, 1024)
		var ns int64
		var word string
		if n, err := fmt.Sscanf(b[2:], "[%d] %s", &ns, &word); n != 2 || word != "hi" || ns < last || ns > time.Now().UnixNano() {
			t.Errorf("%q: %v", b, err)
		}
		last = ns
	}
	c = open(t, s.Addr, "framing=u32 handler=stamp")
	big := strings.Repeat("b", 3<<20)
	send(t, c, "\x00\x30\x00\x00"+big)
	b := make([]byte, 4+27+len(big))
	if _, err := io.ReadFull(c, b); err != nil || string(b[:5]) != "\x00\x30\x00\x1b[" || string(b[31:]) != big {
		t.Errorf("%q, %v", b[:40], err)
	}
}

// A handler that speaks first does so behind the answer to a preface, and
// without one as soon as it is decided that there is none.
func TestTimeInSessions(t *testing.T) {
	s := servertest.Start(t, server.Config{Listen: []server.Listener{
		{Network: "tcp", Address: "127.0.0.1:0", Framing: server.Auto, Handler: "time"},
		{Network: "tcp", Address: "127.0.0.1:0", Handler: "time"}, // text
	}})
	c := open(t, s.Addr, "framing=u8 handler=time")
	b, err := io.ReadAll(c)
	if len(b) != 27 || b[0] != 26 || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	c = open(t, s.Addr, "framing=u32 handler=time\n\xff\xff\xff\xffjunk")
	if b, err := io.ReadAll(c); len(b) != 30 || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	for i, request := range []string{"", "x", "LOAD", "", ""} {
		c := dial(t, s.Addrs()[min(i/3, 1)].String())
		send(t, c, request)
		if i < 3 {
			c.CloseWrite()
		}
		if b, err := io.ReadAll(c); len(b) != 26 || err != nil {
			t.Errorf("%q: %q, %v", request, b, err)
		}
	}
	if got := s.Listening()[1]; !strings.Contains(got, "framing=text") {
		t.Errorf("%s", got)
	}
}

// opener greets.
type opener struct{ greeting []byte }

func (o opener) Open(r *server.Reply) error                { return r.Frame(o.greeting) }
func (o opener) Serve(r *server.Reply, frame []byte) error { return r.Frame(frame) }

// A greeting that does not fit into the socket leaves the loop as any reply
// does, and the session goes on behind it.
func TestGreetingOfAnySize(t *testing.T) {
	for _, size := range []int{5, 12 << 20} {
		greeting := []byte(strings.Repeat("g", size))
		s := servertest.Start(t, server.Config{
			Listen:   []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Framing: "u32", Handler: "own"}},
			Handlers: map[string]func() server.Handler{"own": func() server.Handler { return opener{greeting} }},
		})
		c := dial(t, s.Addr)
		if size > 5 {
			eventually(t, "on the lane", func() bool { return s.Stats().Lanes == 1 })
		}
		send(t, c, "\x00\x00\x00\x02hi")
		expect(t, c, string(binary.BigEndian.AppendUint32(nil, uint32(size)))+string(greeting)+"\x00\x00\x00\x02hi")
	}
}

func TestStatsDocument(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	e := open(t, s.Addr, "framing=u8 handler=echo")
	send(t, e, strings.Repeat("\x04four", 10))
	expect(t, e, strings.Repeat("\x04four", 10))
	c := open(t, s.Addr, "framing=u16 handler=stats")
	for range 2 {
		send(t, c, "\x00\x00")
		var head [2]byte
		io.ReadFull(c, head[:])
		b := make([]byte, int(head[0])<<8|int(head[1]))
		io.ReadFull(c, b)
		var d struct {
			Schema     string
			Counters   map[string]int64
			UptimeS    float64 `json:"uptime_s"`
			CPUUserS   float64 `json:"cpu_user_s"`
			CPUSystemS float64 `json:"cpu_system_s"`
			HeapBytes  int64   `json:"heap_bytes"`
			Goroutines int
		}
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		k := d.Counters
		if d.Schema != "loadframe.stats/1" || d.UptimeS <= 0 || d.CPUUserS+d.CPUSystemS <= 0 || d.HeapBytes < 1000 || d.Goroutines < 2 ||
			k["conns"] != 2 || k["accepted"] != 2 || k["frames_in"] < 10 || k["bytes_in"] < 50 || k["lane_moves"] != 0 {
			t.Errorf("%s", b)
		}
	}
	c = dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=text handler=stats:once\n\n")
	readLine(c)
	if b, err := io.ReadAll(c); err != nil || len(b) == 0 || b[len(b)-1] != '\n' || !json.Valid(b) {
		t.Errorf("%q, %v", b, err)
	}
}

// With :once every handler closes after its first reply, in order, although
// input is left unread.
func TestOnce(t *testing.T) {
	s := servertest.Start(t, server.Config{Handlers: handlers(func(r *server.Reply, frame []byte) error {
		if string(frame) == "two" {
			return r.Frame(frame)
		}
		return nil
	})})
	more := strings.Repeat("\x05never", 50_000)
	for _, tc := range []struct{ handler, send, want string }{
		{"echo:once", "\x02hi", "\x02hi"},
		{"echo:once", "\x00", "\x00"},
		{"ack:once", "\x00", "\x0cACK!\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"generate:once fill=x", "\x013", "\x03xxx"},
		{"generate:once fill=x frame=250", "\x06300000", strings.Repeat("\xfa"+strings.Repeat("x", 250), 1200)},
		{"command:once", "\x015", "\x0dfile_prepared\x05AAAAA"},
		{"command:once", "\x01 ", ""},
		{"stream:once interval=1ms count=3", "\x01s", "\x01s\x01s\x01s"},
		{"own:once", "\x03one\x03two", "\x03two"}, // the first frame has no reply
		{"record:once", "\x19" + `{"data":"d","time":"now"}`, ""},
	} {
		c := open(t, s.Addr, "framing=u8 handler="+tc.handler)
		go io.WriteString(c, tc.send+more) // the server may stop reading
		b, err := io.ReadAll(c)
		if string(b) != tc.want || err != nil {
			t.Errorf("%s: %.60q (%d bytes), %v", tc.handler, b, len(b), err)
		}
	}
	for _, tc := range []struct{ handler, want string }{
		{"ack:once", "\x0cACK!\x00\x00\x00\x00\x00\x00\x00\x00"}, {"ack", ""}, {"echo:once", ""}, {"command:once", ""}, {"record", ""},
	} {
		c := open(t, s.Addr, "framing=u8 handler="+tc.handler)
		c.CloseWrite()
		expect(t, c, tc.want)
		expectEOF(t, c)
	}
	c := dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=u8 handler=echo:twice\n")
	if line, err := readLine(c); !strings.Contains(line, "unknown handler") || err != nil {
		t.Errorf("%q, %v", line, err)
	}
}

// In a framing that delimits, a connection may send many records.
func TestFramedRecords(t *testing.T) {
	var got []string
	done := make(chan bool)
	s := servertest.Start(t, server.Config{OnRecord: func(r server.Record) {
		if got = append(got, r.Data); len(got) == 100 {
			close(done)
		}
	}})
	c := open(t, s.Addr, "framing=u16 handler=record")
	const one = `{"time":"now","data":"0123456789"}`
	send(t, c, strings.Repeat("\x00"+string(rune(len(one)))+one, 100))
	<-done
	send(t, c, "\x00\x02{}")
	expectEOF(t, c)
	if st := s.Stats(); st.Records != 100 || st.BadRecords != 1 || st.RecordsLost != 0 {
		t.Errorf("%+v", st)
	}
}

// Whoever takes the records may block: the loops do not.
func TestRecordsNobodyTakes(t *testing.T) {
	block := make(chan bool)
	s := servertest.Start(t, server.Config{OnRecord: func(server.Record) { <-block }})
	t.Cleanup(func() { close(block) }) // before the server stops
	c := open(t, s.Addr, "framing=u8 handler=record")
	const one = `{"time":"","data":""}`
	go io.WriteString(c, strings.Repeat(string(rune(len(one)))+one, 3000))
	eventually(t, "all taken", func() bool { return s.Stats().Records == 3000 })
	if n := s.Stats().RecordsLost; n < 3000-1025-1 {
		t.Errorf("%d records lost", n)
	}
	other := open(t, s.Addr, "framing=u8 handler=echo")
	send(t, other, "\x02hi")
	expect(t, other, "\x02hi")
}
