package client_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

func mustFail(t *testing.T, c client.Config, want ...string) client.Result {
	t.Helper()
	r, err := fails(c, want...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fails returns an error if a run passes, or fails in other words.
func fails(c client.Config, want ...string) (client.Result, error) {
	r, err := client.Run(context.Background(), c, client.Observer{})
	if err == nil {
		return r, fmt.Errorf("the run passed; %d bytes", r.Payload)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			return r, fmt.Errorf("error %q does not name %q", err, w)
		}
	}
	return r, nil
}

func TestServerThatDies(t *testing.T) {
	for name, end := range map[string]func(*net.TCPConn){
		"closes": func(c *net.TCPConn) {},
		"resets": func(c *net.TCPConn) { c.SetLinger(0) },
	} {
		t.Run(name, func(t *testing.T) {
			addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
				request(r)
				c.Write(pattern.Seeded(0).Slice(0, 5000))
				end(c.(*net.TCPConn))
			})
			mustFail(t, client.Config{Workload: client.Pull, Addr: addr, Framing: "raw", Bytes: 1 << 30}, "connection 0")
			mustFail(t, client.Config{Workload: client.Echo, Addr: addr, Messages: 10}, "connection 0")
		})
	}
}

func TestServerThatStalls(t *testing.T) {
	addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
		request(r)
		io.Copy(io.Discard, r) // until the client gives up
	})
	for _, c := range []client.Config{
		{Workload: client.Pull, Messages: 10}, {Workload: client.Echo, Messages: 10}, {Workload: client.Ack, Messages: 10}, {Workload: client.Stream, Messages: 10},
		{Workload: client.Echo, Messages: 100, Depth: 50, Size: 1 << 20}, // with so much in flight the client writes in a goroutine of its own
	} {
		c.Addr = addr
		client.Patiently(t, 100*time.Millisecond, func(d time.Duration) error {
			c.Timeout = d
			_, err := fails(c, fmt.Sprint("no progress for ", d))
			return err
		})
	}
}

// Nothing at all is no rate of 0: the run fails, also when time is its bound.
func TestSilenceIsNoResult(t *testing.T) {
	addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	mustFail(t, client.Config{Workload: client.Pull, Addr: addr, Duration: 200 * time.Millisecond}, "nothing arrived")
	client.Patiently(t, 300*time.Millisecond, func(d time.Duration) error {
		_, err := fails(client.Config{Workload: client.Echo, Addr: addr, Duration: 200 * time.Millisecond, Timeout: d}, "no ", d.String())
		return err
	})
}

// A run that time bounds ends the timeout later at the latest, although a
// reply keeps trickling in.
// A push whose server says nothing of what has arrived tells so: its counts are no
// more than what the kernel took.
func TestPushWithoutReport(t *testing.T) {
	r := mustFail(t, client.Config{Workload: client.Push, Addr: silent(t), Bytes: 1 << 20, Timeout: 300 * time.Millisecond}, "connection 0")
	if r.Unreported != 1 {
		t.Errorf("%d connections without a report, want 1", r.Unreported)
	}
	s := servertest.Start(t, server.Config{})
	r, err := client.Run(t.Context(), client.Config{Workload: client.Duplex, Addr: s.Addr, Bytes: 1 << 20, Conns: 2}, client.Observer{})
	if err != nil || r.Unreported != 0 {
		t.Errorf("%d connections without a report, %v", r.Unreported, err)
	}
}

func TestTimeBoundsTheRun(t *testing.T) {
	addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
		request(r)
		for { // one message that does not come to its end
			if _, err := c.Write([]byte{255}); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond) // the trickle
		}
	})
	client.Patiently(t, 200*time.Millisecond, func(d time.Duration) error {
		r, err := fails(client.Config{Workload: client.Echo, Framing: "u16", Size: 65000, Addr: addr, Verify: client.VerifyNone, Duration: 100 * time.Millisecond, Timeout: d}, "after the end")
		if err == nil && r.Messages != 0 {
			t.Errorf("%d messages", r.Messages)
		}
		return err
	})
}

