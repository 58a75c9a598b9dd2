package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

var soak = flag.Duration("soak", 2*time.Second, "how long TestSoak goes on")

// soakPatience is the server's with peers that do nothing: the good ones must
// never be so slow, whatever else the machine is at.
const soakPatience = 4 * time.Second

// TestSoak attacks a server in all ways at once while good connections echo and
// pull and check every byte. It prints what the server has used in ten spans:
//
//	go test ./bench -run TestSoak -soak 10m -timeout 15m -v
func TestSoak(t *testing.T) {
	p := servertest.StartProcess(t, servertest.Loadframe, 0, server.Limits{
		IdleTimeout: soakPatience, StallTimeout: soakPatience, Handshake: soakPatience / 4, MaxFrame: 1 << 20, MaxTransfer: 1 << 40,
	})
	before := p.Usage(t)
	ctx, stop := context.WithTimeout(t.Context(), *soak)
	defer stop()
	var all sync.WaitGroup
	var good client.Counts
	var mu sync.Mutex
	for _, c := range []client.Config{
		{Workload: client.Echo, Conns: 10, Size: 1000},
		{Workload: client.Echo, Conns: 2, Size: 200_000, Framing: "u32"},
		{Workload: client.Pull, Conns: 2},
		{Workload: client.Pull, Conns: 1, Framing: "raw"},
		{Workload: client.Push, Conns: 2},
		{Workload: client.Push, Conns: 1, Framing: "cobs"},
	} {
		c.Addr, c.Duration, c.Timeout = p.Addr, *soak, time.Minute // that a machine is busy is no fault of the server's
		all.Go(func() {
			r, err := client.Run(t.Context(), c, client.Observer{})
			if err != nil || r.VerifyErrors > 0 || r.Messages == 0 {
				t.Errorf("%s with %d connections: %d messages, %d verify errors, %v", c.Workload, c.Conns, r.Messages, r.VerifyErrors, err)
			}
			mu.Lock()
			defer mu.Unlock()
			good.Messages += r.Messages
			good.Payload += r.Payload
			good.VerifyErrors += r.VerifyErrors
		})
	}
	counts := make([]atomic.Int64, len(attacks))
	for i, a := range attacks {
		for range 4 {
			all.Go(func() {
				for ctx.Err() == nil {
					if a.one(ctx, p.Addr) {
						counts[i].Add(1)
					}
				}
			})
		}
	}
	samples := sample(ctx, t, p)
	all.Wait()

	t.Logf("good: %d messages, %d MiB, %d verify errors", good.Messages, good.Payload>>20, good.VerifyErrors)
	for i, a := range attacks {
		t.Logf("%8d times %s", counts[i].Load(), a.name)
		if counts[i].Load() == 0 {
			t.Errorf("%s: never got through", a.name)
		}
	}
	var after servertest.Usage
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) { // polls a state
		after = p.Usage(t)
		if after.Server.Conns == 0 && after.Goroutines <= before.Goroutines+workers && after.Files <= before.Files {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("left behind: %d connections, %d goroutines (%d before), %d descriptors (%d before)",
				after.Server.Conns, after.Goroutines, before.Goroutines, after.Files, before.Files)
			break
		}
	}
	if after.Server.Panics > 0 {
		t.Errorf("%d panics", after.Server.Panics)
	}
	flat(t, samples)
}

// workers are the goroutines that gnet keeps for some seconds after it took
// connections.
const workers = 70

// spans is how often a soak is sampled.
const spans = 10

// sample prints a table of what the server has used, until ctx ends.
func sample(ctx context.Context, t *testing.T, p *servertest.Process) (samples []servertest.Usage) {
	tick := time.NewTicker(*soak / spans)
	defer tick.Stop()
	t.Logf("%8s %8s %8s %6s %11s %6s %9s %9s %7s", "after", "RSS KiB", "heap KiB", "files", "goroutines", "conns", "accepted", "MiB out", "stalls")
	for start := time.Now(); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return samples
		}
		u := p.Usage(t)
		samples = append(samples, u)
		t.Logf("%8s %8d %8d %6d %11d %6d %9d %9d %7d", time.Since(start).Round(100*time.Millisecond), u.RSS>>10, u.Heap>>10, u.Files,
			u.Goroutines, u.Server.Conns, u.Server.Accepted, u.Server.BytesOut>>20, u.Server.Stalls)
	}
}

// flat checks that the second half of a soak needs no more than the first, with
// room for chance.
func flat(t *testing.T, samples []servertest.Usage) {
	var most [2]servertest.Usage
	for i, u := range samples {
		m := &most[2*i/len(samples)]
		m.RSS, m.Files, m.Goroutines = max(m.RSS, u.RSS), max(m.Files, u.Files), max(m.Goroutines, u.Goroutines)
	}
	first, second := most[0], most[1]
	if second.RSS > first.RSS+first.RSS/2+(32<<20) || second.Files > 2*first.Files+100 || second.Goroutines > 2*first.Goroutines+100 {
		t.Errorf("it grows: first half at most %d KiB, %d descriptors, %d goroutines; second %d, %d, %d",
			first.RSS>>10, first.Files, first.Goroutines, second.RSS>>10, second.Files, second.Goroutines)
	}
}

// attack is one way to be a bad peer; one is one go at it, and true when it got
// as far as it wanted.
type attack struct {
	name string
	one  func(ctx context.Context, addr string) bool
}

