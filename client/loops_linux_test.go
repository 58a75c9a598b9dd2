package client

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
	"unsafe"

	"go.uber.org/goleak"

	"github.com/loadframe/loadframe/codec"
)

// manyServed is a server that agrees to any preface and then does what serve does,
// for the connections all at a time.
func manyServed(t *testing.T, serve func(i int, c *net.TCPConn, r *bufio.Reader)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for i := 0; ; i++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(20 * time.Second))
				r := bufio.NewReader(c)
				if line, err := r.ReadString('\n'); err == nil && line[:4] == "LOAD" {
					io.WriteString(c, "OK\n")
					serve(i, c.(*net.TCPConn), r)
				}
			})
		}
	})
	return l.Addr().String()
}

// swallow reads what is there, and at least something.
func swallow(r *bufio.Reader) { r.Peek(1); r.Discard(r.Buffered()) }

// echoes returns what r has of n messages of u32, as one write.
func echoes(c net.Conn, r io.Reader, n, size int) error {
	b := make([]byte, n*(4+size))
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	_, err := c.Write(b)
	return err
}

// A server that says nothing to one of a loop fails it with the timeout; a run that
// is interrupted meanwhile has a good result.
func TestLoopsLetGo(t *testing.T) {
	addr := manyServed(t, func(i int, c *net.TCPConn, r *bufio.Reader) {
		for i != 2 && echoes(c, r, 1, 64) == nil {
		}
		io.Copy(io.Discard, r)
	})
	c := Config{Workload: Echo, Addr: addr, Conns: 4, Size: 64}
	Patiently(t, 100*time.Millisecond, func(d time.Duration) error {
		c := c
		c.Messages, c.Timeout = 400, d
		r, err := Run(t.Context(), c, Observer{})
		if r.Failed != 1 || r.Faults[FaultTimeout] != 1 {
			return errors.Join(err, errors.New("not one timeout"))
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	c.Duration = time.Hour
	r, err := Run(ctx, c, Observer{Progress: func(n Counts) {
		if n.Messages > 100 {
			cancel()
		}
	}})
	if err != nil || r.Messages < 100 || r.Messages != r.Response.TotalCount() {
		t.Errorf("interrupted: %d messages, %d latencies, %v", r.Messages, r.Response.TotalCount(), err)
	}
}

// A peer that sends without end, and nothing that makes a frame or an error, takes
// neither the loop from the others nor the end from the run.
func TestFloodInALoop(t *testing.T) {
	addr := manyServed(t, func(i int, c *net.TCPConn, r *bufio.Reader) {
		if i == 1 {
			ends := bytes.Repeat([]byte{0xc0}, 1<<20) // empty frames of slip are none
			for {
				if _, err := c.Write(ends); err != nil {
					return
				}
			}
		}
		io.Copy(c, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	c := Config{Workload: Echo, Framing: "slip", Addr: addr, Conns: 4, Size: 64, Duration: time.Hour, Timeout: time.Minute}
	before := time.Now()
	r, err := Run(ctx, c, Observer{Progress: func(n Counts) {
		if n.Messages > 1000 {
			cancel()
		}
	}})
	if err != nil || r.Messages < 1000 || time.Since(before) > 15*time.Second {
		t.Errorf("%d messages in %v, %v", r.Messages, time.Since(before), err)
	}
}

// Loops are for streams in a closed loop, whose writing and reading go in turn.
func TestWhoHasLoops(t *testing.T) {
	for _, c := range []struct {
		Config
		want bool
	}{
		{Config{Workload: Echo}, true},
		{Config{Workload: Ack, Depth: 64}, true},
		{Config{Workload: Stamp, Framing: "cobs"}, true},
		{Config{Workload: Echo, Framing: "raw", Network: "unix"}, true},
		{Config{Workload: Echo, Conns: 1}, false},
		{Config{Workload: Echo, Network: "udp"}, false},
		{Config{Workload: Echo, Arrival: "poisson:1k"}, false},
		{Config{Workload: Echo, Framing: "eof"}, false},
		{Config{Workload: Echo, Cuts: CutsHead}, false},
		{Config{Workload: Echo, Pause: time.Millisecond}, false},
		{Config{Workload: Echo, Depth: 1000, Size: 4096}, false},
		{Config{Workload: Idle}, false},
		{Config{Workload: Churn}, false},
		{Config{Workload: Pull}, false},
	} {
		c.Addr, c.Duration, c.Conns = "127.0.0.1:1", time.Second, cmp.Or(c.Conns, 4)
		r, cod, err := c.Resolve()
		if err != nil {
			t.Fatalf("%+v: %v", c.Config, err)
		}
		ls := newLoops(&r, cod, c.Conns, newPage(&r))
		if ls != nil {
			ls.close()
		}
		if (ls != nil) != c.want {
			t.Errorf("%s %s %s: %v, want %v", c.Workload, c.Network, c.Framing, ls, c.want)
		}
	}
}

// A run that its observer breaks off leaves its connections to their goroutines,
// which go on to their bound.
func TestObserverThatPanics(t *testing.T) {
	addr := manyServed(t, func(_ int, c *net.TCPConn, r *bufio.Reader) { io.Copy(c, r) })
	before := goleak.IgnoreCurrent()
	func() {
		defer func() {
			if p := recover(); p != "of the observer" {
				t.Error(p)
			}
		}()
		c := Config{Workload: Echo, Addr: addr, Conns: 4, Duration: 3 * tick / 2}
		_, err := Run(t.Context(), c, Observer{Progress: func(Counts) { panic("of the observer") }})
		t.Error(err)
	}()
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

// Replies that fill the loop's buffer leave nothing unread that no event would tell
// of.
func TestRepliesThatFillTheBuffer(t *testing.T) {
	const depth, size = 8192, 1 // 40 KiB of wire, more than is read at once
	addr := manyServed(t, func(_ int, c *net.TCPConn, r *bufio.Reader) {
		for echoes(c, r, depth, size) == nil {
		}
	})
	c := Config{Workload: Echo, Addr: addr, Conns: 2, Size: size, Depth: depth, Batch: depth, Messages: 2 * 10 * depth}
	r, err := Run(t.Context(), c, Observer{})
	if n := r.Config.readSize(codec.Length{}); err != nil || r.Messages != c.Messages || n >= depth*(4+size) {
		t.Errorf("%d messages, %d bytes read at once, %v", r.Messages, n, err)
	}
}

// A run leaves no goroutine and no descriptor, and between the bursts of a session
// its sockets are at rest: the loop had them.
func TestLoopsLeaveNothing(t *testing.T) {
	addr := manyServed(t, func(_ int, c *net.TCPConn, r *bufio.Reader) {
		for echoes(c, r, 1, 64) == nil {
		}
	})
	const conns = 10
	c, cod, err := Config{Workload: Echo, Addr: addr, Conns: conns, Size: 64, Messages: 10 * conns}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(c, cod)
	s.keep = true
	t.Cleanup(s.Close)
	for i := range 4 {
		before := goleak.IgnoreCurrent()
		r, err := s.Burst(t.Context(), Observer{})
		if err != nil || r.Messages != c.Messages || i > 0 && r.Connections > 0 {
			t.Fatalf("burst %d: %d messages, %d connections, %v", i, r.Messages, r.Connections, err)
		}
		if i > 0 { // the first has the server's
			if err := goleak.Find(before); err != nil {
				t.Errorf("burst %d: %v", i, err)
			}
		}
		for k, s := range s.conns {
			if l, ok := s.nc.(*link); !ok || l.polled != nil || l.fd < 0 || l.away != nil {
				t.Errorf("burst %d: connection %d is not at rest", i, k)
			}
		}
	}
	before := descriptors(t)
	s.Close()
	if n := descriptors(t); before-n < conns {
		t.Errorf("%d descriptors, %d before %d connections were closed", n, before, conns)
	}
}

// A panic within an exchange fails its connection, and the loop goes on.
func TestPanicInALoop(t *testing.T) {
	l, err := newLoop(0, 2, 1<<10, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(l.run)
	var links [2]*link
	for i := range links {
		links[i], _ = linked(t, "tcp", "127.0.0.1:0")
		links[i].loop = l
		x := &exchanger{worker: &worker{place: i, session: session{nc: links[i]}}} // without a configuration
		if !links[i].take(&x.fd) {
			t.Fatal("not at rest")
		}
		if p := links[i].visit(x); !p.done || !errors.Is(p.err, errInternal) {
			t.Errorf("%+v", p)
		}
	}
	l.stop()
	all.Wait()
	l.close()
}

// What an exchange touches stands together, as many lines as are asked for.
func TestExchangeLines(t *testing.T) {
	var x exchanger
	if end := unsafe.Offsetof(x.first) + unsafe.Sizeof(x.first); end > 64*exchangerLines {
		t.Errorf("an exchanger's part ends at byte %d", end)
	}
	if size := unsafe.Sizeof(x); size > 384 {
		t.Errorf("an exchanger has %d bytes: no longer of a class of the allocator's that is whole lines", size)
	}
	var w worker
	const header = 8 // of an object of more than 512 bytes that has pointers, before it
	if end := header + unsafe.Offsetof(w.count) + unsafe.Offsetof(w.count.written) + unsafe.Sizeof(w.count.written); end > 64*workerLines {
		t.Errorf("a worker's part ends at byte %d", end)
	}
}