// A path that was fast and now trickles is slow, not stalled: what arrives is
// read although it is far less than the rate had made worth a wake-up.
func TestPathThatSlowsDown(t *testing.T) {
	const fast, piece, pieces = 64 << 20, 1 << 10, 20
	content := pattern.Seeded(0)
	var slow atomic.Int64 // ns between two pieces; all of them take longer than the timeout
	addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
		request(r)
		at := int64(0)
		for at < fast {
			n, err := c.Write(content.Slice(at, int(min(fast-at, 100_000))))
			if at += int64(n); err != nil {
				return
			}
		}
		for range pieces {
			time.Sleep(time.Duration(slow.Load()))
			c.Write(content.Slice(at, piece))
			at += piece
		}
		c.Write(content.Slice(at, 200_000))
		r.ReadByte()
	})
	client.Patiently(t, 700*time.Millisecond, func(d time.Duration) error { // it takes a second, unless the machine stands still
		slow.Store(int64(d / 14))
		r, err := client.Run(context.Background(), client.Config{Workload: client.Pull, Addr: addr, Framing: "raw", Bytes: fast + pieces*piece + 200_000, Timeout: d}, client.Observer{})
		if err != nil {
			err = fmt.Errorf("after %d bytes: %w", r.Payload, err)
		}
		return err
	})
}

func TestNoServer(t *testing.T) {
	addr := nobody(t)
	mustFail(t, client.Config{Workload: client.Pull, Addr: addr, Bytes: 1, Conns: 3}, addr, "refused")
}

func TestPeerThatIsNoLoadframe(t *testing.T) {
	mustFail(t, client.Config{Workload: client.Echo, Messages: 1, Addr: fake(t, "HTTP/1.1 400 Bad Request\n", func(net.Conn, *bufio.Reader) {})}, "HTTP/1.1 400")
	mustFail(t, client.Config{Workload: client.Echo, Messages: 1, Addr: fake(t, strings.Repeat("x", 5000), func(net.Conn, *bufio.Reader) {})}, "1024")
	silent := fake(t, "", func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	mustFail(t, client.Config{Workload: client.Echo, Messages: 1, Addr: silent, Timeout: 100 * time.Millisecond}, "no answer")
}

// What the server refuses is told in its own words.
func TestRefusalIsTold(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxFrame: 1000, MaxTransfer: 5000}})
	mustFail(t, client.Config{Workload: client.Echo, Addr: s.Addr, Size: 1001, Messages: 1}, "1001", "1000")
	mustFail(t, client.Config{Workload: client.Echo, Handler: "nonsense", Addr: s.Addr, Messages: 1}, "nonsense", "echo")
	mustFail(t, client.Config{Workload: client.Pull, Handler: "generate", Addr: s.Addr, Size: 1001, Bytes: 2000}, "1001", "1000")
	// More than one transfer may be takes several.
	r, err := client.Run(context.Background(), client.Config{Workload: client.Pull, Addr: s.Addr, Size: 1000, Bytes: 12_345}, client.Observer{})
	if err != nil || r.Payload != 12_345 {
		t.Errorf("%d bytes, %v", r.Payload, err)
	}
}

// A file over the limit is refused in the framing, whatever that can carry: where
// all frames have one size, or one message is all there is, too.
func TestRefusedFileIsToldInEveryFraming(t *testing.T) {
	const file, limit = 8192, 5000
	for _, network := range []string{"tcp://127.0.0.1:0", "unix://" + t.TempDir() + "/s"} {
		var listeners []server.Listener
		framings := []string{"auto", "fixed:size=1024", "fixed:size=16", "u32", "u32:max=20", "line:max=20", "raw", "eof"}
		for i, framing := range framings {
			url := network + "?handler=generate&framing=" + framing
			if network[0] == 'u' {
				url = fmt.Sprintf("%s%d?handler=generate&framing=%s", network, i, framing)
			}
			if framing == "auto" {
				url = strings.Replace(url, "generate", "command", 1)
			}
			l, err := server.ParseListener(url)
			if err != nil {
				t.Fatal(err)
			}
			listeners = append(listeners, l)
		}
		s := servertest.Start(t, server.Config{Listen: listeners, Limits: server.Limits{MaxTransfer: limit}})
		config := func(i int, framing string) client.Config {
			a := s.Addrs()[i]
			return client.Config{Workload: client.Pull, Network: a.Network(), Addr: a.String(), Framing: framing, Bytes: file, Plain: true}
		}
		for i, framing := range framings[1:] {
			refused(t, config(1+i, framing), "refused by the server: generate: file too long: 8192 bytes, limit 5000")
		}
		for _, framing := range []string{"raw", "text", "eof"} {
			c := config(0, framing)
			refused(t, c, "refused by the server: Request for file of 8192 chars. Server limit is: 5000 chars.")
			c.Verify = client.VerifyNone
			refused(t, c, "refused by the server: Request for file of 8192 chars. Server limit is: 5000 chars.")
		}
		c := config(0, "eof")
		c.Plain = false
		refused(t, c, "refused by the server: generate: file too long: 8192 bytes, limit 5000")
		c.Framing = "fixed:size=8192" // one frame is more than a transfer
		mustFail(t, c, "size 8192 is over the server's limit of 5000 bytes a transfer")
	}
}

