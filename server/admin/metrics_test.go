package admin_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
)

// scrape parses the metrics as Prometheus does.
func scrape(t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	status, text := get(t, url+"/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if status != http.StatusOK || err != nil {
		t.Fatalf("status %d, %v, of\n%s", status, err, text)
	}
	return families
}

// value returns what the metric with these labels (name, value, ...) has, -1 if
// it is not there.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) int64 {
	f := families[name]
	if f == nil {
		return -1
	}
	for _, m := range f.Metric {
		have := map[string]string{}
		for _, l := range m.Label {
			have[l.GetName()] = l.GetValue()
		}
		match := len(have)*2 == len(labels)
		for i := 0; i < len(labels); i += 2 {
			match = match && have[labels[i]] == labels[i+1]
		}
		if match {
			return int64(m.GetCounter().GetValue() + m.GetGauge().GetValue())
		}
	}
	return -1
}

// What is scraped is what a client counted, to the byte, on loops and lanes.
func TestFiguresAddUp(t *testing.T) {
	s, url := start(t, server.Config{})
	run := func(c client.Config) client.Counts {
		t.Helper()
		c.Addr = s.Addr
		r, err := client.Run(t.Context(), c, client.Observer{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Counts
	}
	echo := run(client.Config{Workload: client.Echo, Framing: "u16", Conns: 5, Messages: 20_000, Size: 100, Depth: 8})
	ack := run(client.Config{Workload: client.Ack, Framing: "u32", Conns: 2, Messages: 1000, Size: 3000})
	pull := run(client.Config{Workload: client.Pull, Framing: "u32", Conns: 3, Bytes: 300 << 20})
	small := run(client.Config{Workload: client.Pull, Framing: "u16", Conns: 2, Bytes: 3 << 20, Size: 1000})
	raw := run(client.Config{Workload: client.Pull, Framing: "raw", Bytes: 100 << 20})

	// What a write has taken is counted when it returns, and the client may have
	// read it before.
	gone(s)
	m := scrape(t, url)
	for _, want := range []struct {
		of, metric, handler, framing, direction string
		n                                       int64
	}{
		{"echo", "payload_bytes", "echo", "u16", "in", echo.Payload},
		{"echo", "payload_bytes", "echo", "u16", "out", echo.Payload},
		{"echo", "wire_bytes", "echo", "u16", "in", echo.Wire},
		{"echo", "wire_bytes", "echo", "u16", "out", echo.Wire},
		{"echo", "frames", "echo", "u16", "in", echo.Messages},
		{"echo", "frames", "echo", "u16", "out", echo.Messages},
		{"ack", "payload_bytes", "ack", "u32", "in", ack.Payload},
		{"ack", "payload_bytes", "ack", "u32", "out", 12 * ack.Messages},
		{"ack", "wire_bytes", "ack", "u32", "in", ack.Wire},
		{"ack", "wire_bytes", "ack", "u32", "out", 16 * ack.Messages},
		{"pull", "payload_bytes", "generate", "u32", "out", pull.Payload},
		{"pull", "wire_bytes", "generate", "u32", "out", pull.Wire},
		{"pull", "frames", "generate", "u32", "out", pull.Messages},
		{"small frames", "payload_bytes", "generate", "u16", "out", small.Payload},
		{"small frames", "wire_bytes", "generate", "u16", "out", small.Wire},
		{"small frames", "frames", "generate", "u16", "out", small.Messages},
		{"raw", "payload_bytes", "generate", "raw", "out", raw.Payload},
		{"raw", "wire_bytes", "generate", "raw", "out", raw.Wire},
	} {
		got := value(m, "loadframe_"+want.metric+"_total", "handler", want.handler, "framing", want.framing, "direction", want.direction)
		if got != want.n || want.n == 0 {
			t.Errorf("%s: server has %s %s %d, client %d", want.of, want.metric, want.direction, got, want.n)
		}
	}
	if n := value(m, "loadframe_lane_moves_total"); n < 3 {
		t.Errorf("%d moves to the lane: only half was tested", n)
	}
	if n := value(m, "loadframe_connections_accepted_total"); n != 13 {
		t.Errorf("%d connections accepted, want 13", n)
	}
	turns := m["loadframe_loop_turn_seconds"].Metric[0].Histogram
	if n := turns.GetSampleCount(); n < 10 || n > uint64(s.Stats().Reads/64+1) {
		t.Errorf("%d turns timed of at most %d", n, s.Stats().Reads)
	}
	// The sums are the server's own, so that none is left out.
	var in int64
	for _, metric := range m["loadframe_wire_bytes_total"].Metric {
		for _, l := range metric.Label {
			if l.GetName() == "direction" && l.GetValue() == "in" {
				in += int64(metric.GetCounter().GetValue())
			}
		}
	}
	if want := s.Stats().BytesIn; in != want {
		t.Errorf("bytes in by kind sum up to %d, in all %d", in, want)
	}
}

// Datagrams are counted as frames of their handler, to the byte, and who is
// refused over UDP by the reason.
func TestDatagramsAddUp(t *testing.T) {
	s, url := start(t, server.Config{
		Listen: []server.Listener{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "udp", Address: "127.0.0.1:0", Handler: "echo"}},
		UDP:    server.UDP{Transfers: 1},
	})
	ask := func(i int, text string) net.Conn {
		t.Helper()
		c, err := net.Dial("udp", s.Addrs()[i].String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, text)
		return c
	}
	receive := func(c net.Conn, n int) {
		t.Helper()
		b := make([]byte, 1<<16)
		for got := 0; got < n; {
			k, err := c.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			got += k
		}
	}
	const file, messages = 100_000, 50
	reach := func(ok func(st server.Stats) bool) {
		for deadline := time.Now().Add(20 * time.Second); !ok(s.Stats()) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond) // polls a state
		}
	}
	receive(ask(0, "100000"), len("file_prepared")+file)
	reach(func(st server.Stats) bool { return st.TransfersDone == 1 && st.Transfers == 0 })
	for i := range messages {
		receive(ask(1, strings.Repeat("x", i+1)), i+1)
	}
	ask(0, "stream-60000-2")
	reach(func(st server.Stats) bool { return st.Transfers == 1 })
	receive(ask(0, "stream-60000-2"), len("ERR too many transfers: limit 1"))
	receive(ask(0, "200000000"), len("Request for file of 200000000 chars. Server limit is: 123456789 chars."))
	ask(0, "LF\x00\x01"+strings.Repeat("\xff", 44)) // a header that is wrong
	out := int64(len("file_prepared") + file + len("ERR too many transfers: limit 1") + len("Request for file of 200000000 chars. Server limit is: 123456789 chars."))
	reach(func(st server.Stats) bool { return st.DatagramsBad == 1 })
	m := scrape(t, url)
	for _, want := range []struct {
		metric, handler, direction string
		n                          int64
	}{
		{"frames", "echo", "in", messages},
		{"frames", "echo", "out", messages},
		{"wire_bytes", "echo", "in", messages * (messages + 1) / 2},
		{"payload_bytes", "echo", "out", messages * (messages + 1) / 2},
		{"frames", "command", "in", 5},
		{"wire_bytes", "command", "in", int64(len("100000") + 2*len("stream-60000-2") + len("200000000") + 48)},
	} {
		if got := value(m, "loadframe_"+want.metric+"_total", "handler", want.handler, "framing", "udp", "direction", want.direction); got != want.n {
			t.Errorf("%s %s of %s: %d, want %d", want.metric, want.direction, want.handler, got, want.n)
		}
	}
	// The wrong header has an answer too, of at most three times its length.
	if got := value(m, "loadframe_wire_bytes_total", "handler", "command", "framing", "udp", "direction", "out"); got < out || got > out+3*48 {
		t.Errorf("%d bytes out, want from %d on", got, out)
	}
	for _, of := range []struct {
		metric, label, name string
		n                   int64
	}{
		{"refusals", "reason", "udp_transfers", 1}, {"refusals", "reason", "transfer", 1}, {"refusals", "reason", "udp_token", 0},
		{"errors", "class", "datagram", 1}, {"udp_transfers", "result", "complete", 1}, {"udp_transfers", "result", "ended", 0},
	} {
		if got := value(m, "loadframe_"+of.metric+"_total", of.label, of.name); got != of.n {
			t.Errorf("%s %s: %d, want %d", of.metric, of.name, got, of.n)
		}
	}
	if n := value(m, "loadframe_udp_transfers"); n != 1 {
		t.Errorf("%d transfers run, want 1", n)
	}
	if n := s.Stats().BytesIn; n != 0 {
		t.Errorf("%d bytes of datagrams among those of connections", n)
	}
}

