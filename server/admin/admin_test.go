package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/admin"
	"github.com/loadframe/loadframe/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// start starts a server with its admin address, and returns the URL of that.
func start(t *testing.T, cfg server.Config) (s *servertest.Server, url string) {
	t.Helper()
	s = servertest.Start(t, cfg)
	a, err := admin.Start(admin.Config{Addr: "127.0.0.1:0"}, s.Server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return s, "http://" + a.Addr().String()
}

// get returns status and body; the connection is not kept.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

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

// dial connects with a deadline that only a hang can reach.
func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// gone waits until the server has no connection.
func gone(s *servertest.Server) {
	for deadline := time.Now().Add(20 * time.Second); s.Stats().Conns > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // polls a state
	}
}

// misbehave makes the server count one of everything.
func misbehave(t *testing.T, s *servertest.Server) {
	t.Helper()
	for _, text := range []string{
		"LOADFRAME/1 framing=u32 handler=echo\n\xff\xff\xff\xff",
		"LOADFRAME/1 framing=length:width=2,trailer=0a,adjust=1 handler=echo\n\x00\x01xy",
		"LOADFRAME/1 framing=u32 handler=echo\n\x00\x00\x00\x09cut",
		"LOADFRAME/1 framing=u32 handler=generate\n\x00\x00\x00\x01x",
		"LOADFRAME/1 framing=bogus handler=echo\n",
		"LOADFRAME/1 framing=u32 handler=panic\n\x00\x00\x00\x01x",
		"30000000\n", // a transfer
	} {
		c := dial(t, s.Addr)
		io.WriteString(c, text)
		c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
		c.Close()
		gone(s)
	}
}

type panics struct{}

func (panics) Serve(*server.Reply, []byte) error { panic("on purpose") }

func TestFaultsAreCountedByClass(t *testing.T) {
	s, url := start(t, server.Config{
		Handlers: map[string]func() server.Handler{"panic": func() server.Handler { return panics{} }},
		Limits:   server.Limits{MaxConns: 1},
	})
	misbehave(t, s)
	gone(s)
	first := dial(t, s.Addr)
	io.WriteString(first, "SYN\n")
	if _, err := io.ReadFull(first, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if line, _ := io.ReadAll(dial(t, s.Addr)); !strings.HasPrefix(string(line), "ERR too many connections") {
		t.Fatalf("over the limit: %q", line)
	}
	m := scrape(t, url)
	for _, class := range []string{"too_long", "bad_trailer", "truncated", "handler", "preface"} {
		if n := value(m, "loadframe_errors_total", "class", class); n != 1 {
			t.Errorf("%d errors of class %s, want 1", n, class)
		}
	}
	for name, want := range map[string]int64{
		"loadframe_panics_total": 1, "loadframe_connections": 1, "loadframe_lane_connections": 0, "loadframe_draining": 0,
	} {
		if n := value(m, name); n != want {
			t.Errorf("%s is %d, want %d", name, n, want)
		}
	}
	if n := value(m, "loadframe_refusals_total", "reason", "connections"); n != 1 {
		t.Errorf("%d refusals, want 1: %v", n, m["loadframe_refusals_total"])
	}
	if n := value(m, "loadframe_transfers_total", "result", "complete"); n != 1 {
		t.Errorf("%d transfers complete, want 1", n)
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

// The dashboard asks for nothing that a server does not tell.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../../docs/grafana/loadframe.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title, UID string
		Panels     []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	s, url := start(t, server.Config{Limits: server.Limits{MaxConns: 1}})
	first := dial(t, s.Addr)
	io.WriteString(first, "SYN\n")
	io.ReadFull(first, make([]byte, 4))
	io.ReadAll(dial(t, s.Addr)) // a refusal
	m := scrape(t, url)
	known := map[string]map[string]bool{} // metric -> its labels
	for name, f := range m {
		labels := map[string]bool{}
		for _, l := range f.Metric[0].Label {
			labels[l.GetName()] = true
		}
		known[name] = labels
		if f.GetType() == dto.MetricType_HISTOGRAM {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[name+suffix] = map[string]bool{"le": suffix == "_bucket"}
			}
		}
	}
	name := regexp.MustCompile(`\b(?:loadframe|go|process)_[a-z0-9_]+`)
	by := regexp.MustCompile(`(?:by|without) \(([^)]*)\)`)
	used := map[string]bool{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			names := name.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%s: %s asks for no metric", p.Title, target.Expr)
			}
			for _, n := range names {
				used[n] = true
				if known[n] == nil {
					t.Errorf("%s: no such metric: %s", p.Title, n)
				}
				for _, group := range by.FindAllStringSubmatch(target.Expr, -1) {
					for label := range strings.SplitSeq(group[1], ",") {
						if label = strings.TrimSpace(label); label != "instance" && !known[n][label] {
							t.Errorf("%s: %s has no label %s", p.Title, n, label)
						}
					}
				}
			}
		}
	}
	for n := range m {
		if strings.HasPrefix(n, "loadframe_") && !used[n] && !used[n+"_bucket"] {
			t.Errorf("no panel shows %s", n)
		}
	}
	if board.Title == "" || board.UID == "" || len(board.Panels) < 5 {
		t.Errorf("title %q, uid %q, %d panels", board.Title, board.UID, len(board.Panels))
	}
}

