package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
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

// lateness sends one byte after the other on each of some connections, each when
// the one before has come, so that each is a read of its own and none waits. It
// returns by how much each was late, in ms, in order: the least of all runs, which
// draw the same for it.
func lateness(t *testing.T, spec string, conns, bytes int) []float64 {
	t.Helper()
	least := make([]float64, conns*bytes)
	for i := range least {
		least[i] = math.Inf(1)
	}
	for range runs {
		p := impair(t, "--up", spec)
		var all sync.WaitGroup
		for c := range conns {
			near, far := p.pair()
			all.Go(func() {
				b := make([]byte, 1)
				for i := range bytes {
					sent := time.Now()
					if _, err := near.Write(b); err != nil {
						t.Error(err)
						return
					}
					if _, err := io.ReadFull(far, b); err != nil {
						t.Error(err)
						return
					}
					v := &least[c*bytes+i]
					*v = min(*v, float64(time.Since(sent))/1e6)
				}
			})
		}
		all.Wait()
		p.end()
	}
	slices.Sort(least)
	return least
}

func TestProxyDelay(t *testing.T) {
	t.Parallel()
	for asked, spec := range map[float64]string{20: "delay=20ms", 150: "delay=150ms"} {
		late := lateness(t, spec, 4, 15)
		if late[0] < asked {
			t.Errorf("%s: one byte took %g ms", spec, late[0])
		}
		closely(t, spec+": least, ms", late[0], asked)
	}
}

// Half of the bytes are late by less than the delay, and nine tenths lie as far
// apart as the distribution says: 0.9 of a uniform one's width, 2*1.6449 standard
// deviations of a normal one. Its ends proper would tell of the machine's worst.
func TestProxyJitter(t *testing.T) {
	t.Parallel()
	for spec, width := range map[string]float64{"delay=100ms,jitter=40ms,seed=1": 0.9 * 80, "delay=100ms,jitter=20ms,dist=normal,seed=1": 2 * 1.6449 * 20} {
		late := lateness(t, spec, 150, 12)
		n := len(late)
		closely(t, spec+": median", late[n/2], 100)
		closely(t, spec+": width of 0.9", late[n*95/100]-late[n*5/100], width)
		if !strings.Contains(spec, "normal") && late[0] < 60 {
			t.Errorf("%s: one byte took %g ms", spec, late[0])
		}
	}
}

// A long transfer, less what the bucket holds at its beginning.
func TestProxyRate(t *testing.T) {
	t.Parallel()
	const burst, size, asked = 256 << 10, 5 << 20, 20e6 / 8
	fastest := 0.0
	for range runs {
		p := impair(t, "--up", "rate=20Mbit,burst=256KiB")
		near, far := p.pair()
		begin := time.Now()
		var all sync.WaitGroup
		all.Go(func() { _, _ = near.Write(make([]byte, size)); _ = near.CloseWrite() })
		came, err := arrivals(far)
		all.Wait()
		if err != nil {
			t.Fatal(err)
		}
		took := came[len(came)-1].at.Sub(begin).Seconds()
		// A bucket that was not drawn on since its connection was made is full.
		if most := asked*took + burst; size > most {
			t.Errorf("%d bytes in %g s, at most %.0f", size, took, most)
		}
		fastest = max(fastest, (size-burst)/took)
		if n := p.end().Up; n.In != size || n.Out != size {
			t.Errorf("counted %d bytes in and %d out, want %d", n.In, n.Out, size)
		}
	}
	closely(t, "rate=20Mbit: MB/s", fastest/1e6, asked/1e6)
}