// Peers choose framings and their parameters; they cannot make new metrics.
func TestLabelsAreBounded(t *testing.T) {
	s, url := start(t, server.Config{})
	for max := range 300 {
		c := dial(t, s.Addr)
		fmt.Fprintf(c, "LOADFRAME/1 framing=u32:max=%d handler=echo\n\x00\x00\x00\x01x", max+1)
		c.(*net.TCPConn).CloseWrite()
		if b, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(b), "\x01x") {
			t.Fatalf("%q, %v", b, err)
		}
		c.Close()
	}
	m := scrape(t, url)
	if n := value(m, "loadframe_frames_total", "handler", "echo", "framing", "u32", "direction", "in"); n != 300 {
		t.Errorf("%d frames of u32, want 300", n)
	}
	if n := len(m["loadframe_frames_total"].Metric); n > 4 {
		t.Errorf("%d metrics of frames", n)
	}
}

// Prometheus' own linter has nothing to say.
func TestMetricsLint(t *testing.T) {
	s, url := start(t, server.Config{Handlers: map[string]func() server.Handler{"panic": func() server.Handler { return panics{} }}})
	misbehave(t, s)
	_, text := get(t, url+"/metrics")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	m := scrape(t, url)
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes", "process_open_fds", "loadframe_errors_total"} {
		if m[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

// Records that nobody takes in time are told apart.
func TestLostRecordsAreMetrics(t *testing.T) {
	const sent = 3000
	release := make(chan struct{})
	s, url := start(t, server.Config{
		OnRecord: func(server.Record) { <-release },
		Listen:   []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Framing: "text", Handler: "record"}},
	})
	t.Cleanup(func() { close(release) }) // before the server ends, which waits
	c := dial(t, s.Addr)
	if _, err := io.WriteString(c, strings.Repeat(`{"data": "x", "time": "y"}`, sent)); err != nil {
		t.Fatal(err)
	}
	c.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, c)
	gone(s)
	m := scrape(t, url)
	if taken, lost := value(m, "loadframe_records_total"), value(m, "loadframe_records_lost_total"); taken != sent || lost < sent-1025-1 {
		t.Errorf("%d records, %d lost; %d were sent, and 1024 can wait", taken, lost, sent)
	}
}