var attacks = []attack{
	{"connect and reset", func(_ context.Context, addr string) bool {
		return attackWith(addr, true, func(c *net.TCPConn) error { return nil })
	}},
	{"reset in mid-frame", func(_ context.Context, addr string) bool {
		return attackWith(addr, true, says("LOADFRAME/1 framing=u32 handler=echo\n\x00\x01\x00\x00half"))
	}},
	{"reset in mid-file", func(_ context.Context, addr string) bool {
		return attackWith(addr, true, func(c *net.TCPConn) error {
			if err := says("LOADFRAME/1 framing=raw handler=generate\n1000000000")(c); err != nil {
				return err
			}
			_, err := io.CopyN(io.Discard, c, rand.Int64N(3<<20))
			return err
		})
	}},
	{"TLS, HTTP and garbage", func(_ context.Context, addr string) bool {
		return attackWith(addr, false, func(c *net.TCPConn) error {
			open := "LOADFRAME/1 framing=" + []string{"u8", "u32", "u64", "raw", "text"}[rand.IntN(5)] + " handler=ack\n"
			text := []string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET / HTTP/1.1\r\n\r\n", strings.Repeat("\xff\x00\x80", 10_000)}[rand.IntN(3)]
			if err := says(open + text)(c); err != nil {
				return err
			}
			_ = c.CloseWrite()
			return toTheEnd(c)
		})
	}},
	{"frame over the limit", func(_ context.Context, addr string) bool {
		return attackWith(addr, false, func(c *net.TCPConn) error {
			if err := says("LOADFRAME/1 framing=u32 handler=echo\n\x00\x10\x00\x01")(c); err != nil {
				return err
			}
			return toTheEnd(c)
		})
	}},
	{"claim, then silence", func(_ context.Context, addr string) bool { // the idle timeout ends it
		return attackWith(addr, false, func(c *net.TCPConn) error {
			if err := says("LOADFRAME/1 framing=u32 handler=echo\n\x00\x10\x00\x00abc")(c); err != nil {
				return err
			}
			return toTheEnd(c)
		})
	}},
	{"half a preface", func(_ context.Context, addr string) bool { // the handshake timeout ends it
		return attackWith(addr, false, func(c *net.TCPConn) error {
			if err := says("LOADFRAME/1 framing=u32 han")(c); err != nil {
				return err
			}
			return toTheEnd(c)
		})
	}},
	{"dribble", func(ctx context.Context, addr string) bool {
		return attackWith(addr, false, func(c *net.TCPConn) error {
			for _, b := range []byte("LOADFRAME/1 framing=u32 handler=echo\n\x00\x00\x00\x05hello") {
				if _, err := c.Write([]byte{b}); err != nil || ctx.Err() != nil {
					return err
				}
			}
			_ = c.CloseWrite()
			return toTheEnd(c)
		})
	}},
	{"empty frames without end", func(_ context.Context, addr string) bool {
		return attackWith(addr, false, func(c *net.TCPConn) error {
			go func() { _, _ = io.Copy(io.Discard, c) }()
			return says("LOADFRAME/1 framing=u32 handler=ack\n" + strings.Repeat("\x00\x00\x00\x00", 100_000))(c)
		})
	}},
	{"ask and never read", func(_ context.Context, addr string) bool { // the stall timeout ends it
		return attackWith(addr, false, func(c *net.TCPConn) error {
			if err := says("LOADFRAME/1 framing=raw handler=generate\n1000000000000")(c); err != nil {
				return err
			}
			time.Sleep(min(*soak/4, 2*soakPatience)) // is the attack
			return nil
		})
	}},
	{"write and never read", func(_ context.Context, addr string) bool {
		return attackWith(addr, false, func(c *net.TCPConn) error {
			if err := says("LOADFRAME/1 framing=raw handler=echo\n")(c); err != nil {
				return err
			}
			_ = c.SetWriteDeadline(time.Now().Add(min(*soak/4, time.Second)))
			for {
				if _, err := c.Write(make([]byte, 64<<10)); err != nil {
					return nil // both directions are full, or the server has had enough
				}
			}
		})
	}},
	{"half-close, owed a file", func(_ context.Context, addr string) bool {
		return attackWith(addr, false, func(c *net.TCPConn) error {
			if err := says("3000000")(c); err != nil {
				return err
			}
			_ = c.CloseWrite()
			n, err := io.Copy(io.Discard, c)
			if err == nil && n != int64(len("file_prepared"))+3_000_000 {
				err = errors.New("not all of it came")
			}
			return err
		})
	}},
}

func says(text string) func(*net.TCPConn) error {
	return func(c *net.TCPConn) error {
		_, err := io.WriteString(c, text)
		return err
	}
}

// toTheEnd reads until the server closes. A reset is an end too.
func toTheEnd(c net.Conn) error {
	_, err := io.Copy(io.Discard, c)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		return fmt.Errorf("the server does not close: %w", err)
	}
	return nil
}

func attackWith(addr string, reset bool, do func(*net.TCPConn) error) bool {
	nc, err := net.DialTimeout("tcp", addr, 20*time.Second)
	if err != nil {
		return false
	}
	c := nc.(*net.TCPConn)
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	err = do(c)
	if reset {
		_ = c.SetLinger(0)
	}
	return err == nil
}
