package client_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

func openDialog(t *testing.T, c client.DialogConfig) *client.Dialog {
	t.Helper()
	d, err := client.OpenDialog(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// The commands against the server, in a session and as text, also where it
// closes after each answer.
func TestDialog(t *testing.T) {
	s := servertest.Start(t, server.Config{Listen: []server.Listener{
		{Network: "tcp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.1:0", Handler: "command:once"},
	}})
	once := s.Addrs()[1].String()
	for name, c := range map[string]client.DialogConfig{
		"session": {Addr: s.Addr}, "uvarint": {Addr: s.Addr, Framing: "uvarint"},
		"plain": {Addr: s.Addr, Plain: true}, "once": {Addr: once, Plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDialog(t, c)
			for _, ask := range []struct{ line, answer string }{{"SYN", "ACK!"}, {"hello", "hello"}, {"0", "0"}, {"SYN", "ACK!"}} {
				got, err := d.Ask(t.Context(), ask.line)
				if err != nil || strings.TrimSpace(string(got)) != ask.answer {
					t.Fatalf("%s: %q, %v", ask.line, got, err)
				}
			}
			for _, n := range []int64{1, 13, 100_000, 1_000_000} {
				last := int64(0)
				f, err := d.Generate(t.Context(), n, func(now int64) { last = now })
				if want := crc32.Checksum(bytes.Repeat([]byte("A"), int(n)), crc32.MakeTable(crc32.Castagnoli)); err != nil || f.Bytes != n || last != n || f.CRC32C != want {
					t.Fatalf("%d: %+v, %v", n, f, err)
				}
			}
			var refused *client.Refused
			if _, err := d.Generate(t.Context(), 999999999, nil); !errors.As(err, &refused) || !strings.HasPrefix(string(refused.Text), "Request for file of 999999999 chars.") {
				t.Fatal(err)
			}
			if _, err := d.Stream(t.Context(), "stream-0-5", time.Second, 5, nil); !errors.As(err, &refused) || !strings.HasPrefix(string(refused.Text), "Request for transfer of 5") {
				t.Fatalf("%v", err)
			}
			n := 0
			r, err := d.Stream(t.Context(), "stream 1 7", time.Millisecond, 7, func(p client.StreamPacket) {
				if n++; p.Number != n {
					t.Errorf("packet %d: %+v", n, p)
				}
			})
			if err != nil || r.Packets != 7 || n != 7 || r.Intervals.Count != 6 || r.Late.Count != 7 || r.Took < 6*time.Millisecond {
				t.Fatalf("%+v, %v", r, err)
			}
			if got, err := d.Ask(t.Context(), "SYN"); err != nil || string(got) != "ACK!" {
				t.Fatalf("at last: %q, %v", got, err)
			}
			if err := d.Quit(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// fakeDialog is a server that says what a test wants: to the request it answers with
// pieces, each a write of its own behind a gap, and closes if the last is "".
func fakeDialog(t *testing.T, gap func(), answers map[string][]string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(t.Context(), func() { nc.Close() })
			answerAs(nc, gap, answers)
			stop()
			nc.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

func answerAs(nc net.Conn, gap func(), answers map[string][]string) {
	b := make([]byte, 4096)
	for {
		n, err := nc.Read(b)
		if err != nil {
			return
		}
		request := string(b[:n])
		if strings.HasPrefix(request, "LOADFRAME/1 ") {
			_, _ = io.WriteString(nc, "OK max_frame=1000\n")
			continue
		}
		if len(request) > 4 && request[0] == 0 {
			request = request[4:]
		}
		for i, piece := range answers[strings.TrimSpace(request)] {
			if i > 0 {
				gap()
			}
			if piece == "" {
				return
			}
			_, _ = io.WriteString(nc, piece)
		}
	}
}

func atOnce() {}

func frames(payloads ...string) string {
	var b []byte
	for _, p := range payloads {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...)
	}
	return string(b)
}

// What a server can do wrong with a generated file.
func TestGenerateFaults(t *testing.T) {
	for name, c := range map[string]struct {
		answer []string
		want   string
		goesOn bool
	}{
		"damaged":    {[]string{frames("file_prepared", "AAAAA", "AAbA", "c")}, "verify: byte 7 is 0x62, expected 0x41; 2 bytes are wrong", true},
		"short":      {[]string{frames("file_prepared", "AAAAA"), ""}, "closed the connection, after 5 of 10 bytes", false},
		"cut frame":  {[]string{frames("file_prepared", "AAAAAAAA")[:23], ""}, "closed the connection, after 0 of 10 bytes", false},
		"too long":   {[]string{frames("file_prepared", "AAAAAAAA", "AAA")}, "3 bytes came where 2 were left of 10", false},
		"stalled":    {[]string{frames("file_prepared", "AAAA")}, "has said nothing for 2s, after 4 of 10 bytes", false},
		"mute":       {[]string{}, "has said nothing for 2s", false},
		"no framing": {[]string{"file_preparedAAAAAAAAAA"}, "frame too long", false},
		"in words":   {[]string{frames("not today\x1b[2J")}, `refuses: "not today\x1b[2J"`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := fakeDialog(t, atOnce, map[string][]string{"10": c.answer, "SYN": {frames("ACK!")}})
			timeout := time.Minute
			if strings.Contains(c.want, "2s") {
				timeout = 2 * time.Second
			}
			d := openDialog(t, client.DialogConfig{Addr: addr, Timeout: timeout})
			_, err := d.Generate(t.Context(), 10, func(int64) {})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			got, err := d.Ask(t.Context(), "SYN")
			if c.goesOn && (err != nil || string(got) != "ACK!") || !c.goesOn && err == nil {
				t.Errorf("afterwards: %q, %v", got, err)
			}
		})
	}
}

func TestDownload(t *testing.T) {
	binary := "\x00\xff929Z\nAAAA" // 11 bytes
	for name, c := range map[string]struct {
		plain  bool
		answer []string
		want   string // in the error; "": none
	}{
		"session":               {false, []string{frames("Sending a b size: SpLiT11", binary)}, ""},
		"several frames":        {false, []string{frames("Sending a b size: SpLiT11"), frames(binary[:4], binary[4:])}, ""},
		"refused":               {false, []string{frames("Invalid File!")}, "Invalid File!"},
		"echoed":                {false, []string{frames("dl a b")}, "refuses"},
		"too short":             {false, []string{frames("Sending a b size: SpLiT11", binary[:10]), ""}, "after 10 of 11 bytes"},
		"too long":              {false, []string{frames("Sending a b size: SpLiT10", binary)}, "11 bytes came where 10 were left"},
		"absurd":                {false, []string{frames("Sending a b size: SpLiT99999999999999999999")}, "refuses"},
		"plain":                 {true, []string{"Sending a b size: SpLiT11", binary}, ""},
		"plain in pieces":       {true, []string{"Sending a b size: SpLiT11", binary[:3], binary[3:]}, ""},
		"plain and the end":     {true, []string{"Sending a b size: SpLiT11", binary, ""}, ""},
		"plain refused":         {true, []string{"Invalid File!", ""}, "Invalid File!"},
		"plain with its header": {true, []string{"Sending a b size: SpLiT11" + binary}, "together with its header"},
		"plain short":           {true, []string{"Sending a b size: SpLiT11", binary[:10], ""}, "after 10 of 11 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			taken := make(chan struct{}) // the header has been; plain, what follows it at once would be a part of it
			gap := func() {
				if strings.HasPrefix(c.answer[0], "Sending ") {
					<-taken
				}
			}
			addr := fakeDialog(t, gap, map[string][]string{"dl a b": c.answer})
			d := openDialog(t, client.DialogConfig{Addr: addr, Plain: c.plain, Timeout: time.Minute})
			var got []byte
			size := int64(-1)
			f, err := d.Download(t.Context(), "a b", func(n int64) { size = n; close(taken) }, func(int64) {}, func(b []byte) error {
				got = append(got, b...)
				return nil
			})
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("%v, want %q", err, c.want)
				}
				return
			}
			if err != nil || string(got) != binary || size != 11 || f.Bytes != 11 || f.CRC32C != crc32.Checksum(got, crc32.MakeTable(crc32.Castagnoli)) {
				t.Errorf("%q of %d, %+v, %v", got, size, f, err)
			}
		})
	}
}

// Older servers send the last packet in capitals and close; others break a
// stream off, or send something else.
func TestStreamOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		plain  bool
		answer []string
		want   string
	}{
		"older":      {true, []string{"stream-1-3", "stream-1-3STREAM-1-3", ""}, ""},
		"newlines":   {true, []string{"stream-1-3\r\nstre", "am-1-3\nstream-1-3\n"}, ""},
		"broken off": {true, []string{"stream-1-3", ""}, "closed the connection, after 1 of 3 packets"},
		"damaged":    {true, []string{"stream-1-3", "strexm-1-3stream-1-3"}, "packet 2 is \"strexm"},
		"refused":    {true, []string{"Request for transfer", " of nothing"}, "refuses: \"Request for transfer of nothing\""},
		"other":      {false, []string{frames("stream-1-3", "stream-1-4")}, "packet 2 is \"stream-1-4\", expected \"stream-1-3\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := fakeDialog(t, atOnce, map[string][]string{"stream-1-3": c.answer})
			for try := 0; ; try++ {
				d := openDialog(t, client.DialogConfig{Addr: addr, Plain: c.plain, Timeout: time.Minute})
				r, err := d.Stream(t.Context(), "stream-1-3", time.Millisecond, 3, func(client.StreamPacket) {})
				good := c.want == "" && err == nil && r.Packets == 3 || c.want != "" && err != nil && strings.Contains(err.Error(), c.want)
				if !good && name == "refused" && try < 5 {
					d.Close() // silence ends words: a machine may stand still for so long between two pieces
					continue
				}
				if !good {
					t.Errorf("%+v, %v, want %q", r, err, c.want)
				}
				break
			}
		})
	}
}

// The end of the context ends any wait.
func TestDialogInterrupted(t *testing.T) {
	for _, plain := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		d := openDialog(t, client.DialogConfig{Addr: fakeDialog(t, atOnce, map[string][]string{"5": {frames("file_prepared", "AA")}}), Plain: plain, Timeout: time.Hour})
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := d.Generate(ctx, 5, func(int64) { cancel() }); !plain && !errors.Is(err, context.Canceled) || err == nil {
			t.Errorf("plain %t: %v", plain, err)
		}
	}
}

func TestStreamRequest(t *testing.T) {
	for line, want := range map[string]string{
		"stream": "10ms 1000 true", "stream 5 3": "5ms 3 true", "stream-5-3": "5ms 3 true", "stream 1 99999": "1ms 10000 true",
		"stream 0 3": "0s 0 false", "stream 5": "0s 0 false", "streams 5 3": "0s 0 false", "stream 5 x": "0s 0 false", "": "0s 0 false",
	} {
		interval, n, ok := client.StreamRequest(line)
		if got := fmt.Sprint(interval, n, ok); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}
