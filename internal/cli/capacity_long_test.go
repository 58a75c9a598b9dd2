package cli_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"io"
	"math"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/cli"
	"github.com/loadframe/loadframe/internal/report"
)

// What these tests find depends on whether the machine is quiet.
var long = flag.Bool("long", false, "run the searches for a capacity over real sockets")

// worker is a server with one worker that takes a fixed time for each message
// (u32, no preface), whichever connection it comes from. The time is a plan and
// not a wait: a message is done at max(its arrival, the end of the one before) +
// the time, so that a timer that is late makes one reply late, and nothing slower.
type worker struct {
	takes time.Duration
	mu    sync.Mutex
	free  time.Time
}

// startWorker returns its address.
func startWorker(t *testing.T, takes time.Duration) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{takes: takes}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { w.serve(c) })
		}
	})
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

type reply struct {
	at    time.Time
	frame []byte
}

func (w *worker) serve(c net.Conn) {
	defer c.Close()
	replies := make(chan reply, 1<<16)
	defer close(replies)
	go func() {
		for r := range replies {
			sleep(time.Until(r.at))
			if _, err := c.Write(r.frame); err != nil {
				c.Close()
			}
		}
	}()
	for in := bufio.NewReader(c); ; {
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		frame := append(head[:], make([]byte, binary.BigEndian.Uint32(head[:]))...)
		if _, err := io.ReadFull(in, frame[4:]); err != nil {
			return
		}
		replies <- reply{w.done(), frame}
	}
}

// done is when a message that arrives now will be done.
func (w *worker) done() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); now.After(w.free) {
		w.free = now
	}
	w.free = w.free.Add(w.takes)
	return w.free
}

// find runs loadframe capacity and returns its document.
func find(t *testing.T, args ...string) report.Capacity {
	t.Helper()
	var stdout, stderr bytes.Buffer
	file := t.TempDir() + "/capacity.json"
	args = append([]string{"loadframe", "capacity", "echo"}, append(args, "-o", file, "--plot")...)
	if code := cli.Main(args, &stdout, &stderr); code != 0 {
		t.Fatalf("%v: status %d, %s\n%s", args, code, &stderr, &stdout)
	}
	t.Logf("%v\n%s", args, &stdout)
	var doc report.Capacity
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// A message every 1/r, and a worker that takes S: above 1/S, message k of r*T
// waits k(S-1/r), so 90 % of them are done within L up to
//
//	r = (1 + (L-S)/(0.9*T)) / S
//
// for trials of T. Every goal finds its own.
func TestCapacityOfAFixedServiceTime(t *testing.T) {
	if !*long {
		t.Skip("go test ./internal/cli -run Capacity -v -timeout 15m -args -long")
	}
	const takes, trial = 0.002, 3.0 // s
	addr := startWorker(t, 2*time.Millisecond)
	goals := map[string]float64{"p90<60ms": 0.06, "p90<300ms": 0.3, "p90<900ms": 0.9}
	doc := find(t, addr, "--plain", "--arrival", "constant", "-t", "3", "--short", "3", "--precision", "2%", "--max-time", "5m",
		"--slo", "p90<60ms", "--slo", "p90<300ms", "--slo", "p90<900ms")
	for _, g := range doc.Goals {
		near(t, g, (1+(goals[g.Expr]-takes)/(0.9*trial))/takes)
	}
}

// Messages at random, and a worker that takes S: M/D/1. A share of them is done
// within a limit up to a part of 1/S that bench/capacity computes, and tests. A
// full trial has 8000 S: so many make the search end within 4 minutes, and its
// interval's middle is then 1.5 % off, and hardly ever 4 %, as that package's
// queue without a clock shows.
func TestCapacityOfARandomQueue(t *testing.T) {
	if !*long {
		t.Skip("go test ./internal/cli -run Capacity -v -timeout 15m -args -long")
	}
	const takes = 0.00125 // s
	addr := startWorker(t, 1250*time.Microsecond)
	goals := map[string]float64{"p50<2.5ms": 0.7680, "p90<10ms": 0.8512}
	doc := find(t, addr, "--plain", "-t", "10", "--short", "1.25", "--precision", "3%", "--max-time", "4m", "--slo", "p50<2.5ms", "--slo", "p90<10ms")
	for _, g := range doc.Goals {
		near(t, g, goals[g.Expr]/takes)
	}
}

// near fails the test if the middle of what was found is not within 5 % of what
// was computed.
func near(t *testing.T, g report.Goal, want float64) {
	t.Helper()
	if g.Limit != "" || g.Low == nil || g.High == nil {
		t.Errorf("%s: computed %.1f: is the machine quiet? %s", g.Expr, want, g.Text)
		return
	}
	off := (*g.Low+*g.High)/2/want - 1
	t.Logf("%s: found %.1f to %.1f, computed %.1f: the middle is %+.1f %% off", g.Expr, *g.Low, *g.High, want, 100*off)
	if math.Abs(off) > 0.05 {
		t.Errorf("%s: more than 5 %% off", g.Expr)
	}
}

// A server that does more than the generator: there is no number, and it is
// said why.
func TestCapacityOfAServerThatIsFaster(t *testing.T) {
	if !*long {
		t.Skip("go test ./internal/cli -run Capacity -v -timeout 15m -args -long")
	}
	doc := find(t, "--slo", "p99<2s", "-t", "1", "--short", "0.5", "--max-time", "1m")
	if g := doc.Goals[0]; g.Limit != "generator" || g.High != nil || !doc.Health.GeneratorLimited {
		t.Errorf("%+v", g)
	}
}