// Who is not let in is told so before there is a framing, which makes something else of it: of ERR and a blank a length of 1.1 GB.
func TestRefusedConnectionIsToldInEveryFraming(t *testing.T) {
	for _, tc := range []struct{ workload, framing string }{
		{client.Echo, "u32"}, {client.Echo, "raw"}, {client.Ack, "fixed:size=12"}, {client.Ack, "u32"}, {client.Churn, "u32"},
		{client.Push, "u32"}, {client.Push, "raw"}, {client.Pull, "u32"}, {client.Pull, "line"}, {client.Pull, "raw"},
	} {
		l, err := server.ParseListener("tcp://127.0.0.1:0?handler=echo&framing=" + tc.framing)
		if err != nil {
			t.Fatal(err)
		}
		s := servertest.Start(t, server.Config{Listen: []server.Listener{l}, Limits: server.Limits{MaxConns: 1}})
		one, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer one.Close()
		message := strings.Repeat("\x00", 11) + "\n" // in all of these framings
		if tc.framing == "u32" {
			message = strings.Repeat("\x00", 12)
		}
		if _, err := io.WriteString(one, message); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(one, make([]byte, len(message))); err != nil { // it is in
			t.Fatal(err)
		}
		refused(t, client.Config{Workload: tc.workload, Addr: s.Addr, Framing: tc.framing, Plain: true, Duration: 300 * time.Millisecond}, "refused by the server: too many connections: limit 1")
	}
}

// Nor is a refusal overlooked where no answer is expected.
func TestRefusalWithoutAQuestion(t *testing.T) {
	l, err := server.ParseListener("tcp://127.0.0.1:0?handler=sink&framing=u32")
	if err != nil {
		t.Fatal(err)
	}
	auto := server.Listener{Network: "tcp", Address: "127.0.0.1:0"}
	s := servertest.Start(t, server.Config{Listen: []server.Listener{l, auto}, Limits: server.Limits{MaxFrame: 1000, IdleTimeout: 100 * time.Millisecond}})
	refused(t, client.Config{Workload: client.Push, Addr: s.Addrs()[0].String(), Size: 2000, Plain: true, Duration: 300 * time.Millisecond},
		"refused by the server: codec: frame too long: 2000 bytes, limit 1000")
	for _, framing := range []string{"u32", "fixed:size=16", "raw"} {
		refused(t, client.Config{Workload: client.Idle, Addr: s.Addrs()[1].String(), Framing: framing, Duration: time.Minute}, "refused by the server: idle timeout: no bytes for 100ms")
	}
}

func refused(t *testing.T, c client.Config, want string) {
	t.Helper()
	r := mustFail(t, c, want)
	if r.Faults[client.FaultRefused] != 1 || r.VerifyErrors != 0 {
		t.Errorf("%s, plain %v: faults %v, %d verify errors", c.Framing, c.Plain, r.Faults, r.VerifyErrors)
	}
}

// A server that says nothing on any connection is not asked once more when the
// run has failed: each question would wait for the timeout again.
func TestSilentServerIsNotAskedAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var opened, before atomic.Int64
	ended := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-ended })
	go func() {
		defer close(ended)
		var all sync.WaitGroup
		defer all.Wait()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			first := opened.Add(1) == 1
			all.Go(func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(20 * time.Second))
				r := bufio.NewReader(c)
				if _, err := r.ReadString('\n'); err != nil || !first {
					io.WriteString(c, "ERR no\n") // so that all questions before the run have been counted
					return
				}
				io.WriteString(c, "OK\n")
				io.Copy(io.Discard, r)
			})
		}
	}()
	c := client.Config{Workload: client.Echo, Addr: l.Addr().String(), Messages: 5, Timeout: 300 * time.Millisecond, ServerStats: true, AskClock: true}
	_, err = client.Run(context.Background(), c, client.Observer{Ready: func() { before.Store(opened.Load()) }})
	if err == nil || !strings.Contains(err.Error(), "no progress for") || before.Load() < 2 {
		t.Fatal(before.Load(), err)
	}
	if n := opened.Load() - before.Load(); n != 0 {
		t.Errorf("asked %d times more", n)
	}
}