// The receiver finds the cuts where the sender's writes have none: at each
// multiple of the size, at the same places for the same seed, and as far apart
// in time as asked for.
func TestProxySlices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec     string
		gap      time.Duration
		size     int
		mean     float64
		multiple int
	}{
		{"slice=7,gap=40ms", 40 * time.Millisecond, 350, 7, 7},
		{"slice=1..99,gap=1ms,seed=3", time.Millisecond, 50_000, 50, 1},
	} {
		cuts := map[int]bool{}
		between := math.Inf(1)
		for range runs {
			p := impair(t, "--up", c.spec)
			near, far := p.pair()
			begin := time.Now()
			if _, err := near.Write(make([]byte, c.size)); err != nil {
				t.Fatal(err)
			}
			_ = near.CloseWrite()
			came, err := arrivals(far)
			if err != nil {
				t.Fatal(err)
			}
			at, gaps := 0, []float64{}
			for i, a := range came {
				if at += a.n; at%c.multiple != 0 {
					t.Fatalf("%s: a cut at %d", c.spec, at)
				}
				cuts[at] = true
				if i > 0 {
					gaps = append(gaps, float64(a.at.Sub(came[i-1].at))/1e6)
				}
			}
			slices.Sort(gaps)
			between = min(between, gaps[len(gaps)/2])
			far.Close()
			_, _ = io.ReadAll(near)
			writes := p.end().Up.Writes
			if took := came[len(came)-1].at.Sub(begin); took < time.Duration(writes-1)*c.gap {
				t.Errorf("%s: %d writes within %v", c.spec, writes, took)
			}
			closely(t, c.spec+": bytes of a write, counted", float64(c.size)/float64(writes), c.mean)
		}
		closely(t, c.spec+": bytes of a slice", float64(c.size)/float64(len(cuts)), c.mean)
		if c.gap > 10*time.Millisecond { // of a shorter one a timer's own lateness is more than 5 %
			closely(t, c.spec+": gap, ms", between, float64(c.gap)/1e6)
		}
	}
}

// Each damage as often as asked for, exactly, and with one seed at the same
// places whatever the sender's writes were.
func TestProxyDamage(t *testing.T) {
	t.Parallel()
	const windows = 16
	sent := make([]byte, windows<<16)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(sent)
	for _, c := range []struct {
		spec  string
		count func(impairing.Counts) int64
		times int64 // of all
		grows int   // bytes of each
	}{
		{"flip=3/64KiB", func(c impairing.Counts) int64 { return c.Flipped }, 3 * windows, 0},
		{"drop=2/64KiB", func(c impairing.Counts) int64 { return c.Dropped }, 2 * windows, -1},
		{"insert=5/64KiB", func(c impairing.Counts) int64 { return c.Inserted }, 5 * windows, 1},
		{"dup=1/64KiB,duplen=16", func(c impairing.Counts) int64 { return c.Duplicated / 16 }, windows, 16},
	} {
		var first []byte
		for i, seed := range []string{"7", "7", "8"} {
			p := impair(t, "--up", c.spec+",seed="+seed)
			got := p.through(sent, []int{100_000, 1234, 100_000}[i])
			if want := len(sent) + int(c.times)*c.grows; len(got) != want {
				if c.grows <= 1 || len(got) != want-c.grows { // a range that the end cuts is not repeated
					t.Errorf("%s: %d bytes came of %d, want %d", c.spec, len(got), len(sent), want)
				}
			}
			if n := c.count(p.end().Up); n*int64(c.grows) != int64(len(got)-len(sent)) || c.grows <= 1 && n != c.times {
				t.Errorf("%s: %d counted, want %d", c.spec, n, c.times)
			}
			switch {
			case i == 0:
				first = got
			case bytes.Equal(first, got) != (seed == "7"):
				t.Errorf("%s: with seed %s the stream is the same as with 7: %t", c.spec, seed, seed != "7")
			}
			if c.grows == 0 {
				checkFlips(t, sent, got, 3)
			}
		}
		t.Logf("%-46s %10d, exactly", c.spec, c.times)
	}
}

// checkFlips expects so many bits in each window to differ, no two in one byte.
func checkFlips(t *testing.T, sent, got []byte, times int) {
	t.Helper()
	for w := 0; w < len(sent); w += 1 << 16 {
		n := 0
		for i := w; i < w+1<<16; i++ {
			if d := sent[i] ^ got[i]; d != 0 {
				if n++; d&(d-1) != 0 {
					t.Errorf("byte %d differs by %#x", i, d)
				}
			}
		}
		if n != times {
			t.Errorf("%d flips from %d on, want %d", n, w, times)
		}
	}
}

