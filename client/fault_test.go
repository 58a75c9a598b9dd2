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

// fake is a server that agrees to any preface and then does what serve does.
func fake(t *testing.T, answer string, serve func(net.Conn, *bufio.Reader)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.SetDeadline(time.Now().Add(20 * time.Second))
			r := bufio.NewReader(c)
			if _, err := r.ReadString('\n'); err == nil {
				io.WriteString(c, answer)
				serve(c, r)
			}
			c.Close()
		}
	}()
	return l.Addr().String()
}

// request reads the raw request of a pull.
func request(r *bufio.Reader) { r.ReadByte(); r.Discard(r.Buffered()) }

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

func TestVerificationNamesTheFirstBadByte(t *testing.T) {
	content := pattern.Seeded(9)
	for _, damage := range []struct {
		name string
		do   func(b []byte) []byte
		want string
	}{
		{"flipped", func(b []byte) []byte { b[700000] ^= 1; return b }, "byte 700000 is 0x"},
		{"block lost", func(b []byte) []byte { return append(b[:65536], b[131072:]...) }, "byte 6553"},
		{"block repeated", func(b []byte) []byte { return append(b[:65536:65536], b...) }, "byte 6553"},
	} {
		t.Run(damage.name, func(t *testing.T) {
			b := make([]byte, 1<<20)
			content.ReadAt(b, 0)
			b = damage.do(b)
			addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
				request(r)
				c.Write(b[:900_000])
			})
			c := client.Config{Workload: client.Pull, Addr: addr, Framing: "raw", Bytes: 900_000, Seed: 9}
			r := mustFail(t, c, "verify", damage.want, "expected 0x")
			if r.VerifyErrors != 1 {
				t.Errorf("%d verify errors, want 1", r.VerifyErrors)
			}
			c.Verify = client.VerifyNone
			if _, err := client.Run(context.Background(), c, client.Observer{}); err != nil {
				t.Errorf("without verification: %v", err)
			}
		})
	}
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

// What comes beyond what was asked for is an error: it may be a repetition.
func TestSurplus(t *testing.T) {
	file := "\x00\x00\x03\xe8" + string(pattern.Seeded(0).Slice(0, 1000))
	for name, tc := range map[string]struct {
		config client.Config
		send   string
	}{
		"framed file twice": {client.Config{Workload: client.Pull, Framing: "u32", Size: 1000, Bytes: 1000}, file + file},
		"raw file, a byte":  {client.Config{Workload: client.Pull, Framing: "raw", Bytes: 1000}, file[4:] + "x"},
		"half a reply":      {client.Config{Workload: client.Echo, Framing: "u32", Size: 1000, Messages: 1}, file + file[:500]},
	} {
		t.Run(name, func(t *testing.T) {
			addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
				request(r)
				io.WriteString(c, tc.send)
				io.Copy(io.Discard, r)
			})
			tc.config.Addr = addr
			if r := mustFail(t, tc.config, "more"); r.VerifyErrors != 1 {
				t.Errorf("%d verify errors, want 1", r.VerifyErrors)
			}
		})
	}
}

// A run that time bounds ends the timeout later at the latest, although a
// reply keeps trickling in.
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

func TestBounds(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxFrame: 1000, MaxTransfer: 1500}})
	for _, tc := range []struct {
		config   client.Config
		payload  int64
		messages int64
	}{
		{client.Config{Bytes: 300, Messages: 3, Size: 100, Conns: 2}, 300, 4}, // 150 each: a frame and a half
		{client.Config{Messages: 10, Size: 1000}, 10_000, 10},
		{client.Config{Messages: 10}, 10_000, 10}, // frames as the server can send them
		{client.Config{Bytes: 10}, 10, 1},
	} {
		tc.config.Workload, tc.config.Addr = client.Pull, s.Addr
		r, err := client.Run(context.Background(), tc.config, client.Observer{})
		if err != nil || r.Payload != tc.payload || r.Messages != tc.messages {
			t.Errorf("%+v: %d bytes, %d messages, %v; want %d, %d", tc.config, r.Payload, r.Messages, err, tc.payload, tc.messages)
		}
	}
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

// nobody is an address that refuses connections and that nobody else can get
// meanwhile: the other end of one.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc.LocalAddr().String()
}

