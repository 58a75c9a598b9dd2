package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	impairing "github.com/loadframe/loadframe/proxy"
)

// What the proxy does is measured here from outside, by its two neighbours. A
// slow machine can only be late. So nothing may come early, in any run; and of
// what comes late the least of several runs counts, which is within 5 % of what
// was asked for.
const (
	runs = 4
	off  = 0.05
)

// impaired is a proxy in a process of its own, between a listener of ours and
// connections of ours.
type impaired struct {
	t      *testing.T
	far    *net.TCPListener
	addr   string
	end    func() impairing.Stats // of the process, with what it has counted
	dialed time.Time
}

func impair(t *testing.T, args ...string) *impaired {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := impairTo(t, l.Addr().String(), args...)
	p.far = l.(*net.TCPListener)
	return p
}

// impairTo is a proxy before a server that listens already.
func impairTo(t *testing.T, to string, args ...string) *impaired {
	t.Helper()
	cmd := loadframe(t, append([]string{"proxy", "--to", to, "-J"}, args...)...)
	var summary bytes.Buffer
	cmd.Stdout = &summary
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(log)
	line, err := in.ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) < 3 {
		t.Fatalf("%q, %v", line, err)
	}
	var drained sync.WaitGroup
	drained.Go(func() { _, _ = io.Copy(io.Discard, in) })
	ended := sync.OnceValue(func() error { drained.Wait(); return cmd.Wait() })
	t.Cleanup(func() { _ = ended() }) // of a test that failed: it is killed by now
	end := func() (s impairing.Stats) {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := ended(); err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal(summary.Bytes(), &s); err != nil {
			t.Errorf("%v: %s", err, &summary)
		}
		return s
	}
	return &impaired{t: t, addr: words[2], end: end}
}

// pair connects through the proxy. One at a time, so that its connections have
// the numbers in which they are made.
func (p *impaired) pair() (near, far *net.TCPConn) {
	p.t.Helper()
	p.dialed = time.Now()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = p.far.SetDeadline(time.Now().Add(limit))
	far, err = p.far.AcceptTCP()
	if err != nil {
		p.t.Fatal(err)
	}
	near = c.(*net.TCPConn)
	for _, c := range []net.Conn{near, far} {
		_ = c.SetDeadline(time.Now().Add(6 * limit))
		p.t.Cleanup(func() { c.Close() })
	}
	return near, far
}

// through sends what there is, in writes of some size, and returns what came.
func (p *impaired) through(sent []byte, size int) []byte {
	p.t.Helper()
	near, far := p.pair()
	var all sync.WaitGroup
	all.Go(func() {
		for part := range slices.Chunk(sent, size) {
			if _, err := near.Write(part); err != nil {
				p.t.Error(err)
				return
			}
		}
		_ = near.CloseWrite()
	})
	got, err := io.ReadAll(far)
	all.Wait()
	if err != nil {
		p.t.Fatal(err)
	}
	far.Close()
	_, _ = io.ReadAll(near) // the proxy has counted when it ends
	return got
}

// arrival is what one read returned, and when.
type arrival struct {
	at time.Time
	n  int
}

func arrivals(c net.Conn) (all []arrival, err error) {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if n > 0 {
			all = append(all, arrival{time.Now(), n})
		}
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// closely fails the test if something is not within 5 % of what was asked for.
func closely(t *testing.T, what string, got, want float64) {
	t.Helper()
	t.Logf("%-46s %10.4f, asked for %10.4f: %+.2f %%", what, got, want, 100*(got/want-1))
	if !(math.Abs(got/want-1) <= off) {
		t.Errorf("%s: more than 5 %% off", what)
	}
}