// What stands behind the offset waits, and nothing before it.
func TestProxyStall(t *testing.T) {
	t.Parallel()
	const at = 64 << 10
	least := math.Inf(1)
	for range runs {
		p := impair(t, "--up", "stall=400ms@64KiB")
		near, far := p.pair()
		begin := time.Now()
		var all sync.WaitGroup
		all.Go(func() { _, _ = near.Write(make([]byte, 2*at)); _ = near.CloseWrite() })
		came, err := arrivals(far)
		all.Wait()
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for i, a := range came {
			if sum += a.n; sum < at {
				continue
			}
			if sum > at { // this reader was late by the whole stall, or there was none
				if took := a.at.Sub(begin); took < 400*time.Millisecond {
					t.Fatalf("%d bytes came within %v, want %d", sum, took, at)
				}
				break
			}
			if took := came[i+1].at.Sub(begin); took < 400*time.Millisecond {
				t.Errorf("a stall ended after %v", took)
			}
			least = min(least, float64(came[i+1].at.Sub(a.at))/1e6)
			break
		}
		if n := p.end().Up.Stalls; n != 1 {
			t.Errorf("%d stalls counted, want 1", n)
		}
	}
	closely(t, "stall=400ms: ms", least, 400)
}

// Both sides get a reset: behind so many bytes, and no earlier than asked for.
func TestProxyReset(t *testing.T) {
	t.Parallel()
	most, least := 0, math.Inf(1)
	for range runs {
		for _, spec := range []string{"reset=@100000", "reset=400ms"} {
			p := impair(t, "--up", spec)
			near, far := p.pair()
			var all sync.WaitGroup
			all.Go(func() {
				if spec != "reset=400ms" {
					_, _ = near.Write(make([]byte, 200_000))
				}
				if _, err := io.ReadAll(near); !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("%s: the sender sees %v", spec, err)
				}
			})
			came, err := arrivals(far)
			now := time.Now()
			all.Wait()
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s: the receiver sees %v", spec, err)
			}
			sum := 0
			for _, a := range came {
				sum += a.n
			}
			if most = max(most, sum); sum > 100_000 {
				t.Errorf("%s: %d bytes", spec, sum)
			}
			if spec == "reset=400ms" {
				took := now.Sub(p.dialed)
				if took < 400*time.Millisecond {
					t.Errorf("%s: after %v", spec, took)
				}
				least = min(least, float64(took)/1e6)
			}
			if n := p.end().Up.Resets; n != 1 {
				t.Errorf("%s: %d resets counted, want 1", spec, n)
			}
		}
	}
	closely(t, "reset=@100000: bytes", float64(most), 100_000)
	closely(t, "reset=400ms: ms", least, 400)
}

// One direction ends at the byte, or at the time, and the other one goes on; an
// end that a peer tells is passed on just so.
func TestProxyHalfClose(t *testing.T) {
	t.Parallel()
	least := math.Inf(1)
	for range runs {
		for spec, want := range map[string]int{"fin=@100000": 100_000, "fin=400ms": 50_000, "none": 200_000} {
			p := impair(t, "--up", spec)
			near, far := p.pair()
			size := map[bool]int{true: 50_000, false: 200_000}[spec == "fin=400ms"]
			var all sync.WaitGroup
			all.Go(func() {
				_, _ = near.Write(make([]byte, size))
				if spec == "none" {
					_ = near.CloseWrite()
				}
				if back, err := io.ReadAll(near); err != nil || len(back) != 70_000 {
					t.Errorf("%s: %d bytes came back, %v", spec, len(back), err)
				}
			})
			got, err := io.ReadAll(far)
			took := time.Since(p.dialed)
			if err != nil || len(got) != want {
				t.Errorf("%s: %d bytes before the end, want %d; %v", spec, len(got), want, err)
			}
			if _, err := far.Write(make([]byte, 70_000)); err != nil {
				t.Errorf("%s: behind the end: %v", spec, err)
			}
			_ = far.CloseWrite()
			all.Wait()
			if spec == "fin=400ms" {
				if took < 400*time.Millisecond {
					t.Errorf("%s: after %v", spec, took)
				}
				least = min(least, float64(took)/1e6)
			}
			if n := p.end().Up.Fins; (n == 1) != (spec != "none") {
				t.Errorf("%s: %d ends counted", spec, n)
			}
		}
	}
	closely(t, "fin=400ms: ms", least, 400)
}