func TestHealth(t *testing.T) {
	s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Limits: server.Limits{DrainTimeout: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := admin.Start(admin.Config{Addr: "127.0.0.1:0"}, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	url := "http://" + a.Addr().String()
	ask := func(path string, want int) {
		t.Helper()
		if got, text := get(t, url+path); got != want {
			t.Errorf("%s: status %d, want %d: %.100s", path, got, want, text)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline"} {
		ask(path, 200)
	}
	ask("/", 404)
	ask("/debug/pprof/nonsense", 404)

	// A transfer that runs keeps the server draining.
	c := dial(t, s.Addrs()[0].String())
	io.WriteString(c, "100000000\n")
	io.ReadFull(c, make([]byte, len("file_preparedA")))
	stopped := make(chan error)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	for deadline := time.Now().Add(20 * time.Second); !s.Draining() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // polls a state
	}
	ask("/readyz", 503)
	ask("/healthz", 200)
	if m := scrape(t, url); value(m, "loadframe_draining") != 1 {
		t.Error("metrics do not tell of the draining")
	}
	_, _ = io.Copy(io.Discard, c)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	ask("/metrics", 200) // of a server that has ended
}

func TestAddresses(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:0": true, "localhost:0": true, "127.1.2.3:0": true,
		":0": false, "0.0.0.0:0": false, "[::]:0": false, "192.0.2.1:80": false, "[2001:db8::1]:80": false,
	} {
		_, err := admin.Config{Addr: addr}.Check()
		if (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
		if _, err := (admin.Config{Addr: addr, Public: true}).Check(); err != nil {
			t.Errorf("%s is meant: %v", addr, err)
		}
		if ok {
			continue
		}
		if a, err := admin.Start(admin.Config{Addr: addr}, nil); err == nil {
			a.Close()
			t.Errorf("%s was listened to", addr)
		} else if !strings.Contains(err.Error(), "not loopback") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %q", addr, err)
		}
	}
	for _, addr := range []string{"", "127.0.0.1", "127.0.0.1:http9", "127.0.0.1:99999", "127.0.0.1:0:0"} {
		if _, err := (admin.Config{Addr: addr}).Check(); err == nil {
			t.Errorf("%q passes as an address", addr)
		}
	}
}

func TestAdminRefusesOtherMethods(t *testing.T) {
	_, url := start(t, server.Config{})
	resp, err := http.Post(url+"/metrics", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", resp.StatusCode)
	}
	http.DefaultClient.CloseIdleConnections()
}
