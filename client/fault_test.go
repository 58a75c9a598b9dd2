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