func TestPeerThatIsNoLoadframe(t *testing.T) {
	mustFail(t, client.Config{Workload: client.Echo, Messages: 1, Addr: fake(t, "HTTP/1.1 400 Bad Request\n", func(net.Conn, *bufio.Reader) {})}, "HTTP/1.1 400")
	mustFail(t, client.Config{Workload: client.Echo, Messages: 1, Addr: fake(t, strings.Repeat("x", 5000), func(net.Conn, *bufio.Reader) {})}, "1024")
	silent := fake(t, "", func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	mustFail(t, client.Config{Workload: client.Echo, Messages: 1, Addr: silent, Timeout: 100 * time.Millisecond}, "no answer")
}

func TestWrongReplies(t *testing.T) {
	for name, reply := range map[string]string{
		"another byte":        "\x00\x00\x00\x04abcX",
		"another length":      "\x00\x00\x00\x03abc",
		"to nothing sent":     "\x00\x00\x00\x04\x00\x00\x00\x04",
		"no frame":            "\xff\xff\xff\xff",
		"ack of another text": "\x00\x00\x00\x0cACK!\x00\x00\x00\x05\x00\x00\x00\x00",
	} {
		addr := fake(t, "OK\n", func(c net.Conn, r *bufio.Reader) {
			r.Discard(8)
			io.WriteString(c, reply)
			io.Copy(io.Discard, r)
		})
		t.Run(name, func(t *testing.T) {
			mustFail(t, client.Config{Workload: client.Echo, Addr: addr, Size: 4, Messages: 5, Timeout: time.Second})
			mustFail(t, client.Config{Workload: client.Ack, Addr: addr, Size: 4, Messages: 5, Timeout: time.Second})
		})
	}
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

// A run that is stopped tells what it measured, leaves nothing and is no error.
func TestStop(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, c := range []client.Config{
		{Workload: client.Pull, Addr: s.Addr, Duration: time.Hour, Conns: 2},
		{Workload: client.Echo, Addr: s.Addr, Duration: time.Hour, Conns: 2},
		{Workload: client.Echo, Addr: s.Addr, Duration: time.Hour, Depth: 10, Size: 1 << 20},
	} {
		ctx, stop := context.WithCancel(context.Background())
		r, err := client.Run(ctx, c, client.Observer{Progress: func(n client.Counts) {
			if n.Payload > 0 {
				stop()
			}
		}})
		stop()
		if err != nil || r.Payload == 0 {
			t.Errorf("%s: %d bytes, %v", c.Workload, r.Payload, err)
		}
	}
}

func TestIntervalsAddUp(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	client.Patiently(t, 300*time.Millisecond, func(d time.Duration) error { // in which something has to come, or the run has failed
		var sum client.Counts
		last := time.Duration(0)
		r, err := client.Run(context.Background(), client.Config{Workload: client.Echo, Addr: s.Addr, Duration: d, Interval: 50 * time.Millisecond}, client.Observer{Interval: func(i client.Interval) {
			if i.Start != last || i.End <= i.Start {
				t.Errorf("interval %v to %v after %v", i.Start, i.End, last)
			}
			last = i.End
			sum.Messages += i.Messages
			sum.Payload += i.Payload
		}})
		if err == nil && (sum.Messages != r.Messages || sum.Payload != r.Payload) {
			t.Errorf("the intervals have %d messages and %d bytes, the run %d and %d", sum.Messages, sum.Payload, r.Messages, r.Payload)
		}
		return err
	})
}

func TestResolve(t *testing.T) {
	for want, c := range map[string]client.Config{
		"unknown workload": {Workload: "pul"},
		"u33":              {Workload: "pull", Framing: "u33"},
		"depth -1":         {Workload: "echo", Depth: -1},
		"connections -1":   {Workload: "echo", Conns: -1},
		"16777217":         {Workload: "echo", Size: 16<<20 + 1},
		"verification":     {Workload: "echo", Verify: "some"},
		"negative":         {Workload: "echo", Bytes: -1},
		"seed 4":           {Workload: "pull", Plain: true, Seed: 4},
		"receipt":          {Workload: "ack", Framing: "raw"},
		"interval 1":       {Workload: "ack", Interval: time.Microsecond},
		"depth 2":          {Workload: "pull", Depth: 2},
	} {
		if _, _, err := c.Resolve(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", c, err, want)
		}
	}
	c, _, err := client.Config{Workload: "pull"}.Resolve()
	if err != nil || c.Conns != 1 || c.Size != 256<<10 || c.Duration != 10*time.Second || c.Verify != client.VerifyFull || c.Handler != "generate" {
		t.Errorf("defaults: %+v, %v", c, err)
	}
}

// silent is a server that agrees to a preface and says nothing more.
func silent(t *testing.T) string {
	return fake(t, "OK\n", func(_ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
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
